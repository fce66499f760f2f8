package e2e

import (
	"context"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// A recorder that cannot keep up costs no call an answer, and no call is missing from the accounts: it is a row, or one of
// the unrecorded.
func TestOverloadedRecorderLosesNoCallUnseen(t *testing.T) {
	sim := simulator(t, model)
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), sim.URL, "receivers::llm_tap::queue_size: 1",
		"receivers::llm_tap::workers: 1", "connectors::gen_ai_metrics::flush_interval: 100ms")
	db := c.store(t)
	unrecorded := regexp.MustCompile(`(?m)^llmtap_unrecorded_calls_total\{.*reason="queue_full".*upstream="default".*\} (\S+)$`)
	var sent, stored, told uint64
	for told == 0 { // until one was dropped
		require.Less(t, sent, uint64(5000), "nothing is ever dropped")
		c.manyCalls(t, 100)
		sent += 100
		require.Eventually(t, func() bool {
			if err := db.QueryRow(context.Background(), "SELECT count() FROM llmtap.calls").Scan(&stored); err != nil {
				return false
			}
			told = unrecordedCalls(t, c.metrics, unrecorded)
			return stored+told >= sent
		}, deadline, 100*time.Millisecond)
	}
	require.Equal(t, sent, stored+told)
	require.EqualValues(t, told, c.ownMetric(t, "llmtap_tap_dropped"))
	require.Eventually(t, func() bool {
		var kept uint64
		err := db.QueryRow(context.Background(), "SELECT sum(calls) FROM llmtap.unrecorded FINAL WHERE upstream = 'default' AND reason = 'queue_full'").Scan(&kept)
		return err == nil && kept == told
	}, deadline, 100*time.Millisecond, "the store")
}

func unrecordedCalls(t *testing.T, url string, line *regexp.Regexp) uint64 {
	t.Helper()
	found := line.FindStringSubmatch(fetch(t, url))
	if found == nil {
		return 0
	}
	value, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	return uint64(value)
}
