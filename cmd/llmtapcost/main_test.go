package main

import (
	"flag"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table itself is tested with a running llmtap, in scripts.
func TestArguments(t *testing.T) {
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, io.Discard), flag.ErrHelp)

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	err = run(t.Context(), []string{"-url", "http://" + ln.Addr().String()}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "is llmtap running?")
}
