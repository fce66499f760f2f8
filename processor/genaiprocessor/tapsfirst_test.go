package genaiprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/tapsfirst"
)

// heldCall is a tap that holds the span of a call until it is asked for it.
type heldCall struct {
	a     *accountant
	call  seen
	asked int
	taken error
}

func (h *heldCall) HandOnNow(ctx context.Context) {
	if h.asked++; h.asked == 1 {
		_, h.taken = h.a.processTraces(ctx, tracesOf(h.call))
	}
}

// The tap of the same process has its spans passed before those of SDKs are judged, which is asked for once a batch and only with calls.
func TestTapsHandOnBeforeSpansOfSDKs(t *testing.T) {
	f := func(cfg *Config, asked int, counts bool, batch ...seen) {
		t.Helper()
		a, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
		require.NoError(t, err)
		tap := &heldCall{a: a, call: seen{kind: 't', id: 1, response: "r", tokens: 100, length: 1}}
		tapsfirst.Add(tap)
		defer tapsfirst.Remove(tap)
		traces := tracesOf(batch...)
		_, err = a.processTraces(t.Context(), traces)
		require.NoError(t, err)
		require.NoError(t, tap.taken)
		require.Equal(t, asked, tap.asked)
		span := traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		require.Equal(t, counts, genai.ReadSpan(span, new(genai.Call)))
	}
	all := createDefaultConfig().(*Config)
	sdk := seen{kind: 's', id: 2, trace: 1, response: "r", tokens: 100, length: 1, service: "app"}
	other := seen{kind: 's', id: 3, trace: 2, response: "s", tokens: 100, length: 1, service: "app"}
	f(all, 1, false, sdk)
	f(all, 1, false, sdk, other)
	f(all, 1, true, other, sdk)
	f(all, 0, true, seen{kind: 't', id: 4, response: "t", tokens: 100, length: 1})
	f(all, 0, false, seen{kind: 'h', id: 5})

	all.RememberSpans = 0 // every span counts
	f(all, 0, true, sdk)
}
