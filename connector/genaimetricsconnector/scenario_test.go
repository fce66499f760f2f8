package genaimetricsconnector

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
)

var update = flag.Bool("update", false, "rewrite the expected metrics, and fail")

// A folder is a case: the spans of in.yaml become the metrics of out.yaml, under the settings of config.yaml.
func TestScenarios(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "scenarios", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			cfg := loadConfig(t, filepath.Join(folder, "config.yaml"))
			require.NoError(t, confmap.Validate(cfg))
			in, err := golden.ReadTraces(filepath.Join(folder, "in.yaml"))
			require.NoError(t, err)

			sink := new(consumertest.MetricsSink)
			atEpoch(t, func(t *testing.T) {
				m := testMeter(t, cfg, sink)
				require.NoError(t, m.ConsumeTraces(t.Context(), in))
				time.Sleep(time.Minute)
				require.NoError(t, m.flush(t.Context()))
			})
			require.Len(t, sink.AllMetrics(), 1)

			out := filepath.Join(folder, "out.yaml")
			if *update {
				require.NoError(t, golden.WriteMetrics(t, out, sink.AllMetrics()[0], golden.SkipMetricTimestampNormalization()))
				return
			}
			got := filepath.Join(t.TempDir(), "out.yaml")
			require.NoError(t, golden.WriteMetricsToFile(got, sink.AllMetrics()[0], golden.SkipMetricTimestampNormalization()))
			require.Equal(t, contents(t, out), contents(t, got))
		})
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
