#!/usr/bin/env bash
# Fails when a generated file is not what its generator makes.
set -euo pipefail
cd "$(dirname "$0")/.."

state() {
	git status --porcelain
	git diff | git hash-object --stdin
}
before=$(state)
go generate ./...
after=$(state)
if [[ $before != "$after" ]]; then
	git status --short >&2
	echo "check-generated: generated files differ; commit what go generate made" >&2
	exit 1
fi
