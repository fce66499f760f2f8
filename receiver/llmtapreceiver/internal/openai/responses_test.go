package openai

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func read(t *testing.T, decode wiretest.Decode, status int, request, answer string) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	x := &exchange.Exchange{
		Status: status, Request: exchange.Message{Body: []byte(request)}, Response: exchange.Message{Body: []byte(answer)},
	}
	require.NoError(t, decode(x, nil, call))
	return call
}

// events frames events without names, as some servers do.
func events(data ...string) string { return "data: " + strings.Join(data, "\n\ndata: ") + "\n\n" }

func TestEmptyListOfLogprobsIsNone(t *testing.T) {
	f := func(list string, want bool) {
		t.Helper()
		body := `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a","logprobs":` + list + `}]}]}`
		require.Equal(t, want, read(t, DecodeResponses, 200, `{"input":"hi"}`, body).Detail.Choices[0].Logprobs)
	}
	f(`[]`, false)
	f("[\n ]", false)
	f(`null`, false)
	f(`[{"token":"a"}]`, true)
}

func TestResponseItems(t *testing.T) {
	output := `[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"in short"}],"content":[{"type":"reasoning_text","text":"at length"}]},
		{"type":"web_search_call","id":"ws"},
		{"content":[{"text":"a","type":"output_text","logprobs":[{"token":"a"}]},{"refusal":"no","type":"refusal"}],"type":"message","role":"assistant"},
		{"type":"function_call","id":"fc","call_id":"call_1","name":"f","arguments":"{}"},
		{"type":"custom_tool_call","id":"ct","call_id":"call_2","name":"g","input":"free text"},
		{"type":"mcp_call","id":"m","name":"h","arguments":"{}"}]`
	output = strings.ReplaceAll(output, "\n", "") // a line feed ends the data of an event
	for _, body := range []string{
		`{"id":"r","model":"m","status":"completed","output":` + output + `}`,
		events(`{"type":"response.completed","response":{"id":"r","model":"m","status":"completed","output":` + output + `}}`),
	} {
		call := read(t, DecodeResponses, 200, `{"input":"hi"}`, body)
		require.Equal(t, []genai.Choice{{
			Text: "a", Refusal: "no", Reasoning: "at length", Logprobs: true, Other: true, FinishReason: "completed",
			LogprobTokens: call.Detail.Choices[0].LogprobTokens, LogprobAlternatives: call.Detail.Choices[0].LogprobAlternatives,
			ToolCalls: []genai.ToolCall{
				{ID: "call_1", Name: "f", Kind: "function", Arguments: "{}"}, {ID: "call_2", Name: "g", Kind: "custom", Arguments: "free text"},
			},
		}}, call.Detail.Choices)
		require.Equal(t, []string{"completed"}, call.FinishReasons)
		require.Equal(t, genai.OutcomeOK, call.Outcome)
	}
}

// Servers leave out indexes and ids, send a text without deltas, or another id in each event.
func TestResponseEventsOfEachServer(t *testing.T) {
	f := func(wantText, wantArguments string, data ...string) {
		t.Helper()
		call := read(t, DecodeResponses, 200, "{}", events(append(data, `{"type":"response.completed","response":{"status":"completed","output":[]}}`)...))
		choice := call.Detail.Choices[0]
		require.Equal(t, wantText, choice.Text)
		arguments := ""
		for _, c := range choice.ToolCalls {
			arguments += c.Name + c.Arguments
		}
		require.Equal(t, wantArguments, arguments)
		require.True(t, call.Detail.Done)
	}
	f("ab", "", `{"type":"response.output_text.delta","delta":"a"}`, `{"type":"response.output_text.delta","delta":"b"}`)
	f("ab", "", `{"type":"response.output_text.done","text":"ab"}`)
	f("ab", "", `{"type":"response.content_part.done","output_index":0,"part":{"type":"output_text","text":"ab"}}`)
	f("ab", "", `{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"ab"}]}}`)
	f("ab", "", `{"type":"response.output_item.added","output_index":0,"item":{"id":"x","type":"message"}}`,
		`{"type":"response.output_text.delta","output_index":0,"item_id":"y","delta":"ab"}`,
		`{"type":"response.output_item.done","output_index":0,"item":{"id":"z","type":"message","content":[{"type":"output_text","text":"ab"}]}}`)
	f("", "f{1}g{2}", `{"type":"response.output_item.added","item":{"id":"x","type":"function_call","name":"f"}}`,
		`{"type":"response.function_call_arguments.delta","item_id":"x","delta":"{1"}`,
		`{"type":"response.output_item.added","item":{"id":"y","type":"function_call","name":"g"}}`,
		`{"type":"response.function_call_arguments.delta","item_id":"y","delta":"{2}"}`,
		`{"type":"response.function_call_arguments.delta","item_id":"x","delta":"}"}`)
	f("", "f{}", `{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","name":"f"}}`,
		`{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{}"}`)
	// parts of one item keep apart
	f("abcd", "", `{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}`,
		`{"type":"response.output_text.delta","output_index":0,"content_index":1,"delta":"c"}`,
		`{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"b"}`,
		`{"type":"response.output_text.delta","output_index":0,"content_index":1,"delta":"d"}`)
}

