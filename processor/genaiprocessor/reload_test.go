package genaiprocessor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/reload"
)

// running is a processor with files in a bubble of synctest, whose clock only goes on when all wait.
type running struct {
	t         *testing.T
	a         *accountant
	tel       *componenttest.Telemetry
	keys, usd string
}

func runWithFiles(t *testing.T, keys, prices string) *running {
	t.Helper()
	folder := t.TempDir()
	r := &running{
		t: t, tel: componenttest.NewTelemetry(),
		keys: filepath.Join(folder, "keys.yaml"), usd: filepath.Join(folder, "prices.yaml"),
	}
	t.Cleanup(func() { require.NoError(t, r.tel.Shutdown(context.WithoutCancel(t.Context()))) })
	write(t, r.keys, keys)
	write(t, r.usd, prices)
	cfg := createDefaultConfig().(*Config)
	cfg.PricesFile, cfg.Identity.KeysFile = r.usd, r.keys
	cfg.Identity.KeyHashSecretFile = filepath.Join(folder, "secret")
	write(t, cfg.Identity.KeyHashSecretFile, strings.Repeat("s", 64))
	var err error
	r.a, err = newAccountant(cfg, r.tel.NewTelemetrySettings())
	require.NoError(t, err)
	require.Equal(t, 5*time.Second, r.a.reload.Interval)
	require.NoError(t, r.a.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, r.a.shutdown(context.WithoutCancel(t.Context()))) })
	return r
}

// write replaces the file at once, as whoever changes a file that is in use should.
func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// tick has the files looked at once.
func (r *running) tick() {
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// account gives user and cost of a call of one million tokens with the key.
func (r *running) account(key string) (string, genai.Cost) {
	r.t.Helper()
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	genai.PutSpan(&genai.Call{
		Operation: genai.OperationChat, RequestModel: "own", Caller: genai.Caller{KeyHash: genai.KeyHash(strings.Repeat("s", 64), key)},
		Usage: genai.Usage{Input: genai.Known(1_000_000), Output: genai.Known(0)},
	}, span)
	_, err := r.a.processTraces(r.t.Context(), traces)
	require.NoError(r.t, err)
	var call genai.Call
	require.True(r.t, genai.ReadSpan(span, &call))
	return call.Caller.UserID, call.Cost
}

func (r *running) expectReloads(want map[[2]string]int64) {
	r.t.Helper()
	got, err := r.tel.GetMetric("llmtap_reloads")
	require.NoError(r.t, err)
	var points []metricdata.DataPoint[int64]
	for k, n := range want {
		points = append(points, metricdata.DataPoint[int64]{
			Attributes: attribute.NewSet(attribute.String("file", k[0]), attribute.String("result", k[1])), Value: n,
		})
	}
	metricdatatest.AssertAggregationsEqual(r.t,
		metricdata.Sum[int64]{DataPoints: points, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true},
		got.Data, metricdatatest.IgnoreTimestamp())
}

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) { synctest.Test(t, testReload) }

func testReload(t *testing.T) {
	r := runWithFiles(t, "keys: [{key: sk-ada, user: ada}]", "version: a\nprices: [{model: own, input: 1, output: 1}]")
	f := func(key, user string, cost genai.NanoUSD, version string) {
		t.Helper()
		gotUser, gotCost := r.account(key)
		require.Equal(t, user, gotUser)
		require.Equal(t, genai.Cost{Amount: cost, Known: true, Source: "prices_file", PriceVersion: version}, gotCost)
	}
	f("sk-ada", "ada", 1e9, "a")
	f("sk-bob", "", 1e9, "a")

	write(t, r.keys, "keys: [{key: sk-bob, user: bob}]")
	write(t, r.usd, "version: b\nprices: [{model: own, input: 2, output: 1}]")
	f("sk-ada", "ada", 1e9, "a")
	r.tick()
	f("sk-ada", "", 2e9, "b")
	f("sk-bob", "bob", 2e9, "b")
	r.expectReloads(map[[2]string]int64{
		{"prices_file", "ok"}: 1, {"keys_file", "ok"}: 1, {"prices_file", "failed"}: 0, {"keys_file", "failed"}: 0,
	})

	write(t, r.keys, "keys: [{key: sk-eve}]")
	require.NoError(t, os.Remove(r.usd))
	r.tick()
	f("sk-bob", "bob", 2e9, "b")
	r.tick()
	r.expectReloads(map[[2]string]int64{
		{"prices_file", "ok"}: 1, {"keys_file", "ok"}: 1, {"prices_file", "failed"}: 1, {"keys_file", "failed"}: 1,
	})

	write(t, r.keys, "keys: [{key: sk-eve, user: eve}]")
	write(t, r.usd, "version: c\nprices: [{model: own, input: 3, output: 1}]")
	r.tick()
	f("sk-eve", "eve", 3e9, "c")
}

func TestFilesThatCannotBeTakenStopTheStart(t *testing.T) {
	f := func(change func(*Config, string), problem string) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		path := filepath.Join(t.TempDir(), "file")
		change(cfg, path)
		_, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
		require.ErrorContains(t, err, problem)
		require.NotContains(t, err.Error(), "sk-secret")
	}
	prices := func(text string) func(*Config, string) {
		return func(cfg *Config, path string) {
			cfg.PricesFile = path
			write(t, path, text)
		}
	}
	keys := func(text string) func(*Config, string) {
		return func(cfg *Config, path string) {
			cfg.Identity.KeysFile = path
			cfg.Identity.KeyHashSecret = "pepper"
			write(t, path, text)
		}
	}
	f(func(cfg *Config, path string) { cfg.PricesFile = path }, "prices_file: open ")
	f(func(cfg *Config, path string) { cfg.Identity.KeysFile = path }, "keys_file: open ")
	f(prices("prices: [{model: m}]"), "price 0: no price given")
	f(prices("prices: [}"), "prices_file: ")
	f(prices(strings.Repeat(" ", reload.BytesMax+1)), "is longer than")
	f(keys("keys: [{key: sk-secret}]"), "keys::0: user, team, app: give at least one of them")
	f(keys("keys: [{key: sk-secret, user: ada}, {key: sk-secret, user: bob}]"), "is the same key as keys of the file::0")
	f(keys("keys: {sk-secret: ada}"), "is no list of keys")
	f(keys(""), "is no list of keys")
	f(keys("sk-secret"), "is no list of keys")
	f(keys("keys: [{key: sk-secret, user: [1]}"), "is no list of keys")
	f(keys("keys: [{key: a, user: ada}, {key: sk-secret, user: 5}]"), "keys::1: is no key; give key or hash, and user, team or app")
	f(keys("keys: [{key: a, user: ada}, {sk-secret: bob}]"), "keys::1: is no key; ")
	f(keys("keys: [sk-secret]"), "keys::0: is no key; ")
	f(func(cfg *Config, _ string) {
		cfg.Identity.Keys = []KeyConfig{{Hash: "00112233445566ff", User: "ada"}, {Hash: "00112233445566ff", User: "bob"}}
	}, "keys::1: is the same key as keys::0")
}

func TestLongestFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prices")
	write(t, path, "prices: []"+strings.Repeat(" ", reload.BytesMax-10))
	cfg := createDefaultConfig().(*Config)
	cfg.PricesFile = path
	_, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
}
