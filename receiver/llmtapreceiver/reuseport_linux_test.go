package llmtapreceiver

import (
	"net"
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
