package caller

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

func hints(body string, names ...string) []genai.Hint {
	var call genai.Call
	fields := NewFields(names)
	r := jsonscan.New([]byte(body))
	for key := range r.Object {
		fields.Look(key, &r, &call)
	}
	return call.Caller.Hints
}

func TestFields(t *testing.T) {
	body := `{"user":"ada","n":7,"metadata":{"user_id":"bob","deep":{"x":"y"},"list":[1]},"null":null,"user":"eve"}`
	f := func(name, want string) {
		t.Helper()
		got := hints(body, name)
		if want == "" {
			require.Empty(t, got)
			return
		}
		require.Equal(t, []genai.Hint{{Attribute: "llmtap.caller.body." + name, Value: want}}, got)
	}
	f("user", "eve") // of keys that occur twice the last counts
	f("n", "7")
	f("metadata.user_id", "bob")
	f("metadata.deep.x", "y")
	f("metadata", "")
	f("metadata.list", "")
	f("metadata.missing", "")
	f("null", "")
	f("user.id", "")
}

// A long name is cut and marked, as that of a span is: it was nobody's, and its calls had no budget.
func TestLongHints(t *testing.T) {
	f := func(sent, want string) {
		t.Helper()
		require.Equal(t, []genai.Hint{{Attribute: "llmtap.caller.body.user", Value: want}}, hints(`{"user":"`+sent+`"}`, "user"))
		var call genai.Call
		NewHeaders([]string{"x-user-id"}).Read(&exchange.Message{Header: exchange.Header("x-user-id: " + sent + "\r\n")}, &call)
		require.Equal(t, []genai.Hint{{Attribute: "llmtap.caller.header.x-user-id", Value: want}}, call.Caller.Hints)
	}
	long := strings.Repeat("x", genai.NameBytesMax)
	f(long[:257], long[:257])
	f(long, long)
	f(long+"y", long[:genai.NameBytesMax-len(genai.CutMark)]+genai.CutMark)
}

func TestHeaders(t *testing.T) {
	f := func(sent, want string) {
		t.Helper()
		var call genai.Call
		NewHeaders([]string{"X-LLMTap-User", "x-none"}).Read(&exchange.Message{Header: exchange.Header("x-llmtap-USER: " + sent + "\r\n")}, &call)
		require.Equal(t, []genai.Hint{{Attribute: "llmtap.caller.header.x-llmtap-user", Value: want}}, call.Caller.Hints)
	}
	f("ada", "ada")
	f("Zoë 日本", "Zoë 日本")
	f("M\xfcller", "Müller") // as fetch of JavaScript and Python's requests send it
	f("M\xf6ller", "Möller")
	f("\xff1", "ÿ1")
}

func TestKey(t *testing.T) {
	f := func(block, want string) {
		t.Helper()
		require.Equal(t, want, string(Key(&exchange.Message{Header: exchange.Header(block)})))
	}
	f("Authorization: Bearer sk-1\r\nx-api-key: other\r\n", "sk-1")
	f("authorization: sk-2\r\n", "sk-2")
	f("X-Api-Key: sk-3\r\n", "sk-3")
	f("api-key: sk-4\r\n", "sk-4")
	f("Accept: */*\r\n", "")
	f("Authorization: Bearer \r\n", "") // as OpenAI's SDKs send an empty key
	f("Authorization: bearer\r\nx-api-key: sk-5\r\n", "sk-5")
}
