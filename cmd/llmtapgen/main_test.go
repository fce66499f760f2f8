package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mistake is told of at once, and so is a store that is not there.
func TestMistakes(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	f := func(want string, args ...string) {
		t.Helper()
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), want)
	}
	f("must be above 0", "-calls", "0")
	f(`"1000" is not understood`, "1000", "-users", "3")
	f("-to yesterday: write it like 2026-11-23T10:00:00Z", "-to", "yesterday")
	f("404", "-url", other.URL, "-calls", "1")
}
