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

// A server has the time zone of its machine unless it is given one, as the embedded engine has when it is loaded.
func TestAgeLimitsAreInUTCInAnyTimeZone(t *testing.T) {
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAgeLimitsAreInUTC$")
	again.Env = append(os.Environ(), "TZ=Asia/Kolkata")
	said, err := again.CombinedOutput()
	require.NoError(t, err, string(said))
}
