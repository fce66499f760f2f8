package openai

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

const request = `{"model":"qwen","messages":[{"role":"user","content":"Hi"}]}`

// streamed frames JSON objects as a stream with [DONE].
func streamed(chunks ...string) string {
	return "data: " + strings.Join(chunks, "\n\ndata: ") + "\n\ndata: [DONE]\n\n"
}

func ok(body string) *exchange.Exchange {
	return &exchange.Exchange{
		Status: 200, Request: exchange.Message{Body: []byte(request)},
		Response: exchange.Message{Body: []byte(body), Size: int64(len(body))},
	}
}

func decode(t testing.TB, x *exchange.Exchange) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	require.NoError(t, DecodeChat(x, nil, call))
	return call
}

// callPart is a chunk with a part of a tool call of index 0.
func callPart(id, name, arguments string) string {
	return `{"id":"c7","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"` + id + `","type":"function","function":{"name":"` +
		name + `","arguments":"` + arguments + `"}}]}}]}`
}

// forms gives the same answer whole and in a stream.
var forms = []struct {
	name, whole, stream string
}{
	{
		"text with usage",
		`{"id":"c1","object":"chat.completion","model":"m","system_fingerprint":"fp","service_tier":"default","choices":[{"index":0,
		"message":{"role":"assistant","content":"Hello \"world\"\n","refusal":null},"logprobs":null,"finish_reason":"stop"}],
		"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":3}}}`,
		streamed(
			`{"id":"c1","object":"chat.completion.chunk","model":"m","system_fingerprint":"fp","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}`,
			`{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"Hello \"wor"},"finish_reason":null}],"usage":null}`,
			`{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"ld\"\n"},"finish_reason":null}],"usage":null}`,
			`{"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`,
			`{"id":"c1","model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":3}}}`,
		),
	},
	{
		"tool calls, reasoning, no usage",
		`{"id":"c2","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
		"reasoning_content":"Let me see.","tool_calls":[{"id":"a","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}},
		{"id":"b","type":"function","function":{"name":"time","arguments":"{}"}}]}}]}`,
		streamed(
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"Let me "}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"reasoning_content":"see."}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"weather","arguments":""}}]}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\": \"R"}}]}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"time","arguments":"{}"}}]}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":null,"function":{"name":null,"arguments":"ome\"}"}}]}}]}`,
			`{"id":"c2","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
		),
	},
	{
		"two choices in any order, refusal",
		`{"id":"c3","model":"m","choices":[{"index":0,"message":{"content":"one"},"finish_reason":"length"},
		{"index":1,"message":{"content":null,"refusal":"I cannot."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
		streamed(
			`{"id":"c3","model":"m","choices":[{"index":1,"delta":{"refusal":"I can"}}]}`,
			`{"id":"c3","model":"m","choices":[{"index":0,"delta":{"content":"on"}},{"index":1,"delta":{"refusal":"not."}}]}`,
			`{"id":"c3","model":"m","choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`,
			`{"id":"c3","model":"m","choices":[{"index":0,"delta":{"content":"e"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
		),
	},
	{
		"function_call, content in parts",
		`{"id":"c4","model":"m","choices":[{"index":0,"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"yes"}],
		"function_call":{"name":"f","arguments":"{\"a\":1}"}},"finish_reason":"function_call"}]}`,
		streamed(
			`{"id":"c4","model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}`,
			`{"id":"c4","model":"m","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"yes"}],"function_call":{"name":"f","arguments":"{\"a\""}}}]}`,
			`{"id":"c4","model":"m","choices":[{"index":0,"delta":{"function_call":{"arguments":":1}"}}}]}`,
			`{"id":"c4","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}`,
		),
	},
	{
		"OpenRouter's details of reasoning, logprobs that are not there",
		`{"id":"c5","model":"m","choices":[{"index":0,"message":{"content":"yes","reasoning":null,"reasoning_details":[{"type":"reasoning.summary","summary":"in "},
		{"type":"reasoning.text","text":"short"},{"type":"reasoning.encrypted","data":"AA"}]},"logprobs":{"content":null,"refusal":null},"finish_reason":"stop"}]}`,
		streamed(
			`{"id":"c5","model":"m","choices":[{"index":0,"delta":{"content":"","reasoning_details":[{"type":"reasoning.summary","summary":"in "}]}}]}`,
			`{"id":"c5","model":"m","choices":[{"index":0,"delta":{"reasoning":"short","reasoning_details":[{"type":"reasoning.text","text":"short"}]}}]}`,
			`{"id":"c5","model":"m","choices":[{"index":0,"delta":{"content":"yes","reasoning_details":[{"type":"reasoning.encrypted","data":"AA"}]},"finish_reason":"stop"}]}`,
		),
	},
	{
		"Gemini's calls of one index and no id",
		`{"id":"c6","model":"m","choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
		{"id":"","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		streamed(
			`{"id":"c6","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}]}`,
			`{"id":"c6","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		),
	},
	{
		"vLLM's call of a named tool, whose parts have ids of their own",
		`{"id":"c7","model":"m","choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"t6","type":"function","function":{"name":"f","arguments":"{\"a\": {\"b\":1}}"}}]},"finish_reason":"stop"}]}`,
		streamed(
			callPart("t1", "f", `{\"`), callPart("t2", "f", `a\": `), callPart("t3", "f", `{\"b`), callPart("t4", "f", `\":1}`), callPart("t5", "f", `}`), callPart("t6", "f", ``),
			`{"id":"c7","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
		),
	},
	{
		"calls of one tool and index, each with an id",
		`{"id":"c7","model":"m","choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
		{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		streamed(
			callPart("a", "f", `{\"a\":1}`), callPart("b", "f", ``), callPart("b", "f", `{}`), callPart("c", "f", `{}`),
			`{"id":"c7","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
		),
	},
	{
		"error",
		`{"error":{"message":"This model's maximum context length is 10 tokens","type":"BadRequestError","code":400}}`,
		streamed(`{"error":{"message":"This model's maximum context length is 10 tokens","type":"BadRequestError","code":400}}`),
	},
}

func TestBothFormsGiveTheSameCall(t *testing.T) {
	for _, form := range forms {
		whole, stream := decode(t, ok(form.whole)), decode(t, ok(form.stream))
		require.False(t, whole.Stream)
		require.True(t, stream.Stream)
		require.True(t, stream.Detail.Done)
		stream.Stream, stream.Chunks, stream.Detail.Done, stream.Detail.Flaws = false, 0, false, whole.Detail.Flaws
		require.Equal(t, whole, stream, form.name)
	}
}

func TestWhatTheFormsHold(t *testing.T) {
	call := decode(t, ok(forms[0].stream))
	require.Equal(t, genai.Usage{
		Input: genai.Known(9), Output: genai.Known(4), CacheRead: genai.Known(3), Source: genai.UsageReported,
	}, call.Usage)
	require.Equal(t, "Hello \"world\"\n", call.Detail.Choices[0].Text)
	require.Equal(t, 2, call.Chunks)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
	require.Equal(t, []string{"c1", "m", "fp", "default"},
		[]string{call.ResponseID, call.ResponseModel, call.SystemFingerprint, call.ServiceTier})

	call = decode(t, ok(forms[1].stream))
	require.Equal(t, []genai.ToolCall{
		{ID: "a", Name: "weather", Kind: "function", Arguments: `{"city": "Rome"}`},
		{ID: "b", Name: "time", Kind: "function", Arguments: `{}`},
	}, call.Detail.Choices[0].ToolCalls)
	require.Equal(t, "Let me see.", call.Detail.Choices[0].Reasoning)
	require.Equal(t, []string{"weather", "time"}, call.ToolNames)
	require.Equal(t, genai.UsageEstimated, call.Usage.Source)

	call = decode(t, ok(forms[2].stream))
	require.Equal(t, []string{"length", "stop"}, call.FinishReasons)
	require.Equal(t, "I cannot.", call.Detail.Choices[1].Refusal)

	call = decode(t, ok(forms[3].stream))
	require.Equal(t, "hm", call.Detail.Choices[0].Reasoning)
	require.Equal(t, "yes", call.Detail.Choices[0].Text)
	require.Equal(t, []string{"f"}, call.ToolNames)

	call = decode(t, ok(forms[4].stream))
	require.Equal(t, []string{"in short", "yes"}, []string{call.Detail.Choices[0].Reasoning, call.Detail.Choices[0].Text})
	require.True(t, call.Detail.Choices[0].Hidden)
	require.False(t, call.Detail.Choices[0].Logprobs)

	call = decode(t, ok(forms[5].stream))
	require.Equal(t, []genai.ToolCall{
		{Name: "f", Kind: "function", Arguments: `{"a":1}`}, {Name: "f", Kind: "function", Arguments: `{}`},
	}, call.Detail.Choices[0].ToolCalls)

	call = decode(t, ok(forms[len(forms)-1].stream))
	require.Equal(t, genai.OutcomeClientError, call.Outcome)
	require.Equal(t, genai.ErrorContextLength, call.ErrorType)
	require.Equal(t, genai.UsageNone, call.Usage.Source)
}

func TestEveryPrefixEndsCleanly(t *testing.T) {
	for _, form := range forms[:6] {
		for _, body := range []string{form.whole, form.stream} {
			var before genai.Choice
			for cut := range len(body) + 1 {
				x := ok(body[:cut])
				x.End = exchange.UpstreamBroken
				call := decode(t, x)
				if len(call.Detail.Choices) > 0 {
					now := call.Detail.Choices[0]
					require.True(t, strings.HasPrefix(now.Text, before.Text), "%q after %q", now.Text, before.Text)
					require.True(t, strings.HasPrefix(now.Reasoning, before.Reasoning))
					before = now
				}
				if call.ErrorType == "" {
					require.NotEmpty(t, call.FinishReasons)
				} else {
					require.Equal(t, genai.ErrorStreamBroken, call.ErrorType)
				}
			}
		}
	}
}

func TestHowAStreamEnds(t *testing.T) {
	piece := "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"twelve chars\"},\"finish_reason\":null}]}\n\n"
	finish := "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	f := func(end exchange.End, body string, want genai.Outcome, wantType string) {
		t.Helper()
		x := ok(body)
		x.End = end
		call := decode(t, x)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantType, call.ErrorType)
		require.Equal(t, genai.UsageEstimated, call.Usage.Source)
		require.Equal(t, genai.Known(3), call.Usage.Output)
		require.Equal(t, genai.Known(1), call.Usage.Input)
	}
	f(exchange.Completed, piece+finish+"data: [DONE]\n\n", genai.OutcomeOK, "")
	f(exchange.Completed, piece+finish+"data: [DONE]", genai.OutcomeOK, "")
	f(exchange.Completed, piece+finish, genai.OutcomeOK, "")
	f(exchange.Completed, piece, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f(exchange.ClientGone, piece, genai.OutcomeClientAbort, genai.ErrorClientAbort)
	f(exchange.ClientGone, piece+piece[:20], genai.OutcomeClientAbort, genai.ErrorClientAbort)
	f(exchange.ClientGone, piece+finish+"data: [DONE]\n\n", genai.OutcomeOK, "")
	f(exchange.UpstreamBroken, piece, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f(exchange.UpstreamTimeout, piece, genai.OutcomeTimeout, genai.ErrorTimeout)
	f(exchange.Completed, piece+"data: {\"error\":{\"message\":\"engine died\"}}\n\ndata: [DONE]\n\n",
		genai.OutcomeUpstreamError, genai.ErrorServerError)
	f(exchange.Completed, piece+"error: {\"code\":500,\"message\":\"m\",\"type\":\"server_error\"}\n\n",
		genai.OutcomeUpstreamError, genai.ErrorServerError)
	f(exchange.Completed, piece+"event: error\ndata: {\"message\":\"Context size has been exceeded.\"}\n\n",
		genai.OutcomeClientError, genai.ErrorContextLength)
	f(exchange.Completed, piece+"data: {\"choices\":[{\"index\":0,\"error\":{\"code\":502,\"message\":\"x\"},\"finish_reason\":\"error\"}]}\n\n",
		genai.OutcomeUpstreamError, genai.ErrorUpstreamUnavailable)
}

// JSON can be whole where its framing is not: to the client that is an error, except where it has hung up itself.
func TestHowAPlainAnswerEnds(t *testing.T) {
	body := `{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`
	f := func(end exchange.End, want genai.Outcome, wantType string) {
		t.Helper()
		x := ok(body)
		x.End = end
		call := decode(t, x)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantType, call.ErrorType)
		require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(1), Source: genai.UsageReported}, call.Usage)
	}
	f(exchange.Completed, genai.OutcomeOK, "")
	f(exchange.ClientGone, genai.OutcomeOK, "")
	f(exchange.UpstreamBroken, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f(exchange.UpstreamTimeout, genai.OutcomeTimeout, genai.ErrorTimeout)
	f(exchange.Stopped, genai.OutcomeTapError, genai.ErrorTapError)
}

// An error that only its event's name tells is no chunk without choices.
func TestErrorsByNameAreNoChunks(t *testing.T) {
	const piece = `data: {"choices":[{"index":0,"delta":{"content":"a"}}]}` + "\n\n"
	for _, event := range []string{
		"event: error\ndata: {\"message\":\"m\",\"type\":\"overloaded_error\"}\n\n", "error: {\"code\":500,\"message\":\"m\",\"type\":\"server_error\"}\n\n",
	} {
		call := decode(t, ok(piece+event))
		require.Equal(t, genai.OutcomeUpstreamError, call.Outcome, event)
		require.False(t, call.Detail.Flaws.Has(genai.FlawNoChoices), event)
	}
}

// Some servers say only by the finish reason that they broke the answer off. What was written counts all the same.
func TestReasonsThatAreErrors(t *testing.T) {
	f := func(reason string, want genai.Outcome, wantType string) {
		t.Helper()
		usage := `"usage":{"prompt_tokens":9,"completion_tokens":1}`
		for _, body := range []string{
			`{"choices":[{"index":0,"message":{"content":"He"},"finish_reason":"` + reason + `"}],` + usage + `}`,
			streamed(`{"choices":[{"index":0,"delta":{"content":"He"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"`+reason+`"}]}`, `{"choices":[],`+usage+`}`),
		} {
			call := decode(t, ok(body))
			require.Equal(t, want, call.Outcome, body)
			require.Equal(t, wantType, call.ErrorType)
			require.Equal(t, []string{reason}, call.FinishReasons)
			require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(1), Source: genai.UsageReported}, call.Usage)
		}
	}
	f("abort", genai.OutcomeUpstreamError, genai.ErrorServerError)
	f("error", genai.OutcomeUpstreamError, genai.ErrorServerError)
	f("network_error", genai.OutcomeUpstreamError, genai.ErrorServerError)
	f("recover_stop", genai.OutcomeUpstreamError, genai.ErrorServerError)
	f("insufficient_system_resource", genai.OutcomeUpstreamError, genai.ErrorOverloaded)
	f("timeout", genai.OutcomeTimeout, genai.ErrorTimeout)
	f("length", genai.OutcomeOK, "")
	f("content_filter", genai.OutcomeOK, "")
	f("refusal", genai.OutcomeOK, "")
}

func TestNoAnswer(t *testing.T) {
	f := func(end exchange.End, status int, want genai.Outcome, wantType string) {
		t.Helper()
		x := &exchange.Exchange{End: end, Status: status, Request: exchange.Message{Body: []byte(request)}}
		call := decode(t, x)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantType, call.ErrorType)
		require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
		require.Equal(t, "qwen", call.RequestModel)
	}
	f(exchange.UpstreamUnreachable, 502, genai.OutcomeUpstreamError, genai.ErrorUpstreamUnavailable)
	f(exchange.ClientGone, 0, genai.OutcomeClientAbort, genai.ErrorClientAbort)
	f(exchange.UpstreamTimeout, 504, genai.OutcomeTimeout, genai.ErrorTimeout)
	f(exchange.Completed, 401, genai.OutcomeClientError, genai.ErrorAuth)
	f(exchange.Refused, 429, genai.OutcomeRefused, genai.ErrorBlockedByBudget)
}

func TestErrorsInAList(t *testing.T) {
	x := ok(`[{"error":{"code":400,"message":"The input token count (1300000) exceeds the maximum number of tokens allowed (1048575).","status":"INVALID_ARGUMENT"}}]`)
	x.Status = 400
	call := decode(t, x)
	require.Equal(t, genai.ErrorContextLength, call.ErrorType)
	require.Equal(t, genai.Known(1048575), call.ContextLimit)
}

// vLLM-Omni sends sound like text, each piece with a usage that counts no output.
func TestSoundLikeText(t *testing.T) {
	f := func(want genai.Usage, last ...string) {
		t.Helper()
		call := decode(t, ok(streamed(append([]string{
			`{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi there"},"finish_reason":null}],"modality":"text","metrics":{}}`,
			`{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"modality":"text","metrics":{}}`,
			`{"choices":[{"index":0,"delta":{"role":"assistant","content":"UklGRgAA"},"finish_reason":null}],"usage":{"prompt_tokens":15,"total_tokens":15,"completion_tokens":0},"modality":"audio"}`,
			`{"choices":[{"index":0,"delta":{"role":"assistant","content":"UklGRgBB"},"finish_reason":"stop"}],"usage":{"prompt_tokens":15,"total_tokens":15,"completion_tokens":0},"modality":"audio"}`,
		}, last...)...)))
		require.Equal(t, want, call.Usage)
		require.Equal(t, "Hi there", call.Detail.Choices[0].Text)
		require.True(t, call.Detail.Choices[0].Other)
		require.Equal(t, 3, call.Chunks)
		require.False(t, call.Detail.Flaws.Has(genai.FlawDeltaAfterFinish))
	}
	f(genai.Usage{Input: genai.Known(15), Output: genai.Known(2), Source: genai.UsageReported},
		`{"choices":[],"usage":{"prompt_tokens":15,"total_tokens":17,"completion_tokens":2},"modality":"text"}`)
	f(genai.Usage{Input: genai.Known(1), Output: genai.Known(2), Source: genai.UsageEstimated})
}

