package freeport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port belongs to one test at a time, and can be listened at again and again.
func TestAddress(t *testing.T) {
	taken := map[string]bool{}
	t.Run("test", func(t *testing.T) {
		for range 200 {
			address := Address(t)
			require.False(t, taken[address], address)
			taken[address] = true
			for range 2 {
				ln, err := net.Listen("tcp", address)
				require.NoError(t, err)
				require.NoError(t, ln.Close())
			}
			_, port, err := net.SplitHostPort(address)
			require.NoError(t, err)
			_, err = listen(t, guard, port)
			require.Error(t, err, "another test could have it")
		}
	})
	for address := range taken {
		_, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		held, err := listen(t, guard, port)
		require.NoError(t, err, "the port is kept after the test")
		require.NoError(t, held.Close())
	}
}
