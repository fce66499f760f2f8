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
		w, err := parseWindow(text, "")
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
	f("1h", "2026-12-31 22:59:30", "2026-12-31 23:59:30", time.Hour)
	f("744h", "2026-11-30 23:59:30", "2026-12-31 23:59:30", rollMax)
	for _, text := range []string{"", "year", "0s", "999ms", "745h", "-1h"} {
		_, err := parseWindow(text, "")
		require.Error(t, err, text)
	}
}

func TestWindowsOfTimeZones(t *testing.T) {
	f := func(text, zone, now, begin, end string) {
		t.Helper()
		w, err := parseWindow(text, zone)
		require.NoError(t, err)
		at, err := time.Parse(time.RFC3339, now)
		require.NoError(t, err)
		from, to := w.bounds(at)
		require.Equal(t, begin, from.UTC().Format(time.DateTime))
		require.Equal(t, end, to.UTC().Format(time.DateTime))
		require.Equal(t, to.Sub(from), w.length(at))
	}
	f("day", "Europe/Berlin", "2026-11-23T23:30:00Z", "2026-11-23 23:00:00", "2026-11-24 23:00:00")
	f("day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28 23:00:00", "2026-03-29 22:00:00") // 23 hours
	f("day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24 22:00:00", "2026-10-25 23:00:00") // 25 hours
	// Where clocks go forward at midnight, from 24:00 to 1:00.
	f("day", "America/Santiago", "2026-09-06T03:30:00Z", "2026-09-05 04:00:00", "2026-09-06 04:00:00")
	f("day", "America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06 04:00:00", "2026-09-07 03:00:00")
	f("day", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23 22:00:00", "2026-04-24 21:00:00")
	f("day", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-01 04:00:00", "2026-11-02 05:00:00") // back, from 1:00 to 0:00
	f("day", "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01 04:00:00", "2026-11-02 05:00:00")
	f("month", "America/New_York", "2026-12-01T04:59:59Z", "2026-11-01 04:00:00", "2026-12-01 05:00:00")
	f("hour", "Asia/Kolkata", "2026-11-23T10:45:00.5Z", "2026-11-23 10:30:00", "2026-11-23 11:30:00")
	f("hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25 00:00:00", "2026-10-25 01:00:00") // the first of two
	f("hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25 01:00:00", "2026-10-25 02:00:00")
	f("minute", "Asia/Kolkata", "2026-11-23T10:45:59Z", "2026-11-23 10:45:00", "2026-11-23 10:46:00")
	f("5h", "Asia/Kolkata", "2026-11-23T10:45:00Z", "2026-11-23 05:45:00", "2026-11-23 10:45:00")
	for _, zone := range []string{"Local", "Mars/Olympus", "../etc/passwd"} {
		_, err := parseWindow("day", zone)
		require.ErrorContains(t, err, "is no time zone")
	}
}

// A calendar's hour is told by the clock on the wall. By the monotonic one, which stands still while a machine sleeps and does not see the
// other being set, it would end hours late, or begin twice.
func TestWindowsOfTheWallClock(t *testing.T) {
	for _, unit := range []string{"minute", "hour", "day", "month"} {
		w, err := parseWindow(unit, "")
		require.NoError(t, err)
		begin, end := w.bounds(time.Now())
		require.NotContains(t, begin.String()+end.String(), "m=", unit)
	}
}

// When so much has left a window that the rest is enough.
func TestMeterUntil(t *testing.T) {
	begin := time.Unix(0, 0)
	m := newMeter(4*time.Second, 4)
	for second := range 3 {
		m.addAt(begin.Add(12*time.Second), begin.Add(time.Duration(9+second)*time.Second), amount{tokens: 10})
	}
	f := func(at time.Duration, below int64, want time.Duration) {
		t.Helper()
		require.Equal(t, want, m.until(begin.Add(at), func(rest amount) bool { return rest.tokens < below }))
	}
	f(12500*time.Millisecond, 30, 500*time.Millisecond)
	f(12500*time.Millisecond, 21, 500*time.Millisecond)
	f(12500*time.Millisecond, 20, 1500*time.Millisecond)
	f(12500*time.Millisecond, 1, 2500*time.Millisecond)
	f(12500*time.Millisecond, 0, 4*time.Second)
	f(13*time.Second, 20, time.Second)
	f(99*time.Second, 20, 4*time.Second)
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
	f(10*time.Second, 10*time.Second, 2, 3) // the clock was ahead, and what it saw counts as of now
	f(13*time.Second, 13*time.Second, 0, 3)
	f(14*time.Second, 14*time.Second, 0, 0)
}
