//go:build linux

package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPercentile(t *testing.T) {
	values := make([]time.Duration, 0, 100)
	for i := 100; i > 0; i-- {
		values = append(values, time.Duration(i))
	}
	require.EqualValues(t, 50, percentile(values, .5))
	require.EqualValues(t, 99, percentile(values, .99))
	require.EqualValues(t, 100, percentile(values, .999))
	require.EqualValues(t, 7, percentile([]time.Duration{7}, .01))
	require.Zero(t, percentile(nil, .5))
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, median([]float64{9, 1, 2}))
	require.Equal(t, 1.5, median([]float64{2, 1}))
}

// An open loop with fewer connections than it needs must show the wait of the calls that it could not begin in time.
func TestOpenLoopCountsFromWhenACallWasDue(t *testing.T) {
	clock, err := newMetronome()
	require.NoError(t, err)
	up, err := startUpstream(clock)
	require.NoError(t, err)
	slow := load{connections: 1, promptBytes: 100, rate: 100, serve: behaviour{delay: 50 * time.Millisecond}}
	got := slow.run(up.address(), clock, 100*time.Millisecond)
	require.Equal(t, []int{10, 0}, []int{got.calls, got.failures})
	require.GreaterOrEqual(t, percentile(got.latency, 1), 10*50*time.Millisecond-90*time.Millisecond)
	require.GreaterOrEqual(t, got.elapsed, 500*time.Millisecond)
}

func TestStreamsTellTheDelayOfEachEvent(t *testing.T) {
	clock, err := newMetronome()
	require.NoError(t, err)
	up, err := startUpstream(clock)
	require.NoError(t, err)
	c := &client{address: up.address(), request: makeRequest("h", 1024, behaviour{events: 5, interval: 2 * time.Millisecond})}
	defer c.close()
	for range 2 { // on one connection
		var got timing
		require.NoError(t, c.call(time.Now(), &got))
		require.Len(t, got.events, 5)
		require.GreaterOrEqual(t, got.first, 2*time.Millisecond)
		require.GreaterOrEqual(t, got.total, 10*time.Millisecond)
		for _, delay := range got.events {
			require.GreaterOrEqual(t, delay, time.Duration(0))
			require.Less(t, delay, time.Second)
		}
	}
}

// A proxy may cut a stream anew wherever it likes.
func TestEventsAreFoundHoweverTheyAreCut(t *testing.T) {
	stream := string(appendEvent(nil, origin)) + string(appendEvent(nil, origin)) + streamEnd
	body := strings.ReplaceAll(stream, eventSize, "")
	body = strings.ReplaceAll(body, "\n\n\r\n", "\n\n")
	for size := 1; size < 2*eventBytes; size += 7 {
		c, got := new(client), timing{}
		for piece := range slices.Chunk([]byte(body), size) {
			c.events(piece, origin, origin.Add(time.Second), &got)
		}
		require.Equal(t, []time.Duration{time.Second, time.Second}, got.events, size)
		require.Equal(t, time.Second, got.first)
	}
}

func TestClientRefusesABrokenAnswer(t *testing.T) {
	f := func(answer string) {
		t.Helper()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer ln.Close()
		go func() {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(conn).Peek(1)
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}()
		c := &client{address: ln.Addr().String(), request: []byte("GET / HTTP/1.1\r\n\r\n")}
		defer c.close()
		require.Error(t, c.call(time.Now(), new(timing)))
	}
	f("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
	f("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeX\r\n0\r\n\r\n")
	f("")
}

func TestRequestsAreOfTheirSize(t *testing.T) {
	for _, size := range []int{1 << 10, 256 << 10, 1 << 20} {
		request := makeRequest("h", size, behaviour{})
		_, body, _ := bytes.Cut(request, []byte("\r\n\r\n"))
		require.InEpsilon(t, size, len(body), 0.2)
	}
}

func TestProcessFigures(t *testing.T) {
	before, others, all := cpuOf(os.Getpid()), programs(os.Getpid()), programs()
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
	}
	require.InDelta(t, 200, (cpuOf(os.Getpid()) - before).Milliseconds(), 190)
	require.InDelta(t, 200, (takenSince(all, programs()) - takenSince(others, programs(os.Getpid()))).Milliseconds(), 190)
	require.Greater(t, peakOf(os.Getpid()), int64(1<<20))
	require.Zero(t, cpuOf(1<<30))
}

func TestStolenTime(t *testing.T) {
	require.Equal(t, 75450*time.Millisecond, stolenOf("cpu  2485291 3400247 1456047 2239040 25063 0 165386 7545 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n"))
	require.Zero(t, stolenOf("cpu  1 2 3 4\n"))
	require.Zero(t, stolenOf(""))
}

// Two rounds against the bare proxy, which needs nothing from outside, and the page that they make.
func TestRoundsAndPage(t *testing.T) {
	clock, err := newMetronome()
	require.NoError(t, err)
	up, err := startUpstream(clock)
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	go func() { _ = serveBare(ln.Addr().String(), up.address()) }()
	bare := &target{name: nameNginx, address: ln.Addr().String()}
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", bare.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond)
	b := &bench{clock: clock, others: 1, targets: map[string]*target{
		nameDirect: {name: nameDirect, address: up.address()}, nameNginx: bare,
	}}
	list := []scenario{
		{connections32, load{connections: 4, promptBytes: 1 << 10}, 50 * time.Millisecond, []string{nameDirect, nameNginx}, plainRows},
		{streamsFast, load{connections: 4, promptBytes: 1 << 10, serve: behaviour{events: 8}}, 50 * time.Millisecond,
			[]string{nameDirect, nameNginx}, streamRows},
	}
	results := b.run(list, 2, time.Now().Add(time.Minute), func(line string) { require.NotContains(t, line, "failed") })
	require.Len(t, results[0].rounds, 2)
	require.Len(t, results[0].rounds[0], 2)
	require.Positive(t, results[0].value(rowCalls, nameNginx))
	require.Positive(t, results[1].value(rowEvents, nameDirect))
	var page strings.Builder
	require.NoError(t, b.report(&page, results, time.Unix(0, 0), "versions"))
	require.Contains(t, page.String(), "| | direct | nginx |\n|---|---|---|\n| calls/s |")
}

func TestVerdicts(t *testing.T) {
	f := func(want string, g goal, tap, nginx float64) {
		t.Helper()
		results := []result{{
			scenario: scenario{name: g.scenario},
			rounds:   []map[string]figures{{nameTap: {callRate: tap}, nameNginx: {callRate: nginx}}},
		}}
		goals := judge(results, []goal{g})
		require.Len(t, goals, 1)
		require.Equal(t, want, goals[0].String())
	}
	more := goal{scenario: "s", row: rowCalls, ratio: true, more: true, floor: .75, goal: .9}
	f("goal reached", more, 90, 100)
	f("floor reached", more, 89, 100)
	f("floor reached", more, 75, 100)
	f("**not reached**", more, 74, 100)
	f("goal reached", goal{scenario: "s", row: rowCalls, floor: 100, goal: 60}, 60, 1)
	f("**not reached**", goal{scenario: "s", row: rowCalls, floor: 100, goal: 60}, 101, 1)
	less := goal{scenario: "s", row: rowCalls, ratio: true, floor: 1.3, goal: 1}
	f("**not measured**", less, -1, 1)
	f("**not measured**", less, 5, -1)
	f("**not measured**", less, -5, -1)
}
