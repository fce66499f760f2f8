package e2e

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// Calls that a sidecar saw while its gateway was away become the rows that one process would have made of them.
func TestSidecarAndGatewayMakeTheRowsOfOneProcess(t *testing.T) {
	sim := simulator(t, model)
	call := func(c *collector) {
		t.Helper()
		for user, stream := range map[string]bool{"1-plain": false, "2-stream": true} {
			status, _, _ := c.post(t, user, chat(stream))
			require.Equal(t, 200, status)
		}
	}
	told := func(c *collector) (made []row) {
		t.Helper()
		db := c.store(t)
		untilCalls(t, db, 2)
		require.NoError(t, db.Select(context.Background(), &made, rows))
		for i := range made {
			made[i].Duration, made[i].FirstContent = 0, 0
		}
		return made
	}
	alone := start(t, "local.yaml", t.TempDir(), freeport.Address(t), sim.URL)
	call(alone)
	want := told(alone)
	alone.stop()

	otlp := freeport.Address(t)
	sidecar := start(t, "sidecar.yaml", t.TempDir(), freeport.Address(t), sim.URL, "exporters::otlp_grpc::endpoint: "+otlp,
		"exporters::otlp_grpc::retry_on_failure::initial_interval: 100ms")
	call(sidecar)
	gateway := start(t, "local.yaml", t.TempDir(), freeport.Address(t), sim.URL, "receivers::otlp::protocols::grpc::endpoint: "+otlp)
	require.Equal(t, want, told(gateway))
}