// Counts of an output are kept, whatever it is of, and so is the text of a whole answer.
func TestCountsBesideSound(t *testing.T) {
	rest := `"finish_reason":"stop"}],"usage":{"prompt_tokens":15,"total_tokens":55,"completion_tokens":40},"modality":"audio"}`
	stream := decode(t, ok(streamed(`{"choices":[{"index":0,"delta":{"content":"UklGRgAA"},`+rest)))
	whole := decode(t, ok(`{"choices":[{"index":0,"message":{"content":"Hi there"},`+rest))
	for _, call := range []*genai.Call{stream, whole} {
		require.Equal(t, genai.Usage{Input: genai.Known(15), Output: genai.Known(40), Source: genai.UsageReported}, call.Usage)
	}
	require.Equal(t, []string{"", "Hi there"}, []string{stream.Detail.Choices[0].Text, whole.Detail.Choices[0].Text})
}

func TestContentInParts(t *testing.T) {
	call := decode(t, ok(`{"choices":[{"message":{"content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"text","text":"yes"}]},"finish_reason":"stop"}]}`))
	require.Equal(t, []string{"hm", "yes"}, []string{call.Detail.Choices[0].Reasoning, call.Detail.Choices[0].Text})

	call = decode(t, ok(`{"choices":[{"message":{"content":[{"type":"refusal","refusal":"I cannot."}],"refusal":null},"finish_reason":"stop"}]}`))
	require.Equal(t, "I cannot.", call.Detail.Choices[0].Refusal)
}

