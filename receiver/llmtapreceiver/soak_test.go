package llmtapreceiver

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

var (
	soakFor   = flag.Duration("soak", 3*time.Second, "`time` that TestSoak takes; make soak takes half an hour")
	soakPause = flag.Duration("soakpause", 0, "`time` that each client of TestSoak rests between its connections")
)

const (
	soakClients = 16
	soakSeed    = 1
	soakRounds  = 8 // after each of which all is looked at
	// What may be more at the end than after the first quarter.
	soakHeapGrowthMax       = 16 << 20
	soakGoroutinesGrowthMax = 8
	soakFilesGrowthMax      = 8
)

// A tap under mixed traffic, between clients that leave and a server that breaks, keeps its memory, goroutines and
// descriptors, and has a span for each call that reached it.
func TestSoak(t *testing.T) {
	up := startFaulty(t)
	var spans atomic.Int64
	sink, err := consumer.NewTraces(func(_ context.Context, traces ptrace.Traces) error {
		spans.Add(int64(traces.SpanCount()))
		return nil
	})
	require.NoError(t, err)
	tap := newTap(t, receivertest.NewNopSettings(componentType), sink, "http://"+up, func(cfg *Config) {
		cfg.Limits.StallTimeout, cfg.Limits.ResponseTimeout = time.Second, time.Second
	})
	require.NoError(t, tap.Start(t.Context(), componenttest.NewNopHost()))

	run := func(round int) {
		var wg sync.WaitGroup
		end := time.Now().Add(*soakFor / soakRounds)
		for i := range soakClients {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(soakSeed, uint64(round*soakClients+i)))
				for time.Now().Before(end) {
					misbehave(tap.listener.Addr().String(), rnd)
					time.Sleep(*soakPause)
				}
			})
		}
		wg.Wait()
		require.Eventually(t, func() bool { return tap.proxy.Stats().Connections == 0 }, 20*time.Second, 10*time.Millisecond)
		require.Eventually(t, func() bool { return len(tap.recorder.queue) == 0 }, 20*time.Second, 10*time.Millisecond)
	}
	var sizes []processSize
	for round := range soakRounds {
		run(round)
		sizes = append(sizes, measureProcess())
		t.Logf("%d of %d: %d requests, %d spans; %s", round+1, soakRounds, tap.proxy.Stats().Requests, spans.Load(), sizes[round])
	}
	before, after := sizes[soakRounds/4-1], sizes[soakRounds-1]
	require.LessOrEqual(t, after.heap, before.heap+soakHeapGrowthMax)
	require.LessOrEqual(t, after.goroutines, before.goroutines+soakGoroutinesGrowthMax)
	require.LessOrEqual(t, after.files, before.files+soakFilesGrowthMax)
	require.Zero(t, tap.proxy.Stats().InFlight)
	require.NoError(t, tap.Shutdown(context.Background()))
	require.Equal(t, tap.proxy.Stats().Requests, spans.Load())
}

type processSize struct {
	heap              uint64
	goroutines, files int
}

func (p processSize) String() string {
	return fmt.Sprintf("%.1f MB heap, %d goroutines, %d descriptors", float64(p.heap)/(1<<20), p.goroutines, p.files)
}

func measureProcess() processSize {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	time.Sleep(100 * time.Millisecond) // for connections that are being closed
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd")
	return processSize{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine(), files: len(files)}
}

// misbehave makes a few calls on one connection, and often leaves in the middle.
func misbehave(address string, rnd *rand.Rand) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	br := bufio.NewReader(conn)
	for range 1 + rnd.IntN(4) {
		body := fmt.Sprintf(`{"model":"m","stream":%t,"messages":[{"role":"user","content":"%s"}]}`, rnd.IntN(2) == 0,
			strings.Repeat("x", rnd.IntN(1<<(4+rnd.IntN(14)))))
		head := fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nX-Fault: %d\r\n", rnd.IntN(faults))
		request := head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
		if rnd.IntN(4) == 0 {
			request = head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		}
		leave := rnd.IntN(8) == 0
		if leave {
			request = request[:rnd.IntN(len(request))]
		}
		if _, err := io.WriteString(conn, request); err != nil || leave {
			return
		}
		response, err := http.ReadResponse(br, nil)
		if err != nil {
			return
		}
		if rnd.IntN(8) == 0 {
			return // in the middle of the answer
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.Close {
			return
		}
	}
}

const faults = 12

// startFaulty gives the address of a server that does what the X-Fault field of a request says.
func startFaulty(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				br := bufio.NewReader(conn)
				for serveFault(conn, br) {
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	return ln.Addr().String()
}

func serveFault(conn net.Conn, br *bufio.Reader) (keep bool) {
	request, err := http.ReadRequest(br)
	if err != nil {
		return false
	}
	if _, err = io.Copy(io.Discard, request.Body); err != nil {
		return false
	}
	const chunk = "2c\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]\r\n"
	const stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	write := func(parts ...string) {
		for _, part := range parts {
			_, _ = io.WriteString(conn, part)
		}
	}
	switch request.Header.Get("X-Fault") {
	case "0":
		return false
	case "1":
		write("HTTP/1.1 200 OK\r\nContent-Le")
		return false
	case "2":
		write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
		return false
	case "3":
		write(stream, chunk, "ff\r\nhalf")
		return false
	case "4":
		write(stream, "zz\r\n")
		return false
	case "5":
		_ = conn.(*net.TCPConn).SetLinger(0)
		return false
	case "6":
		write("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	case "7":
		write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}and more")
	case "8":
		write(stream)
		for range 20 {
			write(chunk)
			time.Sleep(time.Millisecond)
		}
		write("0\r\n\r\n")
	case "9":
		write(stream, strings.Repeat(chunk, 500), "0\r\n\r\n")
	default:
		write("HTTP/1.1 200 OK\r\nContent-Length: ", fmt.Sprint(len(chatAnswer)), "\r\n\r\n", chatAnswer)
	}
	return true
}
