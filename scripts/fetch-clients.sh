#!/bin/sh
# Installs the npm packages that e2e/clients uses into .cache/clients, and puts its programs there.
set -eu
cd "$(dirname "$0")/.."
target=.cache/clients
mkdir -p "$target"
cp e2e/clients/*.mjs "$target"
if ! cmp -s e2e/clients/package.json "$target/package.json" || [ ! -d "$target/node_modules" ]; then
	echo "llmtap: fetching the npm clients"
	cp e2e/clients/package.json "$target/package.json"
	npm install --prefix "$target" --no-package-lock --no-audit --no-fund --loglevel=error
fi