func TestTimes(t *testing.T) {
	chunk := func(delta string) string {
		return fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":%s}]}\n\n", delta)
	}
	var body string
	var marks []exchange.Mark
	for i, event := range []string{
		chunk(`{"role":"assistant","content":""}`), ": comment\n\n", chunk(`{"reasoning":"a"}`), chunk(`{"content":"b"}`),
		chunk(`{}`), chunk(`{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}]}`),
		"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n", "data: [DONE]\n\n",
	} {
		body += event
		marks = append(marks, exchange.Mark{Offset: int64(len(body)), At: time.Duration(i*i) * time.Millisecond})
	}
	x := ok(body)
	x.Marks = marks
	call := decode(t, x)
	require.Equal(t, 3, call.Chunks)
	require.Equal(t, 4*time.Millisecond, call.TimeToFirstChunk)
	require.Equal(t, 16*time.Millisecond, call.MaxGap)

	x = ok(body)
	x.Marks = []exchange.Mark{{Offset: 10, At: time.Second}, {Offset: int64(len(body)), At: 2 * time.Second}}
	call = decode(t, x)
	require.Equal(t, 2*time.Second, call.TimeToFirstChunk)
	require.Zero(t, call.MaxGap)

	x = ok(forms[0].whole)
	x.Marks = x.Marks[:0]
	x.Marks = append(x.Marks, exchange.Mark{Offset: 5, At: time.Second}, exchange.Mark{Offset: 600, At: 2 * time.Second})
	call = decode(t, x)
	require.Equal(t, time.Second, call.TimeToFirstChunk)
	require.Zero(t, call.Chunks)
}

