package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver"
)

// collector gives the path of the built Collector. `make test` builds it and says where it is.
func collector(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("LLMTAP_BIN")
	if folder == "" {
		t.Skip("LLMTAP_BIN does not name the folder of the built programs; run make test")
	}
	return filepath.Join(folder, "llmtap")
}

func validate(t *testing.T, file string, env ...string) (output string, err error) {
	t.Helper()
	program := exec.CommandContext(t.Context(), collector(t), "validate", "--config", file)
	program.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	data, err := program.CombinedOutput()
	return string(data), err
}

// The Collector takes every ready configuration, with nothing set and with what its comments name.
func TestConfigurationsAreValid(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		output, err := validate(t, file)
		require.NoError(t, err, "%s: %s", file, output)
	}
	f := func(file string, env ...string) {
		t.Helper()
		output, err := validate(t, file, env...)
		require.NoError(t, err, output)
	}
	f("local.yaml", "UPSTREAM=https://example.com/openai", "LLMTAP_LISTEN=0.0.0.0:4000", "LLMTAP_DATA=/var/lib/llmtap",
		"LLMTAP_CLICKHOUSE_LISTEN=127.0.0.1:18123", "LLMTAP_TELEMETRY_PORT=18888")
	f("server.yaml", "CLICKHOUSE_ENDPOINT=clickhouse://clickhouse:9000", "CLICKHOUSE_USER=u", "CLICKHOUSE_PASSWORD=123456",
		"CLICKHOUSE_CLUSTER=main")
	f("server.yaml", "CLICKHOUSE_ENDPOINT=https://clickhouse:8443", "LLMTAP_KEY_HASH_SECRET=s")
	f("sidecar.yaml", "LLMTAP_GATEWAY=gateway:4317", "LLMTAP_GATEWAY_INSECURE=false", "LLMTAP_UPSTREAM_NAME=7",
		"LLMTAP_TELEMETRY_HOST=0.0.0.0")
}

// What the environment can set is in the README.
func TestVariablesAreDescribed(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, file := range []string{"local.yaml", "server.yaml", "sidecar.yaml"} {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, variable := range regexp.MustCompile(`(?m)^[^#]*\$\{env:(\w+)`).FindAllStringSubmatch(string(data), -1) {
			require.True(t, regexp.MustCompile("`"+variable[1]+"[`=]").Match(readme), "%s: %s", file, variable[1])
		}
	}
}

// A queue that a power failure damaged keeps the tap from starting. What an outage has filled is given back after it.
func TestQueuesSurviveAPowerFailureAndShrink(t *testing.T) {
	for _, file := range []string{"local.yaml", "server.yaml", "sidecar.yaml"} {
		conf, err := confmaptest.LoadConf(file)
		require.NoError(t, err)
		require.Equal(t, true, conf.Get("extensions::file_storage::fsync"), file)
		require.Equal(t, true, conf.Get("extensions::file_storage::compaction::on_rebound"), file)
	}
}

// What the tap may copy of calls in flight must not have the limiter refuse their spans. Go's heap grows to twice what is in use.
func TestCopiesStayBelowTheMemoryLimit(t *testing.T) {
	for _, file := range []string{"local.yaml", "server.yaml", "sidecar.yaml"} {
		conf, err := confmaptest.LoadConf(file)
		require.NoError(t, err)
		copies := llmtapreceiver.NewFactory().CreateDefaultConfig().(*llmtapreceiver.Config).Limits.CopyBytesTotal
		if set := conf.Get("receivers::llm_tap::limits::copy_bytes_total"); set != nil {
			copies = int64(set.(int))
		}
		limit := conf.Get("processors::memory_limiter::limit_mib").(int) - conf.Get("processors::memory_limiter::spike_limit_mib").(int)
		require.LessOrEqual(t, 2*copies, int64(limit)<<20, file)
	}
}

// A gateway has the rows of several sidecars, whose servers may have one address.
func TestServersOfSeveralCollectorsCanBeToldApart(t *testing.T) {
	for _, file := range []string{"server.yaml", "sidecar.yaml"} {
		conf, err := confmaptest.LoadConf(file)
		require.NoError(t, err)
		upstream := conf.Get("receivers::llm_tap::upstreams").([]any)[0].(map[string]any)
		require.Equal(t, "${env:LLMTAP_UPSTREAM_NAME:-default}", upstream["name"], file)
	}
}

// A value that cannot work is named with its key.
func TestInvalidSettingsAreNamed(t *testing.T) {
	f := func(want, file string, env ...string) {
		t.Helper()
		output, err := validate(t, file, env...)
		require.Error(t, err)
		require.Contains(t, output, want)
	}
	f("url: is no base address", "local.yaml", "UPSTREAM=127.0.0.1:8000")
	f(`scheme "tcp" is not known`, "server.yaml", "CLICKHOUSE_ENDPOINT=tcp://clickhouse:9000")
}
