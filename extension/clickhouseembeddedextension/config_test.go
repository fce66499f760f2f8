package clickhouseembeddedextension

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func loadConfig(t *testing.T, file, id string) *Config {
	t.Helper()
	all, err := confmaptest.LoadConf(filepath.Join("testdata", file))
	require.NoError(t, err)
	section, err := all.Sub(id)
	require.NoError(t, err)
	config := createDefaultConfig().(*Config)
	require.NoError(t, section.Unmarshal(config))
	return config
}

func TestDefaultConfig(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	require.Equal(t, createDefaultConfig(), loadConfig(t, "config.yaml", "clickhouse_embedded"))
	require.NoError(t, confmap.Validate(createDefaultConfig()))
	require.Equal(t, component.MustNewType("clickhouse_embedded"), NewFactory().Type())
}

func TestConfig(t *testing.T) {
	config := loadConfig(t, "config.yaml", "clickhouse_embedded/all")
	require.NoError(t, confmap.Validate(config))
	require.Equal(t, &Config{
		Endpoint: "127.0.0.1:9123", DataDir: "/var/lib/llmtap", Library: "/usr/lib/libchdb.so",
		Username: "boss", Password: "secret", ReadonlyUsername: "dashboards", ReadonlyPassword: "look",
		MaxMemoryMiB: 4096, MaxConcurrentQueries: 8, MaxBodyMiB: 64, MinFreeDiskMiB: 1024,
		QueryTimeout: 30 * time.Second, ShutdownTimeout: time.Second,
	}, config)
	require.NoError(t, confmap.Validate(loadConfig(t, "config.yaml", "clickhouse_embedded/least")))
}

func TestInvalidConfigNamesEveryKey(t *testing.T) {
	err := loadConfig(t, "invalid.yaml", "clickhouse_embedded").Validate()
	for _, key := range []string{
		"endpoint", "data_dir", "username", "readonly_password", "max_memory_mib", "max_concurrent_queries", "max_body_mib",
		"query_timeout", "shutdown_timeout",
	} {
		require.ErrorContains(t, err, key+" ")
	}
	require.Equal(t, 8, strings.Count(err.Error(), "\n"), err)
	require.ErrorContains(t, loadConfig(t, "invalid.yaml", "clickhouse_embedded/names").Validate(), "readonly_username is \"default\"")
}

func TestSystemsWithoutTheEngine(t *testing.T) {
	require.NoError(t, engineOn("linux"))
	require.NoError(t, engineOn("darwin"))
	require.EqualError(t, engineOn("windows"), "clickhouse_embedded cannot run on windows: its engine, libchdb, is built for Linux and "+
		"macOS only. Take it out of extensions and of service::extensions, and name a ClickHouse server in endpoints of gen_ai_clickhouse, "+
		"as config/server.yaml does")
}