func TestForm(t *testing.T) {
	f := func(mediaType, body string, want bool) {
		t.Helper()
		x := &exchange.Exchange{Status: 200, Response: exchange.Message{
			Header: exchange.Header("Content-Type: " + mediaType + "\r\n"), Body: []byte(body),
		}}
		require.Equal(t, want, answer.IsEventStream(x))
	}
	f("text/event-stream", "data: {}\n\n", true)
	f("Text/Event-Stream;charset=UTF-8", ": hi\n\n", true)
	f("application/json", "{}", false)
	f("application/json", "data: {}\n\n", true)
	f("text/event-stream", `{"error":"x"}`, false)
	f("text/event-stream", "", true)
	f("application/json", "", false)
	f("text/html", "<html>", false)
}

func TestHTMLAndOtherNonsense(t *testing.T) {
	f := func(status int, body string, want genai.Outcome) {
		t.Helper()
		x := ok(body)
		x.Status = status
		call := &genai.Call{}
		err := DecodeChat(x, nil, call)
		require.Equal(t, status < 400, err != nil, "an error page is no fault of the answer's form")
		require.Equal(t, want, call.Outcome)
		require.Equal(t, "qwen", call.RequestModel)
	}
	f(502, "<html>Bad Gateway</html>", genai.OutcomeUpstreamError)
	f(200, "hello", genai.OutcomeUpstreamError)
	f(200, "<html>Sign in</html>", genai.OutcomeUpstreamError)
	f(200, `{"choices":[{"message":{"content":"Hel`, genai.OutcomeUpstreamError)
	f(200, `{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"score":NaN}`, genai.OutcomeOK)
	f(200, "data: {}\n\ndata: nonsense\n\ndata: [DONE]\n\n", genai.OutcomeOK)
}

