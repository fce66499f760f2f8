package prompt

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartsAndCallsOfAMessageAreBounded(t *testing.T) {
	f := func(member, element string, n int, cut bool) {
		t.Helper()
		call := readCall([]byte(`{"messages":[{"role":"user","` + member + `":[` + strings.Repeat(element+",", n-1) + element + `]}]}`))
		require.Equal(t, cut, call.RequestTruncated)
		if member == "content" {
			require.Equal(t, n, call.InputImages)
			require.Equal(t, int64(n), call.Detail.PromptTextBytes)
		} else {
			require.Len(t, call.Detail.TurnCallIDs, min(n, callsMax))
		}
	}
	f("content", `{"type":"image","text":"x"}`, partsMax, false)
	f("content", `{"type":"image","text":"x"}`, partsMax+1, true)
	f("tool_calls", `{"id":"a"}`, callsMax, false)
	f("tool_calls", `{"id":"a"}`, callsMax+1, true)
}

// A conversation is known again by a message over the limit, and told from others by what is over it.
func TestPartsOverTheLimitAreInTheHistory(t *testing.T) {
	message := func(last string) string {
		return `"messages":[{"role":"user","content":[` + strings.Repeat(`{"type":"text","text":"x"},`, partsMax) + `{"type":"text","text":"` + last + `"}]}`
	}
	first := read(t, message("a")+`]`, said("Hello."))
	next := read(t, message("a")+`,{"role":"assistant","content":"Hello."},{"role":"user","content":"More"}]`, said("next"))
	require.Equal(t, first.Whole, next.Wholes[0])
	require.NotEqual(t, first.Whole, read(t, message("b")+`]`, said("Hello.")).Whole)
	require.NotEqual(t, readCall([]byte(`{`+message("a")+`]}`)).PromptHash, readCall([]byte(`{`+message("b")+`]}`)).PromptHash)
}
