#!/bin/sh
# Fetches libchdb, ClickHouse as a shared library, from the npm registry of this machine's npm configuration and puts it at
# .cache/libchdb/<version>/libchdb.so, with the stable name .cache/libchdb/libchdb.so beside the versions.
#
#   LIBCHDB_VERSION   another version than the pinned one
#   LIBCHDB_CACHE     another folder than .cache/libchdb of this repository
set -eu

version=${LIBCHDB_VERSION:-26.7.3-stable.1}
cache=${LIBCHDB_CACHE:-$(cd "$(dirname "$0")/.." && pwd)/.cache/libchdb}

fail() {
	echo "fetch-libchdb: $*" >&2
	exit 1
}

case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
*) fail "no libchdb is published for $(uname -s); set LLMTAP_LIBCHDB to a library built for it" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=x64 ;;
aarch64 | arm64) arch=arm64 ;;
*) fail "no libchdb is published for $(uname -m); set LLMTAP_LIBCHDB to a library built for it" ;;
esac
package=@chdb/lib-$os-$arch
if [ "$os" = linux ]; then
	package=$package-gnu
fi

target=$cache/$version/libchdb.so
# Another process may be running with the old target of the link, so the link is replaced, never written through.
link() {
	ln -s "$version/libchdb.so" "$cache/.link.$$"
	mv -f "$cache/.link.$$" "$cache/libchdb.so"
}
if [ -s "$target" ]; then
	[ "$(readlink "$cache/libchdb.so" 2>/dev/null)" = "$version/libchdb.so" ] || link
	echo "fetch-libchdb: $target is there"
	exit 0
fi

command -v npm >/dev/null 2>&1 ||
	fail "npm is not installed; install Node.js with npm, or set LLMTAP_LIBCHDB to a libchdb.so of version $version"
command -v node >/dev/null 2>&1 || fail "node is not installed, but npm is; install Node.js"

mkdir -p "$cache"
work=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "fetch-libchdb: $package@$version, about 170 MB to download and 570 MB on disk"
want=$(npm view "$package@$version" dist.integrity 2>"$work/view.log") ||
	fail "npm does not find $package@$version: $(grep "npm error" "$work/view.log" | head -n 2)"
[ -n "$want" ] || fail "npm knows no integrity of $package@$version"

(cd "$work" && npm pack "$package@$version" --silent >name 2>pack.log) &
pack=$!
# npm pack shows nothing while it downloads; the size of its folder in the file system would not say more than the seconds.
seconds=0
while kill -0 "$pack" 2>/dev/null; do
	sleep 1
	seconds=$((seconds + 1))
	printf '\rfetch-libchdb: downloading, %d s' "$seconds"
done
printf '\n'
wait "$pack" || fail "npm pack failed: $(grep "npm error" "$work/pack.log" | head -n 3)"
archive=$work/$(tail -n 1 "$work/name")
[ -s "$archive" ] || fail "npm pack left no archive"

echo "fetch-libchdb: checking"
got=$(node -e '
const [algorithm] = process.argv[2].split("-", 1);
const hash = require("crypto").createHash(algorithm);
require("fs").createReadStream(process.argv[1]).on("data", (d) => hash.update(d))
	.on("end", () => console.log(algorithm + "-" + hash.digest("base64")));
' "$archive" "$want")
[ "$got" = "$want" ] || fail "the archive has integrity $got, the registry says $want"

echo "fetch-libchdb: unpacking"
tar -xzf "$archive" -C "$work" package/libchdb.so || fail "the archive holds no libchdb.so"
mkdir -p "$cache/$version"
# The move is within one file system, so a library that is there is whole.
mv -f "$work/package/libchdb.so" "$target"
link
echo "fetch-libchdb: $target"
