package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAgesFollowTheConfiguration(t *testing.T) {
	config, conn := newDatabase(t)
	f := func(calls, content Age, wantCalls, wantContent string) {
		t.Helper()
		config.TTL.Calls, config.TTL.Content, config.TTL.Unrecorded = calls, content, calls
		require.NoError(t, schema{config, conn}.prepare(t.Context()))
		ttl := func(table string) string {
			return ask(t, conn, `SELECT extract(engine_full, 'TTL (.*) SETTINGS') FROM system.tables WHERE database = '%s' AND name = '%s'`, config.Database, table)
		}
		require.Equal(t, wantCalls, ttl("calls"))
		require.Equal(t, wantContent, ttl("content"))
		require.Equal(t, wantCalls, ttl("unrecorded"))
	}
	f(Age(400*day), Age(14*day), "toDateTime(ts) + toIntervalDay(400)", "toDateTime(ts) + toIntervalDay(14)")
	f(Age(40*day), Age(36*time.Hour), "toDateTime(ts) + toIntervalDay(40)", "toDateTime(ts) + toIntervalHour(36)")
	f(0, Age(14*day), "", "toDateTime(ts) + toIntervalDay(14)")
	f(Age(400*day), 0, "toDateTime(ts) + toIntervalDay(400)", "")
}

// Whoever moves old rows to slower disks, or packs them tighter, does so by the TTL too.
func TestAgesLeaveTheRestOfATTLAlone(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	const moves, packs = "toDateTime(ts) + toIntervalDay(30) TO DISK 'default'", "toDateTime(ts) + toIntervalDay(7) RECOMPRESS CODEC(ZSTD(9))"
	f := func(has string, calls Age, want string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("ALTER TABLE %s.calls MODIFY TTL %s", config.Database, has)))
		config.TTL.Calls = calls
		for range 2 {
			require.NoError(t, schema{config, conn}.prepare(t.Context()))
			engines, _, err := schema{config, conn}.relations(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, ttlOf(engines["calls"]))
		}
	}
	const drops = "toDateTime(ts) + toIntervalDay(400)"
	f(drops+", "+moves, Age(400*day), drops+", "+moves)
	f(moves+", "+drops+", "+packs, Age(400*day), moves+", "+drops+", "+packs)
	f(moves+", "+drops+", "+packs, Age(40*day), moves+", "+packs+", toDateTime(ts) + toIntervalDay(40)")
	f(moves, Age(400*day), moves+", "+drops)
	f(moves+", "+drops, 0, moves)
	// An age that was written otherwise is the table's all the same: it can have but one.
	f("toDate(ts) + toIntervalDay(90)", Age(400*day), drops)
	f("toDateTime(ts, 'UTC') + toIntervalDay(30) TO DISK 'default', toDateTime(toStartOfDay(ts, 'UTC')) + toIntervalMonth(3)", Age(400*day),
		"toDateTime(ts, 'UTC') + toIntervalDay(30) TO DISK 'default', "+drops)
	f(moves+", toDate(ts) + toIntervalDay(90)", 0, moves)
	const some = "toDateTime(ts) + toIntervalDay(7) WHERE http_status > 499"
	f(some+", "+drops, Age(40*day), some+", toDateTime(ts) + toIntervalDay(40)")
}

// Each part of a table has the age of its rows written down, and is dropped by that.
func TestChangedAgesReachRowsThatAreThere(t *testing.T) {
	config, conn := newDatabase(t)
	config.TTL.Calls = Age(40 * day)
	call := fullCall()
	call.Start = time.Now().Add(-30 * day)
	require.NoError(t, newExporter(t, config).push(t.Context(), spansOf(call)))
	keep := func(age Age) {
		t.Helper()
		config.TTL.Calls = age
		require.NoError(t, schema{config, conn}.prepare(t.Context()))
	}
	goesAfterDays := func(days string) func() bool {
		return func() bool {
			return days == ask(t, conn, `SELECT toString(max(dateDiff('day', min_time, delete_ttl_info_max))) FROM system.parts
				WHERE database = '%s' AND table = 'calls' AND active AND rows > 0`, config.Database)
		}
	}
	require.Eventually(t, goesAfterDays("40"), 10*time.Second, 50*time.Millisecond)
	keep(Age(400 * day))
	require.Eventually(t, goesAfterDays("400"), 10*time.Second, 50*time.Millisecond, "or it is lost before its age")
	keep(0)
	keep(Age(20 * day))
	none := func() bool { return ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database) == "0" }
	require.Eventually(t, none, 20*time.Second, 100*time.Millisecond)
}
