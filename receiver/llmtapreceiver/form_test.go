package llmtapreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// stream is an answer as lines of name and data; a line without name is only data.
type stream []string

func (s stream) body() []byte {
	var out strings.Builder
	for _, line := range s {
		if name, data, ok := strings.Cut(line, " {"); ok {
			out.WriteString("event: " + name + "\ndata: {" + data + "\n\n")
		} else {
			out.WriteString("data: " + line + "\n\n")
		}
	}
	return []byte(out.String())
}

const (
	chatHead  = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":`
	chatTail  = `,"finish_reason":null}]}`
	chatToolA = `{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}`
	chatArgsA = `{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`
	chatToolB = `{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}`
	chatEnd   = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`
	chatUsage = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}`
	chatAsked = `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}],` +
		`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}`
)

var chatEvents = stream{
	chatHead + `{"role":"assistant","content":""}` + chatTail, chatHead + chatToolA + chatTail, chatHead + chatArgsA + chatTail,
	chatHead + chatToolB + chatTail, chatEnd, chatUsage, `[DONE]`,
}

const responsesAsked = `{"model":"m","stream":true,"input":"Hi","tools":[{"type":"function","name":"f"}]}`

var responsesEvents = stream{
	`response.created {"type":"response.created","sequence_number":0,"response":{"id":"r","model":"m","status":"in_progress","output":[]}}`,
	`response.output_item.added {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"i","type":"message","content":[]}}`,
	`response.content_part.added {"type":"response.content_part.added","sequence_number":2,"output_index":0,"content_index":0,"item_id":"i","part":{"type":"output_text","text":""}}`,
	`response.output_text.delta {"type":"response.output_text.delta","sequence_number":3,"output_index":0,"content_index":0,"item_id":"i","delta":"Hello"}`,
	`response.output_text.done {"type":"response.output_text.done","sequence_number":4,"output_index":0,"content_index":0,"item_id":"i","text":"Hello"}`,
	`response.content_part.done {"type":"response.content_part.done","sequence_number":5,"output_index":0,"content_index":0,"item_id":"i","part":{"type":"output_text","text":"Hello"}}`,
	`response.output_item.done {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"id":"i","type":"message","content":[{"type":"output_text","text":"Hello"}]}}`,
	`response.output_item.added {"type":"response.output_item.added","sequence_number":7,"output_index":1,"item":{"id":"j","type":"function_call","call_id":"k","name":"f","arguments":""}}`,
	`response.function_call_arguments.delta {"type":"response.function_call_arguments.delta","sequence_number":8,"output_index":1,"item_id":"j","delta":"{}"}`,
	`response.function_call_arguments.done {"type":"response.function_call_arguments.done","sequence_number":9,"output_index":1,"item_id":"j","arguments":"{}"}`,
	`response.output_item.done {"type":"response.output_item.done","sequence_number":10,"output_index":1,"item":{"id":"j","type":"function_call","call_id":"k","name":"f","arguments":"{}"}}`,
	`response.completed {"type":"response.completed","sequence_number":11,"response":{"id":"r","model":"m","status":"completed","output":[{"id":"i","type":"message","content":[{"type":"output_text","text":"Hello"}]},` +
		`{"id":"j","type":"function_call","call_id":"k","name":"f","arguments":"{}"}],"usage":{"input_tokens":9,"output_tokens":9,"total_tokens":18,"input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":0}}}}`,
}

const messagesAsked = `{"model":"m","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}`

