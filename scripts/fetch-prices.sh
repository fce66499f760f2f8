#!/bin/sh
# Fetches @pydantic/genai-prices, the data of the built-in price book, from the npm registry of this machine's npm
# configuration into .cache/genai-prices. To take newer prices, change the version, its date and its integrity, and make
# generate.
set -eu

version=0.1.8
published=2026-09-23
integrity=sha512-h7CYw6qTyflG2zUndO8tXyL8Xopf+tX9JZu13h0ZFgeyYj+J2gm1edR4+R+mbQ2vPdkFjtTmmmu1cYQPM5/KTA==
cache=$(cd "$(dirname "$0")/.." && pwd)/.cache/genai-prices

fail() {
	echo "fetch-prices: $*" >&2
	exit 1
}

if [ -s "$cache/published" ] && grep -q "\"version\": \"$version\"" "$cache/package.json"; then
	exit 0
fi
command -v npm >/dev/null 2>&1 || fail "npm is not installed; install Node.js with npm"
mkdir -p "$(dirname "$cache")"
work=$(mktemp -d "$cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
(cd "$work" && npm pack "@pydantic/genai-prices@$version" --silent >name 2>log) || fail "npm pack failed: $(tail -n 5 "$work/log")"
archive=$work/$(tail -n 1 "$work/name")
got=$(node -e '
const { createHash } = require("crypto"), { readFileSync } = require("fs");
console.log("sha512-" + createHash("sha512").update(readFileSync(process.argv[1])).digest("base64"));
' "$archive")
[ "$got" = "$integrity" ] || fail "the archive has integrity $got and must have $integrity"
tar -xzf "$archive" -C "$work"
rm -rf "$cache"
echo "$published" >"$work/package/published"
mv "$work/package" "$cache"
echo "fetch-prices: @pydantic/genai-prices $version"
