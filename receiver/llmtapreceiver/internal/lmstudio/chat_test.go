package lmstudio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

// The examples of LM Studio's docs, shortened: chat.md and streaming-events.md.
const (
	asked  = `{"model":"openai/gpt-oss-20b","input":"What is trending?","integrations":["mcp/playwright"],"stream":true}`
	result = `{"model_instance_id":"openai/gpt-oss-20b","output":[{"type":"reasoning","content":"Need to call function."},` +
		`{"type":"message","content":"Let me see."},` +
		`{"type":"tool_call","tool":"model_search","arguments":{"sort":"trendingScore","limit":1},"output":"[]","provider_info":{"type":"ephemeral_mcp","server_label":"huggingface"}},` +
		`{"type":"invalid_tool_call","reason":"Cannot find tool with name open_browser.","metadata":{"type":"invalid_name","tool_name":"open_browser"}},` +
		`{"type":"reasoning","content":"\n"},{"type":"message","content":"The current top model is..."}],` +
		`"stats":{"input_tokens":329,"total_output_tokens":268,"reasoning_output_tokens":5,"tokens_per_second":43.73,"time_to_first_token_seconds":0.781,` +
		`"model_load_time_seconds":2.656},"response_id":"resp_02b2"}`
	call = `"tool":"model_search","arguments":{"sort":"trendingScore","limit":1},"provider_info":{"type":"ephemeral_mcp","server_label":"huggingface"}}`
)

// streamed are the events before chat.end.
var streamed = []string{
	`{"type":"chat.start","model_instance_id":"openai/gpt-oss-20b"}`,
	`{"type":"model_load.start","model_instance_id":"openai/gpt-oss-20b"}`,
	`{"type":"model_load.progress","model_instance_id":"openai/gpt-oss-20b","progress":0.65}`,
	`{"type":"model_load.end","model_instance_id":"openai/gpt-oss-20b","load_time_seconds":12.34}`,
	`{"type":"prompt_processing.start"}`, `{"type":"prompt_processing.progress","progress":0.5}`, `{"type":"prompt_processing.end"}`,
	`{"type":"reasoning.start"}`, `{"type":"reasoning.delta","content":"Need to"}`, `{"type":"reasoning.delta","content":" call function."}`, `{"type":"reasoning.end"}`,
	`{"type":"message.start"}`, `{"type":"message.delta","content":"Let me see."}`, `{"type":"message.end"}`,
	`{"type":"tool_call.start","tool":"model_search","provider_info":{"type":"ephemeral_mcp","server_label":"huggingface"}}`,
	`{"type":"tool_call.arguments",` + call, `{"type":"tool_call.success","output":"[]",` + call,
	`{"type":"tool_call.failure","reason":"Cannot find tool with name open_browser.","metadata":{"type":"invalid_name","tool_name":"open_browser"}}`,
	`{"type":"reasoning.start"}`, `{"type":"reasoning.delta","content":"\n"}`, `{"type":"reasoning.end"}`,
	`{"type":"message.start"}`, `{"type":"message.delta","content":"The current top model"}`, `{"type":"message.delta","content":" is..."}`, `{"type":"message.end"}`,
}

const chatEnd = `{"type":"chat.end","result":` + result + `}`

func decode(t *testing.T, x *exchange.Exchange) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	require.NoError(t, DecodeChat(x, nil, call))
	return call
}

func answered(status int, request, body string) *exchange.Exchange {
	return &exchange.Exchange{Status: status, Request: exchange.Message{Body: []byte(request)}, Response: exchange.Message{Body: []byte(body), Size: int64(len(body))}}
}

func TestChat(t *testing.T) {
	plain := decode(t, answered(200, asked, result))
	stream := decode(t, answered(200, asked, wiretest.NamedEvents(append(streamed, chatEnd)...)))
	for _, call := range []*genai.Call{plain, stream} {
		require.Equal(t, []any{genai.OperationChat, "lmstudio", "openai/gpt-oss-20b", "openai/gpt-oss-20b", "resp_02b2", genai.OutcomeOK, 1},
			[]any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.ResponseID, call.Outcome, call.Turn})
		require.Equal(t, genai.Usage{
			Input: genai.Known(329), Output: genai.Known(268), Reasoning: genai.Known(5), Source: genai.UsageReported,
		}, call.Usage)
		require.Equal(t, []genai.Choice{{
			Text: "Let me see.The current top model is...", Reasoning: "Need to call function.\n", LastMessage: len("Let me see."), Other: true,
			ServerCalls: []genai.ToolCall{
				{Name: "model_search", Kind: "function", Arguments: `{"sort":"trendingScore","limit":1}`}, {Name: "open_browser", Kind: "function"},
			},
		}}, call.Detail.Choices)
		require.Equal(t, []string{"model_search", "open_browser"}, call.ToolNames)
		require.Empty(t, call.FinishReasons, "the API gives none")
		require.Zero(t, call.Detail.InvalidEvents)
		require.Zero(t, call.Detail.Flaws)
	}
	require.Equal(t, []any{false, true, true}, []any{plain.Stream, stream.Stream, stream.Detail.Done})
	require.Equal(t, 9, stream.Chunks, "texts, reasoning and parts of calls")
}

