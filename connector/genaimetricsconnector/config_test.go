package genaimetricsconnector

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func loadConfig(t *testing.T, path string) *Config {
	t.Helper()
	conf, err := confmaptest.LoadConf(path)
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	return cfg
}

func TestValidConfig(t *testing.T) {
	f := func(name string, want *Config) {
		t.Helper()
		cfg := loadConfig(t, filepath.Join("testdata", "config", name))
		require.NoError(t, confmap.Validate(cfg))
		require.Equal(t, want, cfg)
	}
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	f("default.yaml", createDefaultConfig().(*Config))
	f("full.yaml", &Config{
		Semconv: SemconvBoth, FlushInterval: 5 * time.Second, SeriesMax: 10, CostSeriesMax: 20, SeriesExpiration: 5 * time.Second,
	})
}

func TestInvalidConfigNamesEveryProblem(t *testing.T) {
	err := confmap.Validate(loadConfig(t, filepath.Join("testdata", "config", "invalid.yaml")))
	for _, problem := range []string{
		`semconv: "v1_40" is no version`, "flush_interval: 0s is no interval", "series_max: 0 is out of range",
		"cost_series_max: 1000001 is out of range", "series_expiration: -1s is shorter than flush_interval",
	} {
		require.ErrorContains(t, err, problem)
	}
}
