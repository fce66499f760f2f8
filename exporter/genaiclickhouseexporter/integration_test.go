package genaiclickhouseexporter

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// testDatabase is not the default, so that no statement can rely on that.
const testDatabase = "calls_of_tests"

var overNative = flag.Bool("native", false, "reach the engine over ClickHouse's native protocol, compressed")

// configFor is a configuration for servers, that keeps all rows: the calls of most tests are of fixed days.
func configFor(endpoints ...string) *Config {
	config := createDefaultConfig().(*Config)
	config.Endpoints = endpoints
	config.TTL = TTLConfig{}
	return config
}

// newDatabase is a configuration for an embedded engine of the test's own, and a connection to look into it.
func newDatabase(t testing.TB) (*Config, driver.Conn) {
	t.Helper()
	config := configFor("http://" + clickhouseembeddedtest.Start(t))
	if *overNative {
		config.Endpoints = []string{"clickhouse://" + clickhouseembeddedtest.StartNative(t, strings.TrimPrefix(config.Endpoints[0], "http://"), nil).Addr()}
		config.Compression = "lz4"
	}
	config.Database = testDatabase
	config.Detection.Enabled = false // its views would run beside what is tested
	return config, connect(t, config)
}

// connect opens a connection as the exporter does.
func connect(t testing.TB, config *Config) driver.Conn {
	t.Helper()
	options, err := clientOptions(t.Context(), config)
	require.NoError(t, err)
	conn, err := clickhouse.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// newExporter is an exporter without queue and retries, started.
func newExporter(t testing.TB, config *Config) *callExporter {
	t.Helper()
	e, err := newCallExporter(config, exportertest.NewNopSettings(componentType))
	require.NoError(t, err)
	require.NoError(t, e.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.WithoutCancel(t.Context()))) })
	return e
}

// setClock sets an exporter's clock, when the making of the schema no longer reads it.
func setClock(e *callExporter, now func() time.Time) {
	e.running.Wait()
	e.store.now = now
}

func spansOf(calls ...genai.Call) ptrace.Traces {
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range calls {
		genai.PutSpan(&calls[i], spans.AppendEmpty())
	}
	return traces
}

// manyCalls are n calls of several users, some without price or usage, some failed.
func manyCalls(n int) []genai.Call {
	calls := make([]genai.Call, n)
	for i := range calls {
		call := fullCall()
		call.SpanID = pcommon.SpanID{1, 6: byte(i >> 8), 7: byte(i)}
		call.Caller.UserID = fmt.Sprintf("user%d", i%3)
		call.Start = call.Start.Add(time.Duration(i) * time.Minute)
		call.Outcome = []genai.Outcome{genai.OutcomeOK, genai.OutcomeTimeout, genai.OutcomeClientError}[i%3]
		call.Cost.Amount, call.Cost.Known = genai.NanoUSD(1_000_000_007*i+1), i%5 != 0
		call.Usage.Input.Known = i%7 != 0
		call.Content = nil
		calls[i] = call
	}
	return calls
}

// ask gives a query's answer as lines of values joined by tabs. Each column must be a String.
func ask(t testing.TB, conn driver.Conn, query string, args ...any) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), fmt.Sprintf(query, args...))
	require.NoError(t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		values := make([]string, len(rows.Columns()))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		lines = append(lines, strings.Join(values, "\t"))
	}
	require.NoError(t, rows.Err())
	return strings.Join(lines, "\n")
}

func TestFullCallSurvivesTheEngine(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	call := fullCall()
	require.NoError(t, e.push(t.Context(), spansOf(call)))

	want := map[string]string{
		"ts": "2026-11-23 10:20:30.123456", "call_id": call.ID().String(), "trace_id": "ab000000000000000000000000000001",
		"span_id": "cd00000000000002", "parent_span_id": "ef00000000000003", "conversation_id": "c1", "conversation_derived": "false",
		"conversation_turn": "4", "history_tokens": "77",
		"user_id": "ada", "team": "core", "app": "chat", "environment": "prod", "key_hash": "00ff00ff00ff00ff",
		"labels": "{'région':'été','tier':'gold'}", "operation": "chat", "provider": "openai", "api_type": "chat_completions",
		"upstream": "vllm", "server_address": "10.0.0.1", "server_port": "8000", "server_version": "vllm/0.26.0",
		"model_requested": "qwen", "model": "qwen3", "stream": "true", "http_status": "200", "outcome": "client_abort",
		"error_type": "rate_limit", "finish_reasons": "['stop','length']", "duration_us": "1500001", "ttfc_us": "120002",
		"max_gap_us": "30003", "tap_overhead_us": "44", "chunks": "17", "input_tokens": "100", "output_tokens": "50",
		"cache_read_tokens": "60", "cache_write_tokens": "5", "reasoning_tokens": "7", "audio_input_tokens": "1",
		"audio_output_tokens": "2", "image_input_tokens": "3", "image_output_tokens": "4", "usage_source": "injected",
		"cache_write_1h_tokens": "8", "audio_cache_read_tokens": "9", "audio_input_us": "10000000",
		"cost_usd": "123.456789123", "cost_source": "config", "price_version": "2026-11-01", "tools_offered": "2",
		"tool_calls": "1", "tool_names": "['weather','météo']", "input_images": "11", "input_audios": "12", "input_files": "13",
		"response_format": "json_schema", "previous_response_id": "resp_0", "response_id": "chatcmpl-1",
		"system_fingerprint": "fp", "service_tier": "flex", "fidelity_applicable": "['a','b']", "fidelity_failed": "['a']",
		"fidelity_suspected": "['b']", "fidelity_undecidable": "['c']", "prompt_hash": "18446744073709551615",
		"prompt_version": "5", "toolcall_hash": "6", "turn": "3", "retry": "9", "request_bytes": "1000", "response_bytes": "2000",
		"request_truncated": "false", "response_truncated": "true",
	}
	batch := newBatch([]Row{toRow(&call)})
	want["batch_id"] = batch.token
	for _, c := range callsTable.columns {
		expression := "toString(" + c.name + ")"
		if c.name == "labels" {
			expression = "toString(mapSort(labels))"
		}
		require.Equal(t, want[c.name], ask(t, conn, "SELECT %s FROM %s.calls", expression, config.Database), c.name)
		delete(want, c.name)
	}
	require.Empty(t, want)
	require.Equal(t, "1", ask(t, conn, "SELECT toString(inserted_at BETWEEN now() - 60 AND now()) FROM %s.calls", config.Database))

	got := ask(t, conn, "SELECT toString(ts), toString(call_id), conversation_id, user_id, hex(request), response, evidence[1], toString(truncated) FROM %s.content", config.Database)
	require.Equal(t, strings.Join([]string{"2026-11-23 10:20:30.123456", call.ID().String(), "c1", "ada",
		fmt.Sprintf("%X", call.Content.Request), call.Content.Response, call.Fidelity.Evidence[0], "true"}, "\t"), got)
}