// What is not the model's comes before the first piece: the model may be loaded first, which takes longest.
func TestTimeToFirstPiece(t *testing.T) {
	before := wiretest.NamedEvents(streamed[:8]...)
	x := answered(200, asked, wiretest.NamedEvents(append(streamed, chatEnd)...))
	x.Marks = []exchange.Mark{{Offset: int64(len(before)), At: time.Second}, {Offset: x.Response.Size, At: 3 * time.Second}}
	require.Equal(t, 3*time.Second, decode(t, x).TimeToFirstChunk)
}

func TestBrokenOff(t *testing.T) {
	for end, want := range map[exchange.End]string{exchange.Completed: genai.ErrorStreamBroken, exchange.ClientGone: genai.ErrorClientAbort} {
		x := answered(200, asked, wiretest.NamedEvents(streamed...)+"event: chat.end\ndata: "+chatEnd[:len(chatEnd)-40])
		x.End = end
		call := decode(t, x)
		require.Equal(t, want, call.ErrorType)
		require.False(t, call.Detail.Done)
		require.Equal(t, "Let me see.The current top model is...", call.Detail.Choices[0].Text)
		require.Len(t, call.Detail.Choices[0].ServerCalls, 2)
		require.Equal(t, genai.UsageEstimated, call.Usage.Source)
		require.Equal(t, genai.Known(5), call.Usage.Input)
	}
}

// A call of which the model wrote the name and no more.
func TestBrokenOffInACall(t *testing.T) {
	call := decode(t, answered(200, asked, wiretest.NamedEvents(streamed[:15]...)))
	require.Equal(t, []genai.ToolCall{{Name: "model_search", Kind: "function"}}, call.Detail.Choices[0].ServerCalls)
	call = decode(t, answered(200, asked, wiretest.NamedEvents(streamed[16:18]...)))
	require.Len(t, call.Detail.Choices[0].ServerCalls, 2, "calls that had no beginning")
	invalid := `{"type":"tool_call.failure","reason":"No.","metadata":{"type":"invalid_arguments","tool_name":"model_search","arguments":{"limit":"x"}}}`
	call = decode(t, answered(200, asked, wiretest.NamedEvents(streamed[14], invalid)))
	require.Equal(t, []genai.ToolCall{{Name: "model_search", Kind: "function", Arguments: `{"limit":"x"}`}}, call.Detail.Choices[0].ServerCalls)
}

func TestErrors(t *testing.T) {
	f := func(want genai.Outcome, wantType string, status int, body string) *genai.Call {
		t.Helper()
		call := decode(t, answered(status, asked, body))
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantType, call.ErrorType)
		return call
	}
	missing := `"error":{"type":"invalid_request","message":"\"model\" is required","code":"missing_required_parameter","param":"model"}}`
	f(genai.OutcomeClientError, genai.ErrorInvalidRequest, 400, `{`+missing)
	f(genai.OutcomeClientError, genai.ErrorNotFound, 404, `{"error":{"type":"model_not_found","message":"m"}}`)
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, 500, `{"error":"text"}`)
	f(genai.OutcomeClientError, genai.ErrorInvalidRequest, 200, wiretest.NamedEvents(`{"type":"error",`+missing))
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, 200, wiretest.NamedEvents(`{"type":"error"}`))

	// What was generated until then still comes, and counts.
	call := f(genai.OutcomeUpstreamError, genai.ErrorServerError, 200,
		wiretest.NamedEvents(append(streamed, `{"type":"error","error":{"type":"mcp_connection_error","message":"gone"}}`, chatEnd)...))
	require.Equal(t, genai.Known(268), call.Usage.Output)
	require.Equal(t, "resp_02b2", call.ResponseID)
}

func TestRequests(t *testing.T) {
	call := decode(t, answered(200, `{"model":"m","system_prompt":"Be brief.","temperature":0,"max_output_tokens":9,"store":false,"reasoning":"off","previous_response_id":"resp_1",
		"input":[{"type":"text","content":"Describe"},{"type":"message","content":"this"},{"type":"image","data_url":"data:image/png;base64,AAAA"}],"stream":true,
		"integrations":[{"type":"ephemeral_mcp","server_label":"l","server_url":"u","allowed_tools":["t"]}]}`, result))
	d := call.Detail
	require.Equal(t, []any{"m", 1, 1, "resp_1"}, []any{call.RequestModel, call.Turn, call.InputImages, call.PreviousResponseID})
	require.Equal(t, []any{genai.Known(9), true, true, true, true, true}, []any{d.MaxTokens, d.StreamAsked, d.Sampling.Temperature == (genai.Number{Known: true}), d.StoreOff, d.ReasoningOff, d.MoreTools})
	require.Equal(t, []int64{9, 9 + 12}, []int64{d.BesideTextBytes, d.PromptTextBytes})
	require.NotZero(t, call.PromptVersion)
	require.False(t, decode(t, answered(200, `{"integrations":[]}`, result)).Detail.MoreTools)
}

