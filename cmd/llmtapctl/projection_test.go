package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Parts without the projection are told, and are no difference: their rows are read.
func TestRepairPutsTheProjectionIntoEveryPart(t *testing.T) {
	url, conn := filled(t)
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap.calls CLEAR PROJECTION by_model SETTINGS mutations_sync = 2"))
	said, err := callOfDay(t, url, "audit")
	require.NoError(t, err, said)
	require.Contains(t, said, "agrees, 2 parts of calls are without it")
	said, err = callOfDay(t, url, "repair")
	require.NoError(t, err, said)
	require.NotContains(t, said, "without it")
}

// A projection cannot come to differ by anything that ClickHouse is asked to do, so one is changed on the disk. It is of a month of which
// the range holds less than a day.
func TestAuditSeesAndRepairMendsAProjectionThatDiffers(t *testing.T) {
	first := time.Date(2026, 11, 1, 9, 59, 0, 0, time.UTC)
	batches := make([][]genai.Call, 2)
	for batch := range batches {
		batches[batch] = []genai.Call{{Operation: genai.OperationChat, RequestModel: "m", Start: first, Cost: genai.Cost{Amount: genai.NanoUSD(1 + batch), Known: true}}}
	}
	url, conn := filledWith(t, batches...)
	within := []string{"-url", url, "-from", "2026-10-31T20:00:00Z", "-to", "2026-11-01T10:00:00Z"}
	exec := func(query string) { require.NoError(t, conn.Exec(t.Context(), query)) }
	var parts []string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT groupArray(path) FROM system.parts WHERE database = 'llmtap' AND table = 'calls' AND active").Scan(&parts))
	require.Len(t, parts, 2)
	from, to := filepath.Join(parts[0], "by_model.proj"), filepath.Join(parts[1], "by_model.proj")
	exec("DETACH TABLE llmtap.calls SYNC")
	require.NoError(t, os.RemoveAll(to))
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	exec("ATTACH TABLE llmtap.calls")

	said, err := call(t, append([]string{"audit"}, within...)...)
	require.ErrorIs(t, err, errDiffers, said)
	require.Contains(t, said, "does not follow from calls")
	said, err = call(t, append([]string{"repair"}, within...)...)
	require.NoError(t, err, said)
}
