package main

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

func TestAgeLimitsAreInUTC(t *testing.T) {
	address := clickhouseembeddedtest.Start(t)
	conn := clickhouseembeddedtest.Connect(t, address)
	require.NoError(t, conn.Exec(t.Context(), "CREATE DATABASE llmtap"))
	require.NoError(t, conn.Exec(t.Context(),
		"CREATE TABLE llmtap.calls (ts DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY ts TTL toDateTime(ts) + toIntervalDay(400)"))
	db, err := open(t.Context(), "http://"+address, "llmtap")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.conn.Close()) })
	oldest, err := db.oldest(t.Context(), "calls")
	require.NoError(t, err)
	require.Equal(t, oldest.UTC().Truncate(time.Hour), oldest)
}

// Rows that are moved to slower disks are kept.
func TestAgeLimitIsWhereRowsAreDropped(t *testing.T) {
	address := clickhouseembeddedtest.Start(t)
	conn := clickhouseembeddedtest.Connect(t, address)
	require.NoError(t, conn.Exec(t.Context(), "CREATE DATABASE llmtap"))
	f := func(ttl string, wantDays int) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), "CREATE OR REPLACE TABLE llmtap.calls (ts DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY ts "+ttl))
		db, err := open(t.Context(), "http://"+address, "llmtap")
		require.NoError(t, err)
		defer db.conn.Close()
		oldest, err := db.oldest(t.Context(), "calls")
		require.NoError(t, err)
		if wantDays == 0 {
			require.Zero(t, oldest)
		} else {
			require.WithinDuration(t, time.Now().AddDate(0, 0, -wantDays), oldest, 3*time.Hour)
		}
	}
	const moves, drops = "toDateTime(ts) + toIntervalDay(30) TO DISK 'default'", "toDateTime(ts) + toIntervalDay(400)"
	f("", 0)
	f("TTL "+drops, 400)
	f("TTL "+moves, 0)
	f("TTL "+moves+", "+drops, 400)
	f("TTL "+drops+", "+moves+" SETTINGS index_granularity = 256", 400)
}

// A server has the time zone of its machine unless it is given one, as the embedded engine has when it is loaded.
func TestAgeLimitsAreInUTCInAnyTimeZone(t *testing.T) {
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAgeLimitsAreInUTC$")
	again.Env = append(os.Environ(), "TZ=Asia/Kolkata")
	said, err := again.CombinedOutput()
	require.NoError(t, err, string(said))
}
