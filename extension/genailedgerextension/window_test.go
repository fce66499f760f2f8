package genailedgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWindows(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 59, 30, 0, time.UTC)
	f := func(text, begin, end string, length time.Duration) {
		t.Helper()
		w, err := parseWindow(text)
		require.NoError(t, err)
		from, to := w.bounds(now)
		require.Equal(t, begin, from.Format(time.DateTime))
		require.Equal(t, end, to.Format(time.DateTime))
		require.Equal(t, length, w.length(now))
	}
	f("minute", "2026-12-31 23:59:00", "2027-01-01 00:00:00", time.Minute)
	f("hour", "2026-12-31 23:00:00", "2027-01-01 00:00:00", time.Hour)
	f("day", "2026-12-31 00:00:00", "2027-01-01 00:00:00", 24*time.Hour)
	f("month", "2026-12-01 00:00:00", "2027-01-01 00:00:00", 31*24*time.Hour)
	f("1h", "2026-12-31 22:59:30", "2027-01-01 00:00:30", time.Hour)
	f("744h", "2026-11-30 23:59:30", "2027-01-01 12:23:30", rollMax)
	for _, text := range []string{"", "year", "0s", "999ms", "745h", "-1h"} {
		_, err := parseWindow(text)
		require.Error(t, err, text)
	}
}

func TestMeter(t *testing.T) {
	begin := time.Unix(0, 0)
	m := newMeter(4*time.Second, 4)
	f := func(at, of time.Duration, tokens, total int64) {
		t.Helper()
		m.addAt(begin.Add(at), begin.Add(of), amount{tokens: tokens})
		require.Equal(t, total, m.total.tokens)
	}
	f(10*time.Second, 10*time.Second, 1, 1)
	f(11*time.Second, 9*time.Second, 2, 3)
	f(11*time.Second, 7*time.Second, 4, 3)   // too old
	f(11*time.Second, 99*time.Second, 8, 11) // of the future: now
	require.Equal(t, begin.Add(8*time.Second), m.begin(begin.Add(11*time.Second)))
	f(13*time.Second, 13*time.Second, 0, 9) // that of 9 has left
	f(14*time.Second, 14*time.Second, 0, 8)
	f(100*time.Second, 100*time.Second, 1, 1)
}
