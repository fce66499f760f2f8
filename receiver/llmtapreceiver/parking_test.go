package llmtapreceiver

import (
	"context"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/freeport"
)

// reload shuts receivers down as the Collector does before it starts those of the new configuration.
func reload(t *testing.T, taps ...*tapReceiver) {
	t.Helper()
	for _, tap := range taps {
		require.NoError(t, tap.Shutdown(context.Background()))
	}
}

// end shuts receivers down as at the end of the process, which leaves no socket.
func end(t *testing.T, taps ...*tapReceiver) {
	t.Helper()
	for _, tap := range taps {
		tap.exit <- syscall.SIGTERM
		require.NoError(t, tap.Shutdown(context.Background()))
	}
}

func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func requireAnswer(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := io.WriteString(conn, "GET /v1/models HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(answer), "HTTP/1.1 200 "))
}

func requireClosed(t *testing.T, address string) {
	t.Helper()
	_, err := net.Dial("tcp", address)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// byName gives another spelling of a loopback address.
func byName(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

// The minute of a parked socket begins when the calls in flight have ended and their spans were handed on.
func TestSocketStaysParkedDuringALongShutdown(t *testing.T) {
	address := freeport.Address(t)
	synctest.Test(t, func(t *testing.T) {
		slow, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error { time.Sleep(time.Hour); return nil })
		require.NoError(t, err)
		r, _ := newTestRecorder(t, slow, nil)
		tap := &tapReceiver{cfg: &Config{Endpoint: address}, recorder: r}
		tap.listener, err = tap.listen(t.Context())
		require.NoError(t, err)
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		reload(t, tap)
		require.NoError(t, tap.listener.Close())
		pass(parkedMax - 1)
		connect(t, address)
		pass(1)
		requireClosed(t, address)
	})
}

func TestReloadWithAnotherAddress(t *testing.T) {
	upstream, before, after := testUpstream(t), freeport.Address(t), freeport.Address(t)
	reload(t, startAs(t, "", before, upstream, false))
	tap := startAs(t, "", after, upstream, false)
	requireClosed(t, before)
	requireAnswer(t, connect(t, after))

	reload(t, tap)
	tap = startAs(t, "", byName(after), upstream, false)
	requireAnswer(t, connect(t, after))
	end(t, tap)
	requireClosed(t, after)
}

// All receivers of the process are shut down before one of them starts.
func TestReloadOfTwoReceivers(t *testing.T) {
	upstream, a, b := testUpstream(t), freeport.Address(t), freeport.Address(t)
	first, second := startAs(t, "", a, upstream, false), startAs(t, "second", b, upstream, false)
	reload(t, first, second)
	waiting := connect(t, b)
	c := freeport.Address(t)
	first, second = startAs(t, "", c, upstream, false), startAs(t, "second", b, upstream, false)
	requireClosed(t, a)
	requireAnswer(t, waiting)
	requireAnswer(t, connect(t, c))

	reload(t, first, second)
	first, second = startAs(t, "", b, upstream, false), startAs(t, "second", c, upstream, false)
	requireAnswer(t, connect(t, b))
	requireAnswer(t, connect(t, c))

	reload(t, first, second)
	waiting = connect(t, c)
	renamed := startAs(t, "renamed", c, upstream, false)
	requireAnswer(t, waiting)
	other := startAs(t, "other", byName(b), upstream, false)
	requireAnswer(t, connect(t, b))
	end(t, renamed, other)
	requireClosed(t, b)
	requireClosed(t, c)
}
