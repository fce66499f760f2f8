package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPageIsUpToDate(t *testing.T) {
	written, err := os.ReadFile("../../../docs/fidelity.md")
	require.NoError(t, err)
	require.Equal(t, document(), string(written), "run go generate ./internal/fidelity")
}