func TestTruncatedCopies(t *testing.T) {
	x := ok(forms[0].stream[:600])
	x.Response.Truncated, x.Request.Truncated = true, true
	call := decode(t, x)
	require.Equal(t, genai.OutcomeOK, call.Outcome) // the copy was cut, not the answer
	require.Zero(t, call.PromptHash)
	require.Equal(t, genai.UsageEstimated, call.Usage.Source)
}

func FuzzDecodeChat(f *testing.F) {
	for _, form := range forms {
		f.Add([]byte(request), []byte(form.whole), uint8(0))
		f.Add([]byte(fullRequest), []byte(form.stream), uint8(1))
	}
	fields := caller.NewFields([]string{"user", "metadata.user_id"})
	f.Fuzz(func(t *testing.T, request, response []byte, end uint8) {
		x := ok(string(response))
		x.Request.Body = request
		x.End = exchange.End(end % 9)
		x.Marks = []exchange.Mark{{Offset: int64(len(response)) / 2, At: 1}, {Offset: int64(len(response)), At: 2}}
		var call genai.Call
		_ = DecodeChat(x, fields, &call)
		require.NotEmpty(t, call.Outcome)
		require.NotEmpty(t, call.Usage.Source)
		require.LessOrEqual(t, len(call.Detail.Choices), answer.ChoicesMax)
		require.LessOrEqual(t, len(call.ToolNames), answer.ToolCallsMax)
		require.GreaterOrEqual(t, call.Usage.Output.N, int64(0))
	})
}
