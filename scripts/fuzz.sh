#!/usr/bin/env bash
# Runs every fuzz test for a bounded time each. FUZZTIME sets it.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${FUZZTIME:-20s}
grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' --exclude-dir=build . | sort |
	while IFS=: read -r file function; do
		name=${function#func }
		echo "fuzz: $name in $(dirname "$file") for $time"
		go test -run='^$' -fuzz="^$name\$" -fuzztime="$time" "$(dirname "$file")"
	done