// Two conversations begin alike only with the same text.
func TestTextOfPartsIsInTheHistory(t *testing.T) {
	said := func(input string) uint64 {
		return history.End(decode(t, answered(200, `{"input":`+input+`}`, result))).Whole
	}
	require.Equal(t, said(`[{"type":"text","content":"a"}]`), said(`[{"content":"a","type":"text"}]`))
	require.NotEqual(t, said(`[{"type":"text","content":"a"}]`), said(`[{"type":"text","content":"b"}]`))
	require.NotEqual(t, said(`[{"type":"message","content":"a"}]`), said(`[{"type":"message","content":"b"}]`))
}

func TestUsageThatIsNotThere(t *testing.T) {
	call := decode(t, answered(200, `{"system_prompt":"Be brief","input":[{"type":"text","content":"Blue or red?"}]}`,
		`{"model_instance_id":"m","output":[{"type":"message","content":"Blue"}],"response_id":"resp_1"}`))
	require.Equal(t, genai.Usage{Input: genai.Known(5), Output: genai.Known(1), Source: genai.UsageEstimated}, call.Usage)
}

// Arguments may have members of any name.
func TestEndOfAnAnswerThatIsNotAllCopied(t *testing.T) {
	body := result[:len(`{"model_instance_id":"openai/gpt-oss-20b","output":[{"type":"reasoning","content":"Need`)]
	tail := `ing"},{"type":"tool_call","tool":"f","arguments":{"usage":{"input_tokens":1},"stats":{"total_output_tokens":2}}}],` +
		`"stats":{"input_tokens":329,"total_output_tokens":268,"reasoning_output_tokens":5},"response_id":"resp_02b2"}`
	for _, form := range [][2]string{{body, tail}, {"event: reasoning.delta\ndata: {\"type\":\"reasoning.delta\",\"content\":\"Need\"}\n\n", tail + "}\n\n"}} {
		x := answered(200, asked, form[0])
		x.Response.Truncated, x.Response.Tail, x.Response.Size = true, []byte(form[1]), 1<<20
		call := decode(t, x)
		require.Equal(t, []any{genai.Known(329), genai.Known(268), "resp_02b2", genai.OutcomeOK}, []any{call.Usage.Input, call.Usage.Output, call.ResponseID, call.Outcome})
		require.Equal(t, "Need", call.Detail.Choices[0].Reasoning)
	}
}

// All of the text is known of a stream of which the end was copied.
func TestEndOfAStreamThatIsNotAllCopied(t *testing.T) {
	x := answered(200, asked, wiretest.NamedEvents(streamed[:10]...))
	x.Response.Truncated, x.Response.Size = true, 1<<20
	x.Response.Tail = []byte("half\"}\n\n" + wiretest.NamedEvents(streamed[len(streamed)-2], chatEnd))
	call := decode(t, x)
	require.Equal(t, "Let me see.The current top model is...", call.Detail.Choices[0].Text)
	require.Equal(t, genai.Known(268), call.Usage.Output)
	require.True(t, call.Detail.Done)
}

func TestAsksChat(t *testing.T) {
	f := func(want bool, body string) {
		t.Helper()
		require.Equal(t, want, AsksChat(&exchange.Message{Body: []byte(body)}))
	}
	f(true, asked)
	f(true, `{"input":[]}`)
	f(false, `{"model":"m","message":"a"}`)
	f(false, `{"messages":[{"input":"a"}]}`)
	f(true, "\ufeff"+asked)
	f(false, ``)
	require.True(t, AsksChat(&exchange.Message{Body: []byte(`{"integrations":["a`), Truncated: true}))
	require.True(t, AsksChat(&exchange.Message{Header: exchange.Header("Content-Encoding: gzip\r\n"), Body: []byte("\x1f\x8b")}))
}

func TestMemoryOfLargeListsIsInProportion(t *testing.T) {
	wiretest.LargeRequest(t, DecodeChat, `{"input":[`, `{"type":"text","content":"a"}`, `]}`)
	wiretest.LargeRequest(t, DecodeChat, `{"integrations":[`, `{}`, `]}`)
	wiretest.LargeAnswer(t, DecodeChat, `{"output":[`, `{}`, `]}`)
	wiretest.LargeAnswer(t, DecodeChat, `{"output":[`, `{"type":"tool_call"}`, `]}`)
	wiretest.LargeAnswer(t, DecodeChat, `{"output":[{"type":"tool_call","arguments":{`, `"":1`, `}}]}`)
	wiretest.LargeStream(t, DecodeChat, `{"type":"tool_call.start"}`)
	wiretest.LargeStream(t, DecodeChat, `{"type":"chat.end","result":{"output":[{"type":"tool_call"}]}}`)
}
