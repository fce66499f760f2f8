package exchange

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeader(t *testing.T) {
	h := Header("Host: a\r\nX-User-ID:  ada \r\nEmpty:\r\nX-User-Id: bob\r\n\r\n")
	require.Equal(t, "ada", h.Get("x-user-id"))
	require.Equal(t, "a", h.Get("HOST"))
	require.Empty(t, h.Get("Empty"))
	require.Empty(t, h.Get("missing"))
	require.Empty(t, Header(nil).Get("x"))
	require.Equal(t, map[string]string{"Host": "a", "X-User-ID": "ada", "Empty": "", "X-User-Id": "bob"}, maps.Collect(h.All()))
}

func TestHasMediaType(t *testing.T) {
	f := func(want bool, value string) {
		t.Helper()
		require.Equal(t, want, Header("Content-Type: "+value+"\r\n").HasMediaType("text/event-stream"))
	}
	f(true, "text/event-stream")
	f(true, "Text/Event-Stream ; charset=utf-8")
	f(false, "text/event-streams")
	f(false, "")
}