// The body must not change under an answer that shares memory with it.
func TestSharedTextIsNotWrittenOver(t *testing.T) {
	body := events(`{"type":"response.output_text.done","text":"ab"}`, `{"type":"response.output_text.delta","delta":"XYZ"}`,
		`{"type":"response.completed","response":{"status":"completed"}}`)
	x := &exchange.Exchange{Status: 200, Response: exchange.Message{Body: []byte(body)}}
	call := &genai.Call{}
	require.NoError(t, DecodeResponses(x, nil, call))
	require.Equal(t, body, string(x.Response.Body))
	require.Equal(t, "abXYZ", call.Detail.Choices[0].Text)
}

func TestResponseEnds(t *testing.T) {
	f := func(outcome genai.Outcome, errorType string, finish []string, answer string) {
		t.Helper()
		call := read(t, DecodeResponses, 200, "{}", answer)
		require.Equal(t, outcome, call.Outcome)
		require.Equal(t, errorType, call.ErrorType)
		require.Equal(t, finish, call.FinishReasons)
	}
	f(genai.OutcomeOK, "", []string{"max_output_tokens"}, `{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}`)
	f(genai.OutcomeOK, "", nil, `{"status":"queued","output":[]}`)
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, []string{"failed"}, `{"status":"failed","output":[]}`)
	f(genai.OutcomeClientError, genai.ErrorRateLimit, []string{"failed"}, `{"status":"failed","error":{"code":"rate_limit_exceeded","message":"m"}}`)
	created := `{"type":"response.created","response":{"id":"r","status":"in_progress"}}`
	f(genai.OutcomeClientError, genai.ErrorQuota, nil, events(created, `{"type":"error","code":"insufficient_quota","message":"m","param":null}`))
	f(genai.OutcomeClientError, genai.ErrorQuota, nil, events(created, `{"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}}`))
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, nil, events(`{"error":{"code":500,"message":"m","type":"server_error"}}`))
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, []string{"failed"}, events(created, `{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"}}}`))
	quota := `{"type":"error","code":"insufficient_quota","message":"m"}`
	f(genai.OutcomeClientError, genai.ErrorQuota, []string{"failed"}, events(created, quota, `{"type":"response.failed","response":{"status":"failed","error":null}}`))
	f(genai.OutcomeClientError, genai.ErrorQuota, []string{"failed"}, events(created, `{"type":"response.failed","response":{"status":"failed","error":{"code":"insufficient_quota"}}}`, `{"type":"keepalive"}`))
	f(genai.OutcomeUpstreamError, genai.ErrorStreamBroken, nil, events(created))
}

// A model that works in the background goes on when the client has left: what it uses is not known by what came till then.
func TestUsageOfResponsesInTheBackgroundIsUnknown(t *testing.T) {
	created := `{"type":"response.created","response":{"id":"r","status":"in_progress","background":%t}}`
	for _, background := range []bool{true, false} {
		call := read(t, DecodeResponses, 200, `{"input":"a"}`, events(fmt.Sprintf(created, background), `{"type":"response.output_text.delta","output_index":0,"item_id":"m","delta":"a"}`))
		require.Equal(t, genai.Count{N: call.Usage.Output.N, Known: !background}, call.Usage.Output)
		require.Equal(t, !background, call.Usage.Input.Known)
	}
}

// What a model writes for a tool of the server is the beginning of its answer: the tool's own time comes after it.
func TestTimeToFirstCallOfTheServersTools(t *testing.T) {
	for kind, delta := range map[string]string{
		"mcp_call_arguments": `"{\"q\":1}"`, "code_interpreter_call_code": `"1+1"`, "shell_call_command": `"ls"`, "apply_patch_call_operation_diff": `"+a"`,
	} {
		var body string
		x := &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte("{}")}}
		for i, event := range []string{
			`{"type":"response.created","response":{"status":"in_progress"}}`,
			`{"type":"response.output_item.added","output_index":0,"item":{"id":"i","type":"call"}}`,
			`{"type":"response.` + kind + `.delta","output_index":0,"item_id":"i","delta":` + delta + `}`,
			`{"type":"response.output_text.delta","output_index":1,"item_id":"m","delta":"a"}`,
		} {
			body += events(event)
			x.Marks = append(x.Marks, exchange.Mark{Offset: int64(len(body)), At: time.Duration(i) * time.Second})
		}
		x.Response.Body = []byte(body)
		call := &genai.Call{}
		require.NoError(t, DecodeResponses(x, nil, call), kind)
		require.Equal(t, 2*time.Second, call.TimeToFirstChunk, kind)
		require.Equal(t, 2, call.Chunks, kind)
	}
}

