package main

import (
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// The table itself is tested with a running llmtap, in scripts.
func TestArguments(t *testing.T) {
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, io.Discard), flag.ErrHelp)

	err := run(t.Context(), []string{"-url", "http://" + freeport.Address(t)}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "is llmtap running?")
}
