package genaimetricsconnector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/llmtap/llmtap/internal/genai"
)

// The modalities of a count add up to it, and those that the provider tells have series of their own.
func TestTokensAreSplitByModality(t *testing.T) {
	f := func(usage genai.Usage, name string, want map[string]int64) {
		t.Helper()
		cfg, sink := createDefaultConfig().(*Config), new(consumertest.MetricsSink)
		cfg.Semconv = SemconvCurrent
		call := genai.Call{Operation: genai.OperationChat, Usage: usage}
		metrics := flushed(t, testMeter(t, cfg, sink), sink, call)
		got := map[string]int64{}
		for _, point := range metricNamed(t, metrics, name).Sum().DataPoints().All() {
			got[label(point.Attributes(), genai.AttrTokenModality)] = point.IntValue()
		}
		require.Equal(t, want, got)
	}
	sound := genai.Usage{
		Input: genai.Known(100), AudioInput: genai.Known(60), ImageInput: genai.Known(10),
		CacheRead: genai.Known(50), AudioCacheRead: genai.Known(30), Output: genai.Known(7), AudioOutput: genai.Known(5),
	}
	f(sound, genai.MetricInferenceInputTokens, map[string]int64{"audio": 60, "image": 10, "text": 30})
	f(sound, genai.MetricInferenceCacheRead, map[string]int64{"audio": 30, "unknown": 20})
	f(sound, genai.MetricInferenceOutputTokens, map[string]int64{"audio": 5, "unknown": 2})
	f(genai.Usage{Input: genai.Known(3), CacheRead: genai.Known(2)}, genai.MetricInferenceCacheRead, map[string]int64{"unknown": 2})
	f(genai.Usage{Input: genai.Known(3), CacheRead: genai.Known(2), AudioCacheRead: genai.Known(9)}, genai.MetricInferenceCacheRead, map[string]int64{"audio": 2})
}
