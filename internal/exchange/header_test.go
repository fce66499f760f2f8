package exchange

import (
	"fmt"
	"strconv"
	"strings"
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
	all := map[string]string{}
	for name, value := range h.Lines {
		all[string(name)] = string(value)
	}
	require.Equal(t, map[string]string{"Host": "a", "X-User-ID": "ada", "Empty": "", "X-User-Id": "bob"}, all)
}

func TestMessageFields(t *testing.T) {
	m := Message{Header: Header("Host: a\r\nX-User-ID:  ada \r\nEmpty:\r\nX-User-Id: bob\r\n\r\n")}
	require.Equal(t, "ada", string(m.Get("x-user-id")))
	require.Equal(t, "a", string(m.Get("HOST")))
	require.Empty(t, m.Get("empty"))
	require.Nil(t, m.Get("missing"))
	require.Nil(t, new(Message).Get("x"))

	var fields Fields
	other := Message{Header: Header("Host: b\r\n")}
	other.Index(&fields)
	require.Equal(t, "b", string(other.Get("host")))
	new(Message).Index(&fields)
	require.Nil(t, fields.Get("host"))
	other.Unindex()
	m.Index(&fields)
	require.Equal(t, "b", string(other.Get("host")))
	m.Unindex()
	require.Nil(t, fields.Get("host"))
}

func TestManyFields(t *testing.T) {
	var block strings.Builder
	long := strings.Repeat("x", namesIndexed)
	for i := range 200 {
		fmt.Fprintf(&block, "name%03d: %d\r\n%s%03d: %d\r\n", i, i, long, i, i)
	}
	m := Message{Header: Header(block.String())}
	for i := range 200 {
		require.Equal(t, strconv.Itoa(i), string(m.Get(fmt.Sprintf("NAME%03d", i))))
		require.Equal(t, strconv.Itoa(i), string(m.Get(fmt.Sprintf("%s%03d", long, i))))
	}
	require.Nil(t, m.Get("name200"))
	require.Nil(t, m.Get(""))
}

func TestHasMediaType(t *testing.T) {
	f := func(want bool, value string) {
		t.Helper()
		m := Message{Header: Header("Content-Type: " + value + "\r\n")}
		require.Equal(t, want, m.HasMediaType("text/event-stream"))
	}
	f(true, "text/event-stream")
	f(true, "Text/Event-Stream ; charset=utf-8")
	f(false, "text/event-streams")
	f(false, "")
}