// What is fetched or cancelled was accounted for when it was made.
func TestFetchedResponsesHaveNoUsage(t *testing.T) {
	answer := `{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}`
	for decode, want := range map[*wiretest.Decode]genai.Operation{
		new(wiretest.Decode(DecodeFetchResponse)): genai.OperationFetchResponse, new(wiretest.Decode(DecodeCancelResponse)): genai.OperationCancelResponse,
	} {
		for _, body := range []string{answer, events(`{"type":"response.completed","response":` + answer + `}`), `{"status":"in_progress"}`} {
			call := read(t, *decode, 200, "", body)
			require.Equal(t, want, call.Operation)
			require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
			require.Equal(t, genai.OutcomeOK, call.Outcome)
		}
	}
	call := read(t, DecodeInputTokens, 200, `{"model":"m"}`, `{"object":"response.input_tokens","input_tokens":18}`)
	require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
	call = read(t, DecodeCompact, 200, `{"model":"m"}`, answer)
	require.Equal(t, genai.Known(2), call.Usage.Output)
}

func TestResponsesRequest(t *testing.T) {
	call := read(t, DecodeResponses, 500, `{"model":"m","stream":true,"instructions":"Be brief.","previous_response_id":"r0","conversation":{"id":"c"},
		"max_output_tokens":9,"parallel_tool_calls":false,"text":{"format":{"type":"json_schema","name":"n","schema":{"a":1},"strict":true}},
		"tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],
		"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]},
		"input":[{"role":"user","content":[{"type":"input_image"},{"type":"input_file"}]},{"type":"function_call_output","call_id":"c","output":[{"type":"input_image"}]}]}`, "")
	require.Equal(t, []string{"m", "r0", "c", "json_schema"}, []string{call.RequestModel, call.PreviousResponseID, call.ConversationID, call.ResponseFormat})
	require.Equal(t, []int{2, 2, 1, 2}, []int{call.Turn, call.InputImages, call.InputFiles, call.ToolsOffered})
	d := call.Detail
	require.Equal(t, genai.ToolChoice{Mode: "allowed", Names: []string{"f"}, Required: true}, d.ToolChoice)
	require.Equal(t, genai.Known(9), d.MaxTokens)
	require.True(t, d.StreamAsked && d.SchemaStrict && !*d.ParallelTools)
	require.Equal(t, genai.Tool{Name: "f", Kind: "function", Schema: []byte(`{"type":"object"}`), Strict: true}, d.Tools[0])
}

func TestResponseLimits(t *testing.T) {
	f := func(items, parts int, cut bool) {
		t.Helper()
		part := `{"type":"output_text","text":"a"}`
		item := `{"type":"message","content":[` + strings.TrimSuffix(strings.Repeat(part+",", parts), ",") + `]}`
		call := read(t, DecodeResponses, 200, "{}", `{"status":"completed","output":[`+strings.TrimSuffix(strings.Repeat(item+",", items), ",")+`]}`)
		require.Equal(t, cut, call.ResponseTruncated)
		require.Len(t, call.Detail.Choices[0].Text, min(items, itemsMax)*min(parts, partsMax))
	}
	f(itemsMax, 1, false)
	f(itemsMax+1, 1, true)
	f(1, partsMax, false)
	f(1, partsMax+1, true)
}

// Of several messages the last one is the answer.
func TestLastMessage(t *testing.T) {
	x := ok(`{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Looking. "}]},
		{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"message","content":[{"type":"output_text","text":"{}"}]}]}`)
	call := new(genai.Call)
	require.NoError(t, DecodeResponses(x, nil, call))
	choice := call.Detail.Choices[0]
	require.Equal(t, "Looking. {}", choice.Text)
	require.Equal(t, "{}", choice.Text[choice.LastMessage:])
}

func TestShorteningAsked(t *testing.T) {
	f := func(body string, want bool) {
		t.Helper()
		call := new(genai.Call)
		x := &exchange.Exchange{Status: 400, Request: exchange.Message{Body: []byte(body)}}
		require.NoError(t, DecodeResponses(x, nil, call))
		require.Equal(t, want, call.Detail.ShorteningAsked)
	}
	f(`{"truncation":"auto"}`, true)
	f(`{"truncation":"disabled"}`, false)
	f(`{"context_management":[{"type":"compaction"}]}`, true)
	f(`{"context_management":null}`, false)
	f(`{"truncate_prompt_tokens":512}`, true)
}

// vLLM numbers the part of a message that follows reasoning 1 in its events, where the item has no other.
func TestPartOfAnotherIndex(t *testing.T) {
	stream := events(
		`{"type":"response.created","response":{"id":"r","output":[]}}`,
		`{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}`,
		`{"type":"response.output_text.delta","output_index":0,"item_id":"m","content_index":1,"delta":"Four"}`,
		`{"type":"response.output_text.done","output_index":0,"item_id":"m","content_index":1,"text":"Four"}`,
		`{"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"Four"}]}}`,
	)
	end := events(`{"type":"response.completed","response":{"id":"r","status":"completed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Four"}]}]}}`)
	for _, body := range []string{stream, stream + end} {
		call := new(genai.Call)
		require.NoError(t, DecodeResponses(ok(body), nil, call))
		require.Equal(t, "Four", call.Detail.Choices[0].Text)
		require.False(t, call.Detail.Flaws.Has(genai.FlawFinalDiffers))
	}
}
