package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// releasing is a sink that is done with an exchange at once.
type releasing struct{}

func (releasing) Offer(e *exchange.Exchange) bool {
	e.Release()
	return true
}

// fixedUpstream answers every request of the given size with the given bytes, without an allocation of its own.
func fixedUpstream(t testing.TB, answer []byte) string {
	return rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		for {
			length := 0
			for {
				line, err := br.ReadSlice('\n')
				if err != nil {
					return
				}
				if len(line) == 2 {
					break
				}
				if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
					length = 0
					for _, digit := range bytes.TrimSpace(rest) {
						length = length*10 + int(digit-'0')
					}
				}
			}
			if _, err := br.Discard(length); err != nil {
				return
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	})
}

// exchanger gives a function that makes one call through a tap.
func exchanger(t testing.TB, request string, answer []byte) func() {
	addr := startTapWith(t, fixedUpstream(t, answer), nil, releasing{})
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	out, in := []byte(request), make([]byte, len(answer))
	return func() {
		if _, err := conn.Write(out); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, in); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	plainAnswer  = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + string(bytes.Repeat([]byte("x"), 1000)))
	streamAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
		string(bytes.Repeat([]byte("12\r\ndata: 0123456789\n\n\r\n"), 64)) + "0\r\n\r\n")
)

// A call like the one before allocates nothing: what allocates must help the garbage collector, before its answer.
const callsMeasured = 200

func TestAllocationsOfACall(t *testing.T) {
	if raceDetector {
		t.Skip("counts nothing useful under the race detector")
	}
	f := func(name, request string, answer []byte) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			call := exchanger(t, request, answer)
			for range 10 {
				call()
			}
			require.Zero(t, testing.AllocsPerRun(callsMeasured, call))
		})
	}
	f("plain", post(string(bytes.Repeat([]byte("y"), 1000))), plainAnswer)
	f("streamed", post(string(bytes.Repeat([]byte("y"), 1000))), streamAnswer)
	f("large prompt", post(string(bytes.Repeat([]byte("y"), 256<<10))), plainAnswer)
	f("no model call", "GET /v1/models HTTP/1.1\r\nHost: tap\r\nAuthorization: Bearer x\r\n\r\n", plainAnswer)
}

func BenchmarkCall(b *testing.B) {
	f := func(name, request string, answer []byte) {
		b.Run(name, func(b *testing.B) {
			call := exchanger(b, request, answer)
			call()
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
	f("plain", post(string(bytes.Repeat([]byte("y"), 1000))), plainAnswer)
	f("streamed", post(string(bytes.Repeat([]byte("y"), 1000))), streamAnswer)
	f("256KB", post(string(bytes.Repeat([]byte("y"), 256<<10))), plainAnswer)
}
