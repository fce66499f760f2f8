#!/usr/bin/env bash
# Starts llmtap on this machine, by default with a simulated model server and sample traffic, and stops all of it on Ctrl-C.
# `make run` builds first. Settings come from the environment; README.md lists them.
set -euo pipefail
cd "$(dirname "$0")/.."

export LLMTAP_LISTEN=${LLMTAP_LISTEN:-127.0.0.1:4000}
export LLMTAP_CLICKHOUSE_LISTEN=${LLMTAP_CLICKHOUSE_LISTEN:-127.0.0.1:8123}
export LLMTAP_OTLP_GRPC_LISTEN=${LLMTAP_OTLP_GRPC_LISTEN:-127.0.0.1:4317}
export LLMTAP_OTLP_HTTP_LISTEN=${LLMTAP_OTLP_HTTP_LISTEN:-127.0.0.1:4318}
export LLMTAP_METRICS_LISTEN=${LLMTAP_METRICS_LISTEN:-127.0.0.1:8889}
export LLMTAP_TELEMETRY_PORT=${LLMTAP_TELEMETRY_PORT:-8888}
export LLMTAP_HEALTH_LISTEN=${LLMTAP_HEALTH_LISTEN:-127.0.0.1:13133}
export LLMTAP_DASHBOARD_LISTEN=${LLMTAP_DASHBOARD_LISTEN:-127.0.0.1:4080}
export LLMTAP_DATA=${LLMTAP_DATA:-./data}
export LLMTAP_LIBCHDB=${LLMTAP_LIBCHDB:-$PWD/.cache/libchdb/libchdb.so}
export UPSTREAM=${UPSTREAM:-}

models=gpt-4o,gpt-4o-mini,Qwen/Qwen3-32B
calls=60
seconds_to_start=60

say() { printf 'llmtap: %s\n' "$*"; }
fail() {
	say "$*" >&2
	exit 1
}

# listens ADDRESS tells whether something accepts connections there.
listens() {
	local host=${1%:*} port=${1##*:}
	case $host in '' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
	host=${host#[} host=${host%]}
	(exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

check_addresses() {
	local name address taken=
	for name in LLMTAP_LISTEN LLMTAP_CLICKHOUSE_LISTEN LLMTAP_OTLP_GRPC_LISTEN LLMTAP_OTLP_HTTP_LISTEN \
		LLMTAP_METRICS_LISTEN LLMTAP_TELEMETRY_PORT LLMTAP_HEALTH_LISTEN LLMTAP_DASHBOARD_LISTEN; do
		address=${!name}
		[[ $name == *_PORT ]] && address=127.0.0.1:$address
		if listens "$address"; then
			say "$address is taken by another program; stop it, or choose another with $name=" >&2
			taken=yes
		fi
	done
	[[ -z $taken ]] || exit 1
}

children=()
stop() {
	trap - EXIT INT TERM HUP
	if ((${#children[@]})); then
		say "stopping"
		kill -TERM "${children[@]}" 2>/dev/null || true
		wait "${children[@]}" 2>/dev/null || true
		say "stopped"
	fi
}

# foreground runs a command so that a signal to this script ends it at once.
foreground() {
	"$@" &
	children+=($!)
	wait $!
}

start_simulator() {
	local log=$LLMTAP_DATA/vllmsim.log
	: >"$log" # it is read before the simulator may have been started
	bin/vllmsim -listen 127.0.0.1:0 -model "$models" -token-rate 200 -ttft 60ms -answer-tokens 90 2>"$log" &
	local simulator=$!
	children+=("$simulator")
	for ((i = 0; i < 100; i++)); do
		UPSTREAM=$(sed -n 's/.* listens on //p' "$log")
		[[ -z $UPSTREAM ]] || break
		kill -0 "$simulator" 2>/dev/null || break
		sleep 0.1
	done
	[[ -n $UPSTREAM ]] || fail "the simulated model server did not start: $(tail -n 3 "$log")"
	say "no UPSTREAM is set; a simulated vLLM at $UPSTREAM stands in, with the models ${models//,/, }"
}

start_collector() {
	local log=$LLMTAP_DATA/llmtap.log
	bin/llmtap --config config/local.yaml >"$log" 2>&1 &
	collector=$!
	children+=("$collector")
	for ((i = 0; i < seconds_to_start * 10; i++)); do
		if listens "$LLMTAP_HEALTH_LISTEN" && listens "$LLMTAP_LISTEN"; then
			return
		fi
		kill -0 "$collector" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 20 "$log" >&2
	fail "the Collector did not start; its log is $log"
}

show_sample() {
	say "sending $calls sample calls of several users"
	local start=$SECONDS
	foreground bin/llmtapdemo -url "http://$LLMTAP_LISTEN/v1" -model "$models" -calls "$calls" || return 1
	say "cost per user:"
	foreground bin/llmtapcost -url "http://$LLMTAP_CLICKHOUSE_LISTEN" -calls "$calls" -since "$((SECONDS - start + 2))s" -time-max 2m
}

for program in llmtap vllmsim llmtapdemo llmtapcost; do
	[[ -x bin/$program ]] || fail "bin/$program is missing; start with make run"
done
[[ -e $LLMTAP_LIBCHDB ]] || fail "$LLMTAP_LIBCHDB is missing; run make libchdb, or set LLMTAP_LIBCHDB"
check_addresses
mkdir -p "$LLMTAP_DATA"
trap stop EXIT
trap 'exit 0' INT TERM HUP

# Clients end their base URL in /v1, as they are told below; the server's would put it before their paths once more.
if [[ $UPSTREAM =~ ^(.+)/v1/?$ ]]; then
	UPSTREAM=${BASH_REMATCH[1]}
	say "UPSTREAM is taken without its /v1, which clients send"
fi
sample=
if [[ -z $UPSTREAM ]]; then
	sample=yes
	start_simulator
fi
start_collector
say "the tap listens on http://$LLMTAP_LISTEN and forwards to $UPSTREAM"
say "point a client at it: OPENAI_BASE_URL=http://$LLMTAP_LISTEN/v1"
[[ -z $sample ]] || show_sample || say "the sample failed; the log is $LLMTAP_DATA/llmtap.log"
say "cost per user at any time: make cost. SQL: curl http://$LLMTAP_CLICKHOUSE_LISTEN -d 'SELECT * FROM llmtap.calls'"
say "dashboards: http://$LLMTAP_DASHBOARD_LISTEN"
say "Ctrl-C stops"
wait "$collector" || fail "the Collector ended; its log is $LLMTAP_DATA/llmtap.log"
