package llmtapreceiver

import (
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// Whether a second process can listen at the address follows the configuration, also when that is loaded anew.
func TestReloadChangesReusePort(t *testing.T) {
	address, upstream := freeport.Address(t), testUpstream(t)
	listenToo := func() error {
		cfg := net.ListenConfig{Control: reusePort}
		ln, err := cfg.Listen(t.Context(), "tcp", address)
		if err == nil {
			require.NoError(t, ln.Close())
		}
		return err
	}
	tap := startAs(t, "", address, upstream, false)
	require.ErrorIs(t, listenToo(), syscall.EADDRINUSE)
	reload(t, tap)
	tap = startAs(t, "", address, upstream, true)
	require.NoError(t, listenToo())
	reload(t, tap)
	tap = startAs(t, "", address, upstream, false)
	require.ErrorIs(t, listenToo(), syscall.EADDRINUSE)
	end(t, tap)
}

// The kernel would spread new connections over both processes, and what it gives the one before while that closes is lost.
func TestNextProcessGetsAllNewConnections(t *testing.T) {
	address, upstream := freeport.Address(t), testUpstream(t)
	before := startAs(t, "before", address, upstream, true)
	defer end(t, before)
	next := startAs(t, "next", address, upstream, true)
	defer end(t, next)
	const calls = 40
	for range calls {
		transport := &http.Transport{DisableKeepAlives: true}
		response, err := (&http.Client{Transport: transport}).Get("http://" + address + "/v1/models")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	require.Zero(t, before.proxy.Stats().Requests)
	require.EqualValues(t, calls, next.proxy.Stats().Requests)
}
