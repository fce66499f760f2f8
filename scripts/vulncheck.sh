#!/usr/bin/env bash
# Looks for known vulnerabilities in what this module calls. The database comes as a Go module, so that whatever serves
# modules is enough.
set -euo pipefail
cd "$(dirname "$0")/.."

GO=${GO:-go}
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.9.0
database=$PWD/.cache/vulndb

field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\{0,1\}$/\1/p"; }

module=$(cd / && GOFLAGS=-mod=mod "$GO" mod download -json golang.org/x/vulndb@latest)
version=$(field Version <<<"$module")
echo "vulncheck: the database is golang.org/x/vulndb@$version"
if [[ $(cat "$database/version" 2>/dev/null) != "$version" ]]; then
	rm -rf "$database"
	"$GO" run "golang.org/x/vulndb/cmd/indexdb@$version" -vulns "$(field Dir <<<"$module")/data/osv" -out "$database"
	echo "$version" >"$database/version"
fi
"$GO" run "$govulncheck" -db "file://$database" ./...
