package e2e

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
)

// ownMetric reads one of the Collector's own counters.
func (c *collector) ownMetric(t *testing.T, name string) int {
	t.Helper()
	resp, err := http.Get(c.telemetry)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	sum := 0
	for _, line := range regexp.MustCompile(`(?m)^`+name+`\{[^}]*\} (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		value, err := strconv.ParseFloat(line[1], 64)
		require.NoError(t, err)
		sum += int(value)
	}
	return sum
}

// manyCalls sends n calls, all of which the tap must answer.
func (c *collector) manyCalls(t *testing.T, n int) {
	t.Helper()
	var running sync.WaitGroup
	for range 10 {
		running.Go(func() {
			for range n / 10 {
				status, _, _ := c.post(t, "ada", chat(false))
				if status != http.StatusOK {
					t.Errorf("a call is answered with %d", status)
				}
			}
		})
	}
	running.Wait()
}

// While the store is away the queue fills the disk up to its limit, over a restart too. What is more is lost and counted,
// no call is disturbed, and what was queued arrives once.
func TestOutageThatIsLongerThanTheQueue(t *testing.T) {
	sim := simulator(t, model)
	address, data := freeport.Address(t), t.TempDir()
	settings := []string{
		"exporters::gen_ai_clickhouse::sending_queue::queue_size: 1048576",
		"exporters::gen_ai_clickhouse::sending_queue::batch::min_size: 65536",
		"exporters::gen_ai_clickhouse::sending_queue::batch::flush_timeout: 20ms",
	}
	const calls = 1000
	dropped := 0
	for range 2 { // lives of the Collector
		c := start(t, "server.yaml", data, address, sim.URL, settings...)
		c.manyCalls(t, calls)
		looks := 0 // one flush_timeout after the last call has come, all are queued or dropped
		require.Eventually(t, func() bool {
			if c.ownMetric(t, "otelcol_receiver_accepted_spans") == calls {
				looks++
			}
			return looks > 1
		}, deadline, 500*time.Millisecond)
		dropped += c.ownMetric(t, "otelcol_exporter_enqueue_failed_spans")
		c.stop()
	}
	require.Positive(t, dropped, "the limit is reached")
	require.Less(t, dropped, 2*calls)

	clickhouseembeddedtest.Start(t, func(cfg *clickhouseembeddedextension.Config) { cfg.Endpoint = address })
	c := start(t, "server.yaml", data, address, sim.URL, settings...)
	db := c.store(t)
	untilCalls(t, db, uint64(2*calls-dropped))
	var distinct, inRollup uint64
	require.NoError(t, db.QueryRow(context.Background(), "SELECT uniqExact(call_id) FROM llmtap.calls").Scan(&distinct))
	require.NoError(t, db.QueryRow(context.Background(), "SELECT sum(calls) FROM llmtap.cost_1h").Scan(&inRollup))
	require.EqualValues(t, 2*calls-dropped, distinct)
	require.EqualValues(t, 2*calls-dropped, inRollup)
}
