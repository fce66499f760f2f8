package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func choiceOf(t *testing.T, deltas ...string) genai.Choice {
	t.Helper()
	var chunks []string
	for _, delta := range deltas {
		chunks = append(chunks, `{"choices":[{"index":0,"delta":`+delta+`}]}`)
	}
	call := decode(t, ok(streamed(chunks...)))
	require.Len(t, call.Detail.Choices, 1)
	return call.Detail.Choices[0]
}

func TestToolCallParts(t *testing.T) {
	f := func(want []genai.ToolCall, deltas ...string) {
		t.Helper()
		for i := range want {
			want[i].Kind = "function"
		}
		require.Equal(t, want, choiceOf(t, deltas...).ToolCalls)
	}
	two := []genai.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":1}`}, {ID: "b", Name: "g", Arguments: `{}`}}
	// no index at all: a new id begins a new call
	f(two, `{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}`, `{"tool_calls":[{"function":{"arguments":"1}"}}]}`,
		`{"tool_calls":[{"id":"b","function":{"name":"g","arguments":"{}"}}]}`)
	// each call has the index 0
	f(two, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}`,
		`{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}`)
	// id and name repeated in each part
	f(two, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}`,
		`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}]}`,
		`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}`)
	// name in pieces; indexes from 1
	f([]genai.ToolCall{{ID: "a", Name: "get_weather", Arguments: "{}"}},
		`{"tool_calls":[{"index":1,"id":"a","function":{"name":"get_","arguments":""}}]}`,
		`{"tool_calls":[{"index":1,"function":{"name":"weather","arguments":"{}"}}]}`)
	// parts of one call under an index each: LocalAI
	f(two, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}`,
		`{"tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}`,
		`{"tool_calls":[{"index":2,"id":"a","function":{"arguments":"1}"}}]}`,
		`{"tool_calls":[{"index":3,"id":"b","function":{"name":"g","arguments":"{}"}}]}`)
	// two calls of one id
	f([]genai.ToolCall{{ID: "a", Name: "f", Arguments: "{}"}, {ID: "a", Name: "f", Arguments: "{}"}},
		`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`,
		`{"tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":"{}"}}]}`)
	f([]genai.ToolCall{{ID: "a", Name: "f"}, {ID: "a", Name: "g", Arguments: "{}"}},
		`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}`,
		`{"tool_calls":[{"index":1,"id":"a","function":{"name":"g","arguments":"{}"}}]}`)
	// no list: TGI before 3.2
	f(two[:1], `{"tool_calls":{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":"}}}`,
		`{"tool_calls":{"index":0,"id":"","type":"function","function":{"name":null,"arguments":"1}"}}}`)
	// arguments as JSON itself, or null
	f([]genai.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":1}`, ArgumentsNotText: true}},
		`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]}`)
	f([]genai.ToolCall{{ID: "a", Name: "f"}}, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]}`)
}

// A legacy call counts wherever it stands, and once where the same call has the newer form, too.
func TestLegacyCallBesideToolCalls(t *testing.T) {
	const (
		legacy = `"function_call":{"name":"f","arguments":"{}"}`
		call   = `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`
	)
	f := func(want []genai.ToolCall, members ...string) {
		t.Helper()
		for _, order := range [][]string{members, {members[1], members[0]}} {
			message := `{` + strings.Join(order, ",") + `}`
			whole := decode(t, ok(`{"choices":[{"index":0,"message":`+message+`}]}`))
			require.Equal(t, want, whole.Detail.Choices[0].ToolCalls, message)
			require.Equal(t, want, choiceOf(t, message).ToolCalls, message)
		}
	}
	f([]genai.ToolCall{{Name: "f", Kind: "function_call", Arguments: "{}"}}, legacy, `"tool_calls":null`) // dumps of the OpenAI SDK
	f([]genai.ToolCall{{Name: "f", Kind: "function_call", Arguments: "{}"}}, legacy, `"tool_calls":[]`)
	f([]genai.ToolCall{{ID: "a", Name: "f", Kind: "function", Arguments: "{}"}}, legacy, `"tool_calls":[`+call+`]`) // llama-cpp-python
	f(nil, `"function_call":{"name":"","arguments":""}`, `"tool_calls":null`)                                       // Snowflake
	f(nil, `"function_call":null`, `"tool_calls":null`)
	for _, both := range []string{
		`"function":{"name":"f","arguments":"{}"},"custom":{"name":"","input":""}`, `"custom":{"name":"","input":""},"function":{"name":"f","arguments":"{}"}`,
	} {
		require.Equal(t, []genai.ToolCall{{ID: "a", Name: "f", Kind: "function", Arguments: "{}"}},
			choiceOf(t, `{"tool_calls":[{"index":0,"id":"a",`+both+`}]}`).ToolCalls)
	}
}

func TestReasoningFields(t *testing.T) {
	f := func(want string, deltas ...string) {
		t.Helper()
		require.Equal(t, want, choiceOf(t, deltas...).Reasoning)
	}
	f("ab", `{"reasoning":"a"}`, `{"reasoning":"b"}`)
	f("ab", `{"reasoning_content":"a"}`, `{"reasoning_content":"b"}`)
	f("a", `{"reasoning":"a","reasoning_content":"a"}`)
	f("a", `{"reasoning":"a","reasoning_content":null}`)
	const parts = `"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]`
	f("a", `{`+parts+`,"reasoning_content":null}`)
	f("a", `{"reasoning_content":"a",`+parts+`}`)
	f("a", `{`+parts+`,"reasoning_content":"a"}`)
}

