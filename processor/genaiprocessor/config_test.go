package genaiprocessor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

func loadConfig(t *testing.T, path string) *Config {
	t.Helper()
	conf, err := confmaptest.LoadConf(path)
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	return cfg
}

func TestDefaultConfig(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg := loadConfig(t, filepath.Join("testdata", "config", "default.yaml"))
	require.NoError(t, confmap.Validate(cfg))
	require.Equal(t, createDefaultConfig(), cfg)
}

func TestFullConfig(t *testing.T) {
	cfg := loadConfig(t, filepath.Join("testdata", "config", "full.yaml"))
	require.NoError(t, confmap.Validate(cfg))
	usd := func(v float64) *float64 { return &v }
	want := createDefaultConfig().(*Config)
	want.Identity.KeyHashSecret = "pepper"
	want.Identity.Keys = []KeyConfig{{Key: "sk-ada", User: "ada", Team: "core"}, {Hash: "00112233445566ff", App: "batch"}}
	want.Identity.User = []string{"key", "header:X-Caller", "body:metadata.caller"}
	want.Identity.Team = []string{}
	want.PricesVersion = "2026-06"
	want.BuiltinPrices = false
	want.Prices = []pricebook.Price{{
		Model: []string{"qwen*"}, Upstream: []string{"vllm-a100"}, From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		Input: usd(0.1), Output: usd(0.4), CacheRead: usd(0.01),
	}, {Model: []string{"whisper-1", "parakeet*"}, PerCall: usd(0.006)}}
	require.Equal(t, want, cfg)
}

func TestInvalidConfigNamesEveryProblem(t *testing.T) {
	err := confmap.Validate(loadConfig(t, filepath.Join("testdata", "config", "invalid.yaml")))
	for _, problem := range []string{
		"identity::keys::1: hash: is no key hash",
		"user, team, app: give at least one of them",
		"reload_interval: 0s is no interval",
		"remember_spans: -1 is negative",
		"remember_answers: -1 is negative",
		`user: "header" is no place`,
		`user: "cookie:x" is no place`,
		`labels::plan: "attributes[" is no OTTL expression`,
		"prices::0: input, output: give both or neither",
		"prices::1: model: needed",
		"input: NaN is no price",
		`prices::2: when: "plan ===" is no OTTL condition`,
		"machines::1: has the upstream and from of machines::0; keep one of them",
		"labels: has one without a name",
		"labels::budget: tells of refused calls by which budget; choose another name",
	} {
		require.ErrorContains(t, err, problem)
	}
	require.NotContains(t, err.Error(), "sk-secret")
}
