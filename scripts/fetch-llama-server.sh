#!/bin/sh
# Fetches llama.cpp's llama-server as Debian packages and unpacks them, with the libraries that they need, into
# .cache/llama-server. Nothing is installed. The mirror is the one that this machine's apt uses.
set -eu
cd "$(dirname "$0")/.."
target=$PWD/.cache/llama-server
[ ! -x "$target/usr/bin/llama-server" ] || exit 0
packages="llama.cpp-tools libllama0 libggml0 libc6 libstdc++6 libgcc-s1 gcc-16-base libgomp1 libssl3t64 libzstd1 zlib1g"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')
if [ -z "$mirror" ]; then
	echo "fetch-llama-server: needs apt with a Debian mirror" >&2
	exit 1
fi
echo "llmtap: fetching llama-server (about 60 MB)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/etc" "$work/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/etc/sources.list"
apt() {
	apt-get -qq -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Etc::SourceList="$work/etc/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=root "$@"
}
apt update
# shellcheck disable=SC2086 # a list
(cd "$work" && apt download $packages && for package in *.deb; do dpkg-deb -x "$package" root; done)
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/root" "$target"