// A whole answer of Perplexity has an empty delta beside the message, before it or after it.
func TestMessageBesideEmptyDelta(t *testing.T) {
	const message, empty = `"message":{"role":"assistant","content":"Four"}`, `"delta":{"role":"assistant","content":""}`
	for _, members := range []string{message + "," + empty, empty + "," + message} {
		call := decode(t, ok(`{"choices":[{"index":0,"finish_reason":"stop",`+members+`}]}`))
		require.Equal(t, "Four", call.Detail.Choices[0].Text, members)
	}
}

// Clients leave out a byte order mark, as .NET's writers put before their text.
func TestByteOrderMark(t *testing.T) {
	call := decode(t, ok("\ufeff"+`{"choices":[{"index":0,"message":{"role":"assistant","content":"Four"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4}}`))
	require.Equal(t, "Four", call.Detail.Choices[0].Text)
	require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(4), Source: genai.UsageReported}, call.Usage)
}

// Perplexity sends in each chunk the delta and a message with all of the text so far.
func TestMessageBesideDelta(t *testing.T) {
	call := decode(t, ok(streamed(
		`{"choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"message":{"role":"assistant","content":"a"}}]}`,
		`{"choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"delta":{"content":"b"}}]}`,
		`{"object":"chat.completion.done","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"}]}`,
	)))
	require.Equal(t, "ab", call.Detail.Choices[0].Text)
}

func TestFinishReasons(t *testing.T) {
	f := func(want []string, chunks ...string) {
		t.Helper()
		require.Equal(t, want, decode(t, ok(streamed(chunks...))).FinishReasons)
	}
	f([]string{"stop"}, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`)
	f([]string{"stop", "error"}, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{"content":"x"}}]}`)
	f(nil, `{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}`)
}

func TestToolCallHash(t *testing.T) {
	hash := func(name, arguments string) uint64 {
		return decode(t, ok(`{"choices":[{"message":{"tool_calls":[{"id":"x","function":{"name":"`+name+`","arguments":`+arguments+`}}]}}]}`)).ToolCallHash
	}
	base := hash("f", `"{\"a\":1,\"b\":[2]}"`)
	require.Equal(t, base, hash("f", `"{ \"b\" : [2], \"a\":1 }"`))
	require.Equal(t, base, hash("f", `{"a":1,"b":[2]}`))
	require.NotEqual(t, base, hash("g", `"{\"a\":1,\"b\":[2]}"`))
	require.NotEqual(t, base, hash("f", `"{\"a\":2,\"b\":[2]}"`))
	require.NotEqual(t, hash("f", `"not json"`), hash("f", `"other"`))
	require.Zero(t, decode(t, ok(forms[0].whole)).ToolCallHash)
}

func TestFirstEmptyChunk(t *testing.T) { // Azure
	call := decode(t, ok(streamed(
		`{"id":"","object":"","model":"","choices":[],"prompt_filter_results":[]}`,
		`{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}`,
	)))
	require.Equal(t, "c", call.ResponseID)
	require.Equal(t, "m", call.ResponseModel)
}

// Cloudflare gives the JSON of an answer itself.
func TestContentThatIsAnObject(t *testing.T) {
	call := decode(t, ok(`{"choices":[{"index":0,"message":{"role":"assistant","content":{"title":"Apples","tags":["a"]}},"finish_reason":"stop"}]}`))
	require.JSONEq(t, `{"title":"Apples","tags":["a"]}`, call.Detail.Choices[0].Text)
	require.Equal(t, genai.Known(8), call.Usage.Output)
}

// Groq says beside the last chunk why it stopped early.
func TestErrorsOfGroqsStreams(t *testing.T) {
	f := func(want genai.Outcome, last string) {
		t.Helper()
		call := decode(t, ok(streamed(`{"choices":[{"index":0,"delta":{"content":"a"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":`+last+`}`)))
		require.Equal(t, want, call.Outcome, last)
		require.Equal(t, genai.Known(3), call.Usage.Output)
	}
	f(genai.OutcomeUpstreamError, `{"id":"r","error":"over capacity","usage":{"prompt_tokens":2,"completion_tokens":3}}`)
	f(genai.OutcomeOK, `{"id":"r","error":null,"usage":{"prompt_tokens":2,"completion_tokens":3}}`)
}