var messagesEvents = stream{
	`message_start {"type":"message_start","message":{"id":"m1","model":"m","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}`,
	`content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	`ping {"type":"ping"}`,
	`content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}`,
	`content_block_stop {"type":"content_block_stop","index":0}`,
	`content_block_start {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`,
	`content_block_delta {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`,
	`content_block_stop {"type":"content_block_stop","index":1}`,
	`message_delta {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}`,
	`message_stop {"type":"message_stop"}`,
}

func judged(t *testing.T, path, request string, answer stream) genai.Fidelity {
	t.Helper()
	d, _ := newDecoder()
	body := answer.body()
	call := d.call(&exchange.Exchange{
		Method: "POST", Target: path, Status: 200, Request: exchange.Message{Body: []byte(request), Size: int64(len(request))},
		Response: exchange.Message{Header: exchange.Header("content-type: text/event-stream\r\n"), Body: body, Size: int64(len(body))},
	})
	return call.Fidelity
}

// breaks changes the first occurrence of old in the stream and wants the checks to fail for it, and no others.
func (s stream) breaks(t *testing.T, path, request, old, by string, checks ...string) {
	t.Helper()
	changed := append(stream{}, s...)
	for i := range changed {
		if strings.Contains(changed[i], old) {
			if changed[i] = strings.Replace(changed[i], old, by, 1); changed[i] == "" {
				changed = append(changed[:i], changed[i+1:]...)
			}
			require.ElementsMatch(t, checks, judged(t, path, request, changed).Failed, "%s -> %s", old, by)
			return
		}
	}
	require.Fail(t, "the stream does not have "+old)
}

func TestChatForm(t *testing.T) {
	require.Empty(t, judged(t, "/v1/chat/completions", chatAsked, chatEvents).Failed)
	require.Empty(t, judged(t, "/v1/chat/completions", chatAsked, chatEvents).Noted)
	f := func(old, by string, checks ...string) {
		t.Helper()
		chatEvents.breaks(t, "/v1/chat/completions", chatAsked, old, by, checks...)
	}
	f(`[DONE]`, ``, "stream.no_done")
	f(`"id":"c"`, `"id":"d"`, "stream.id_changes")
	f(`chat.completion.chunk`, `chat.completion`, "stream.object_wrong")
	f(`"choices":[],`, ``, "stream.chunk_without_choices")
	f(`[{"index":0,"delta"`, `[{"delta"`, "stream.choice_index_missing")
	f(`{"index":1,"id":"b"`, `{"index":2,"id":"b"`, "tools.delta_index")
	f(`{"index":1,"id":"b"`, `{"index":0,"id":"b"`, "tools.delta_index")
	f(`{"index":1,"id":"b"`, `{"id":"b"`, "tools.delta_index")
	f(`"id":"b",`, ``, "tools.delta_first_incomplete", "tools.id_missing")
	f(`"finish_reason":"tool_calls"`, `"finish_reason":null`, "stream.no_finish_reason")
	f(`"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null`, `"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"tool_calls"`,
		"stream.delta_after_finish")
	f(`[DONE]`, `{"choices":[`, "stream.data_not_json", "stream.no_done")
}

func TestResponsesForm(t *testing.T) {
	whole := judged(t, "/v1/responses", responsesAsked, responsesEvents)
	require.Empty(t, whole.Failed)
	require.Empty(t, whole.Noted)
	f := func(old, by string, checks ...string) {
		t.Helper()
		responsesEvents.breaks(t, "/v1/responses", responsesAsked, old, by, checks...)
	}
	f(`response.created {`, `{`, "responses.event_name_mismatch")
	f(`"sequence_number":0,`, ``, "responses.no_sequence_number")
	f(`"sequence_number":4`, `"sequence_number":5`, "responses.sequence_gap")
	f(`"sequence_number":8,"output_index":1,`, `"sequence_number":8,`, "responses.no_output_index")
	f(`"sequence_number":3,"output_index":0,"content_index":0,`, `"sequence_number":3,"output_index":0,`, "responses.no_content_index")
	f(`"item_id":"i","delta"`, `"delta"`, "responses.no_item_id")
	f(responsesEvents[0], ``, "responses.first_not_created", "responses.sequence_gap")
	f(responsesEvents[6], ``, "responses.item_never_done", "responses.sequence_gap")
	f(responsesEvents[5], ``, "responses.part_never_done", "responses.sequence_gap")
	f(responsesEvents[2], ``, "responses.done_without_added", "responses.sequence_gap")
	f(responsesEvents[9], ``, "responses.args_done_missing", "responses.sequence_gap")
	f(`"item_id":"i","text":"Hello"`, `"item_id":"i","text":"Hallo"`, "responses.text_done_differs")
	f(`"item_id":"j","arguments":"{}"`, `"item_id":"j","arguments":"{} "`, "responses.args_done_differs")
	f(`"status":"completed","output":[{"id":"i","type":"message","content":[{"type":"output_text","text":"Hello"`,
		`"status":"completed","output":[{"id":"i","type":"message","content":[{"type":"output_text","text":"Hell"`, "responses.final_output_differs")
	f(`"item_id":"i","delta":"Hello"`, `"item_id":"i","delta":null`, "responses.required_fields_null")
}

func TestMessagesForm(t *testing.T) {
	whole := judged(t, "/v1/messages", messagesAsked, messagesEvents)
	require.Empty(t, whole.Failed)
	require.Empty(t, whole.Noted)
	f := func(old, by string, checks ...string) {
		t.Helper()
		messagesEvents.breaks(t, "/v1/messages", messagesAsked, old, by, checks...)
	}
	f(messagesEvents[0], ``, "anthropic.first_not_message_start")
	f(messagesEvents[4], ``, "anthropic.block_overlap")
	f(`"index":1,"content_block"`, `"index":2,"content_block"`, "anthropic.block_index_gap", "anthropic.delta_outside_block")
	f(`"type":"text_delta"`, `"type":"input_json_delta"`, "anthropic.delta_type_mismatch")
	f(`"type":"text","text":""`, `"type":"text"`, "anthropic.text_block_no_text")
	f(`,"input":{}`, ``, "anthropic.tool_block_no_input")
	f(messagesEvents[9], ``, "anthropic.no_message_stop")
	f(`message_stop {`, `message_end {`, "anthropic.event_name_mismatch")
}