func TestUnknownIsNull(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(genai.Call{
		TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{1}, Operation: genai.OperationChat, Start: fullCall().Start,
		Usage: genai.Usage{Output: genai.Known(0), Source: genai.UsageReported},
	})))
	require.Equal(t, "1\t0\t1\t1\t1\t1\t\t[]", ask(t, conn,
		`SELECT toString(input_tokens IS NULL), toString(output_tokens), toString(cache_read_tokens IS NULL), toString(cache_write_tokens IS NULL),
		toString(reasoning_tokens IS NULL), toString(cost_usd IS NULL), parent_span_id, toString(finish_reasons) FROM %s.calls`, config.Database))
	require.Equal(t, "1\t1\t0", ask(t, conn, "SELECT toString(calls), toString(unpriced), toString(unknown_usage) FROM %s.cost_1h", config.Database))
	require.Equal(t, "0", ask(t, conn, "SELECT toString(count()) FROM %s.content", config.Database))
}

// sums are what the calls and the rollups of cost and performance say of the same calls, as two lines to compare.
func sums(t testing.TB, conn driver.Conn, database string) (calls, cost1h, perf1m string) {
	t.Helper()
	calls = ask(t, conn, `SELECT toString(count()), toString(uniqExact(call_id)), toString(sum(cost_usd)), toString(countIf(cost_usd IS NULL)), toString(sum(input_tokens)),
		toString(sum(output_tokens)), toString(countIf(outcome = 'timeout')), toString(sum(duration_us)) FROM %s.calls`, database)
	cost1h = ask(t, conn, `SELECT toString(sum(calls)), toString(sum(calls)), toString(sum(cost_usd)), toString(sum(unpriced)), toString(sum(input_tokens)),
		toString(sum(output_tokens)), toString(sum(errors)), toString(sum(duration_us)) FROM %s.cost_1h`, database)
	perf1m = ask(t, conn, "SELECT toString(sum(calls)), toString(sum(errors)), toString(sum(n_ok)), toString(arraySum(mapValues(sumMap(dur_hist)))), toString(sumMap(fidelity_failed)) FROM %s.perf_1m", database)
	return calls, cost1h, perf1m
}

func TestRollupsAgreeWithCallsAfterRepeats(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := manyCalls(300)
	for range 3 {
		require.NoError(t, e.push(t.Context(), spansOf(calls...)))
	}
	// The calls decide, not their order nor what else is said of them.
	other := slices.Clone(calls)
	slices.Reverse(other)
	other[0].Caller.App = "renamed"
	require.NoError(t, newExporter(t, config).push(t.Context(), spansOf(other...)), "another Collector")

	var cost genai.NanoUSD
	for _, call := range calls {
		if call.Cost.Known {
			cost += call.Cost.Amount
		}
	}
	fromCalls, fromCost1h, fromPerf1m := sums(t, conn, config.Database)
	require.Equal(t, fromCalls, fromCost1h)
	require.Equal(t, []string{"300", "300", decimal.New(int64(cost), -9).String(), "60"}, strings.Split(fromCalls, "\t")[:4])
	require.Equal(t, "300\t100\t100\t100\t{'a':300}", fromPerf1m)
	require.Equal(t, "0", ask(t, conn, `SELECT toString(count()) FROM
		(SELECT user_id, sum(cost_usd) c FROM %[1]s.calls GROUP BY user_id) a FULL JOIN (SELECT user_id, sum(cost_usd) c FROM %[1]s.cost_1h GROUP BY user_id) b
		USING user_id WHERE a.c != b.c`, config.Database))
	require.Equal(t, "300", ask(t, conn, "SELECT toString(arraySum(mapValues(sumMap(fidelity_applicable)))/2) FROM %s.perf_1m", config.Database))
}

func TestContentIsStoredOnce(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := manyCalls(3)
	calls[1].Content = &genai.Content{Request: "q", Response: "a"}
	for range 2 {
		require.NoError(t, e.push(t.Context(), spansOf(calls...)))
	}
	require.Equal(t, "q\ta", ask(t, conn, "SELECT request, response FROM %s.content", config.Database))
}

func TestCallsOfAnyTimeAreTaken(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := manyCalls(150)
	for i := range calls {
		calls[i].Start = time.Unix(0, 0).AddDate(0, i*12, 0) // more months than ClickHouse takes in one insert by default
	}
	require.NoError(t, e.push(t.Context(), spansOf(calls...)))
	require.Equal(t, "150", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}
