package genaiprocessor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/llmtap/llmtap/internal/genai"
)

// A processor has an instance in each pipeline, of which one may take the tap's spans and the other those of SDKs.
func TestPipelinesOfOneProcessorCountACallOnce(t *testing.T) {
	factory, sink := NewFactory(), new(consumertest.TracesSink)
	instance := func(cfg *Config) processor.Traces {
		t.Helper()
		p, err := factory.CreateTraces(t.Context(), processortest.NewNopSettings(componentType), cfg, sink)
		require.NoError(t, err)
		require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
		t.Cleanup(func() { require.NoError(t, p.Shutdown(t.Context())) })
		return p
	}
	f := func(want bool, p processor.Traces, s seen) {
		t.Helper()
		traces := ptrace.NewTraces()
		s.put(traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
		sink.Reset()
		require.NoError(t, p.ConsumeTraces(t.Context(), traces))
		require.Equal(t, want, genai.ReadSpan(sink.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0), new(genai.Call)))
	}
	cfg := createDefaultConfig().(*Config)
	ofTap, ofSDKs, other := instance(cfg), instance(cfg), instance(createDefaultConfig().(*Config))
	tap, sdk := seen{kind: 't', id: 2, in: 1, length: 2, tokens: 100}, seen{kind: 's', id: 1, length: 3, tokens: 100}
	f(true, ofTap, tap)
	f(false, ofSDKs, sdk)
	f(true, ofSDKs, tap) // the same spans by both pipelines count in both
	f(false, ofTap, sdk)
	f(true, other, sdk)
}

// The command validate makes the processor and does not start it. It may be run by another user, or elsewhere, and must leave nothing there.
func TestSecretIsMadeByTheStart(t *testing.T) {
	folder := t.TempDir()
	cfg := createDefaultConfig().(*Config)
	cfg.Identity.KeyHashSecretFile = filepath.Join(folder, "data", "key_hash_secret")
	cfg.Identity.Keys = []KeyConfig{{Key: "sk-ada", User: "ada"}}
	sink := new(consumertest.TracesSink)
	p, err := NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(componentType), cfg, sink)
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Dir(cfg.Identity.KeyHashSecretFile))

	require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
	secret, err := os.ReadFile(cfg.Identity.KeyHashSecretFile)
	require.NoError(t, err)
	traces := ptrace.NewTraces()
	genai.PutSpan(&genai.Call{
		Operation: genai.OperationChat, Caller: genai.Caller{KeyHash: genai.KeyHash(strings.TrimSpace(string(secret)), "sk-ada")},
	}, traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	require.NoError(t, p.ConsumeTraces(t.Context(), traces))
	require.NoError(t, p.Shutdown(t.Context()))
	var call genai.Call
	require.True(t, genai.ReadSpan(sink.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0), &call))
	require.Equal(t, "ada", call.Caller.UserID)
}
