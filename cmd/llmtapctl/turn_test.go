package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestOfRepairsAndRepricesOneIsAtWork(t *testing.T) {
	url, conn := filled(t)
	commands := [][]string{
		{"repair"},
		{"reprice", "-prices", priceFile(t, "prices: [{model: m, per_call: 1}]")},
	}
	before := state(t, conn)
	d, err := open(t.Context(), url, "llmtap")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.conn.Close()) })
	other, err := d.takeTurn(t.Context())
	require.NoError(t, err)
	for _, command := range commands {
		_, err = callOfDay(t, url, command[0], command[1:]...)
		require.ErrorIs(t, err, errTurn, command[0])
		require.Equal(t, before, state(t, conn))
		require.Equal(t, "1", ask(t, conn, "SELECT count() FROM system.tables WHERE database = 'llmtap' AND name LIKE 'repriced%'"), "the other's")
	}

	require.NoError(t, other.end(t.Context()))
	for _, command := range commands {
		_, err = callOfDay(t, url, command[0], command[1:]...)
		require.NoError(t, err, command[0])
		require.Equal(t, "0", ask(t, conn, "SELECT count() FROM system.tables WHERE database = 'llmtap' AND name LIKE 'repriced%'"))
	}
	require.Equal(t, "200", ask(t, conn, "SELECT toInt32(sum(cost_usd)) FROM llmtap.cost_1h"))
}

func TestWhatIsBrokenOffSaysWhatIsLeft(t *testing.T) {
	url, conn := filled(t)
	require.NoError(t, conn.Exec(t.Context(), "DROP TABLE llmtap.cost_1h_mv SYNC"))
	for _, command := range [][]string{{"repair"}, {"reprice", "-forget"}} {
		_, err := callOfDay(t, url, command[0], command[1:]...)
		require.ErrorContains(t, err, "until llmtapctl "+command[0]+" is run", command)
	}
}

// One that was killed while the calls took their costs leaves a table that they may still be read from.
func TestWhatAKilledRepriceLeftIsInNobodysWay(t *testing.T) {
	folder := t.TempDir()
	address := clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) { config.DataDir = folder })
	url := "http://" + address
	write(t, url, []genai.Call{{Operation: genai.OperationChat, RequestModel: "m", Start: start}, {Operation: genai.OperationChat, RequestModel: "m", Start: start}})
	conn := clickhouseembeddedtest.Connect(t, address)
	d := &database{conn: conn, name: "llmtap"}
	killed, err := d.takeTurn(t.Context())
	require.NoError(t, err)
	killed.stop()
	require.NoError(t, conn.Exec(t.Context(), "SYSTEM STOP MERGES llmtap.calls"))
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO "+killed.table+" SELECT toString(call_id), 5, 'killed', '' FROM llmtap.calls"))
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap.calls UPDATE cost_source = joinGet('"+killed.table+"', 'cost_source', toString(call_id)) WHERE 1 SETTINGS mutations_sync = 0"))
	lapse(t, folder, killed.table)

	prices, done := priceFile(t, "prices: [{model: m, per_call: 1}]"), make(chan error)
	go func() {
		_, err := callOfDay(t, url, "reprice", "-prices", prices)
		done <- err
	}()
	unfinished := func() bool {
		return ask(t, conn, "SELECT count() FROM system.mutations WHERE table = 'calls' AND NOT is_done") == "2"
	}
	require.Eventually(t, unfinished, time.Minute, 10*time.Millisecond)
	require.NoError(t, conn.Exec(t.Context(), "SYSTEM START MERGES llmtap.calls"))
	require.NoError(t, <-done)
	require.Equal(t, "['prices_file']", ask(t, conn, "SELECT groupUniqArray(toString(cost_source)) FROM llmtap.calls"))
	require.Equal(t, "2", ask(t, conn, "SELECT toInt32(sum(cost_usd)) FROM llmtap.cost_1h"))
	require.Equal(t, "0", ask(t, conn, "SELECT count() FROM system.tables WHERE database = 'llmtap' AND name LIKE 'repriced%'"))
}

// lapse makes a table one that was touched long ago.
func lapse(t *testing.T, folder, table string) {
	t.Helper()
	found := false
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == strings.TrimPrefix(table, "llmtap.")+".sql" {
			found = true
			long := time.Now().Add(-2 * turnLapses)
			return os.Chtimes(path, long, long)
		}
		return nil
	}))
	require.True(t, found)
}
