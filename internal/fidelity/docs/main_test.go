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

func TestReadmeIsUpToDate(t *testing.T) {
	written, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	filled, err := withTable(string(written))
	require.NoError(t, err)
	require.Equal(t, filled, string(written), "run go generate ./internal/fidelity")
}

func TestTableNeedsItsPlace(t *testing.T) {
	_, err := withTable("no place\n" + tableEnd)
	require.ErrorIs(t, err, errNoTable)
	_, err = withTable(tableBegin + "no end\n")
	require.ErrorIs(t, err, errNoTable)
}
