package llmtapreceiver

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// An exchange that keeps every promise, with an answer of the text "It is fine." or the call weather({"city":"Ulm"}).
type kept struct{ path, mediaType, request, answer string }

const (
	sseType   = "text/event-stream"
	jsonType  = "application/json"
	linesType = "application/x-ndjson"
	weather   = `"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}`

	chatTools      = `"tools":[{"type":"function","function":{"name":"weather","strict":true,` + weather + `}},{"type":"function","function":{"name":"clock"}}]`
	responsesTools = `"tools":[{"type":"function","name":"weather","strict":true,` + weather + `},{"type":"function","name":"clock"}]`
	askChat        = `{"model":"qwen","messages":[{"role":"user","content":"Hi"}],` + chatTools + `}`
	askChatSSE     = `{"model":"qwen","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}],` + chatTools + `}`
	askResponses   = `{"model":"qwen","input":[{"role":"user","content":"Hi"}],` + responsesTools + `}`
	askMessages    = `{"model":"qwen","messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"weather","strict":true,"input_schema":{"type":"object",` +
		`"properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}},{"name":"clock","input_schema":{"type":"object"}}]}`

	usageOfChat     = `"usage":{"prompt_tokens":30,"completion_tokens":5,"total_tokens":35,"prompt_tokens_details":{},"completion_tokens_details":{}}`
	usageOfResponse = `"usage":{"input_tokens":30,"output_tokens":5,"total_tokens":35,"input_tokens_details":{},"output_tokens_details":{}}`
	usageOfOllama   = `"done":true,"done_reason":"stop","prompt_eval_count":30,"eval_count":5`
	messageItem     = `{"id":"m1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"It is fine."}]}`
	callItem        = `{"id":"f1","type":"function_call","status":"completed","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Ulm\"}"}`
)

func streamAsked(request string) string { return `{"stream":true,` + request[1:] }

func chunks(choices ...string) string {
	var out strings.Builder
	for _, choice := range append(choices, "") {
		out.WriteString(`data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"qwen","choices":[` + choice + `]`)
		if choice == "" {
			out.WriteString("," + usageOfChat)
		}
		out.WriteString("}\n\n")
	}
	return out.String() + "data: [DONE]\n\n"
}

// namedEvents frames events whose names are their types; # stands for a sequence number.
func namedEvents(events ...string) string {
	var out strings.Builder
	for i, event := range events {
		_, kind, _ := strings.Cut(event, `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		out.WriteString("event: " + kind + "\ndata: " + strings.ReplaceAll(event, "#", strconv.Itoa(i)) + "\n\n")
	}
	return out.String()
}

func eventsOfResponse(item, before string, body ...string) string {
	response := `"response":{"id":"r1","object":"response","model":"qwen","status":`
	events := []string{`{"type":"response.created","sequence_number":#,` + response + `"in_progress","output":[]}}`, before}
	events = append(events, body...)
	return namedEvents(append(events,
		`{"type":"response.output_item.done","sequence_number":#,"output_index":0,"item":`+item+`}`,
		`{"type":"response.completed","sequence_number":#,`+response+`"completed","output":[`+item+`],`+usageOfResponse+`}}`)...)
}

func eventsOfMessage(stop string, block ...string) string {
	events := []string{`{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"qwen","content":[],"usage":{"input_tokens":30,"output_tokens":1}}}`}
	events = append(events, block...)
	return namedEvents(append(events, `{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"`+stop+`"},"usage":{"output_tokens":5}}`, `{"type":"message_stop"}`)...)
}

var keeping = map[string]kept{
	"chat": {"/v1/chat/completions", jsonType, askChat, `{"id":"c1","object":"chat.completion","created":1,"model":"qwen","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":"It is fine."},"finish_reason":"stop"}],` + usageOfChat + `}`},
	"chat call": {"/v1/chat/completions", jsonType, askChat, `{"id":"c1","object":"chat.completion","created":1,"model":"qwen","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}]},` +
		`"finish_reason":"tool_calls"}],` + usageOfChat + `}`},
	"chat stream": {"/v1/chat/completions", sseType, askChatSSE, chunks(
		`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`,
		`{"index":0,"delta":{"content":"It is fine."},"finish_reason":null}`, `{"index":0,"delta":{},"finish_reason":"stop"}`)},
	"chat call stream": {"/v1/chat/completions", sseType, askChatSSE, chunks(
		`{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}`,
		`{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}`,
		`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Ulm\"}"}}]},"finish_reason":null}`,
		`{"index":0,"delta":{},"finish_reason":"tool_calls"}`)},
	"responses": {"/v1/responses", jsonType, askResponses,
		`{"id":"r1","object":"response","model":"qwen","status":"completed","output":[` + messageItem + `],` + usageOfResponse + `}`},
	"responses call": {"/v1/responses", jsonType, askResponses,
		`{"id":"r1","object":"response","model":"qwen","status":"completed","output":[` + callItem + `],` + usageOfResponse + `}`},
	"responses stream": {"/v1/responses", sseType, streamAsked(askResponses), eventsOfResponse(messageItem,
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"m1","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
		`{"type":"response.content_part.added","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"part":{"type":"output_text","text":""}}`,
		`{"type":"response.output_text.delta","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"delta":"It is fine."}`,
		`{"type":"response.output_text.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"text":"It is fine."}`,
		`{"type":"response.content_part.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"part":{"type":"output_text","text":"It is fine."}}`)},
	"responses call stream": {"/v1/responses", sseType, streamAsked(askResponses), eventsOfResponse(callItem,
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"f1","type":"function_call","status":"in_progress","call_id":"call_1","name":"weather","arguments":""}}`,
		`{"type":"response.function_call_arguments.delta","sequence_number":#,"output_index":0,"item_id":"f1","delta":"{\"city\":\"Ulm\"}"}`,
		`{"type":"response.function_call_arguments.done","sequence_number":#,"output_index":0,"item_id":"f1","arguments":"{\"city\":\"Ulm\"}"}`)},
	"messages": {"/v1/messages", jsonType, askMessages, `{"id":"m1","type":"message","role":"assistant","model":"qwen","content":[{"type":"text","text":"It is fine."}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":30,"output_tokens":5}}`},
	"messages call": {"/v1/messages", jsonType, askMessages, `{"id":"m1","type":"message","role":"assistant","model":"qwen","content":[{"type":"tool_use","id":"call_1",` +
		`"name":"weather","input":{"city":"Ulm"}}],"stop_reason":"tool_use","usage":{"input_tokens":30,"output_tokens":5}}`},
	"messages stream": {"/v1/messages", sseType, streamAsked(askMessages), eventsOfMessage("end_turn",
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is fine."}}`)},
	"messages call stream": {"/v1/messages", sseType, streamAsked(askMessages), eventsOfMessage("tool_use",
		`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"call_1","name":"weather","input":{}}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Ulm\"}"}}`)},
	"ollama": {"/api/chat", jsonType, `{"stream":false,` + askChat[1:],
		`{"model":"qwen","message":{"role":"assistant","content":"It is fine."},` + usageOfOllama + `}`},
	"ollama call": {"/api/chat", jsonType, `{"stream":false,` + askChat[1:],
		`{"model":"qwen","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Ulm"}}}]},` + usageOfOllama + `}`},
	"ollama stream": {"/api/chat", linesType, askChat, `{"model":"qwen","message":{"role":"assistant","content":"It is fine."},"done":false}` + "\n" +
		`{"model":"qwen","message":{"role":"assistant","content":""},` + usageOfOllama + "}\n"},
	"ollama call stream": {"/api/chat", linesType, askChat,
		`{"model":"qwen","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Ulm"}}}]},"done":false}` + "\n" +
			`{"model":"qwen","message":{"role":"assistant","content":""},` + usageOfOllama + "}\n"},
}

func (k kept) verdicts(t *testing.T) []string {
	t.Helper()
	d, _ := newDecoder()
	call := d.call(&exchange.Exchange{
		Method: "POST", Target: k.path, Status: 200, Upstream: "u",
		Request:  exchange.Message{Body: []byte(k.request), Size: int64(len(k.request))},
		Response: exchange.Message{Header: exchange.Header("Content-Type: " + k.mediaType + "\r\n"), Body: []byte(k.answer), Size: int64(len(k.answer))},
	})
	f := &call.Fidelity
	out := slices.Concat(f.Failed, f.Suspected, f.Noted)
	slices.Sort(out)
	return out
}

// change replaces texts of the answer; each must be there.
func (k kept) change(t *testing.T, edits []string) kept {
	t.Helper()
	for i := 0; i < len(edits); i += 2 {
		from, to := edits[i], edits[i+1]
		require.Contains(t, k.answer, from)
		k.answer = strings.ReplaceAll(k.answer, from, to)
	}
	return k
}

func TestKeptPromises(t *testing.T) {
	for name, k := range keeping {
		require.Empty(t, k.verdicts(t), name)
	}
}

// ask adds members to the request.
func (k kept) ask(members string) kept {
	if members != "" {
		k.request = "{" + members + "," + k.request[1:]
	}
	return k
}

// A promise of several APIs, with what each API's request asks for it by; an API that has no such thing is left out.
type breach struct {
	checks string // that fail
	call   bool   // the answer is the tool call
	asks   map[string]string
	edits  []string
}

// everywhere says that nothing needs to be asked.
var everywhere = map[string]string{"chat": "", "responses": "", "messages": "", "ollama": ""}

const schemaOfCity = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`

// wantsJSON asks for JSON by a schema.
var wantsJSON = map[string]string{
	"chat":      `"response_format":{"type":"json_schema","json_schema":{"name":"c","strict":true,"schema":` + schemaOfCity + `}}`,
	"responses": `"text":{"format":{"type":"json_schema","name":"c","strict":true,"schema":` + schemaOfCity + `}}`,
	"messages":  `"output_config":{"format":{"type":"json_schema","schema":` + schemaOfCity + `}}`,
	"ollama":    `"format":` + schemaOfCity,
}

var breaches = []breach{
	{"tools.raw_markup", false, everywhere, []string{"It is fine.", `<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}</tool_call>`}},
	{"tools.prose_json_call", false, everywhere, []string{"It is fine.", `{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}`}},
	{"tools.control_token_leak", false, everywhere, []string{"It is fine.", "It is fine.<|im_end|>"}},
	{"tools.control_token_leak tools.name_not_offered", true, everywhere, []string{`"weather"`, `"<|channel|>json"`}},
	{"tools.name_not_offered", true, everywhere, []string{`"weather"`, `"news"`}},
	{"tools.choice_required_violated", false, map[string]string{
		"chat": `"tool_choice":"required"`, "responses": `"tool_choice":"required"`, "messages": `"tool_choice":{"type":"any"}`,
	}, nil},
	{"tools.choice_named_violated", false, map[string]string{
		"chat":      `"tool_choice":{"type":"function","function":{"name":"weather"}}`,
		"responses": `"tool_choice":{"type":"function","name":"weather"}`, "messages": `"tool_choice":{"type":"tool","name":"weather"}`,
	}, nil},
	{"tools.choice_named_violated", true, map[string]string{
		"chat":      `"tool_choice":{"type":"function","function":{"name":"clock"}}`,
		"responses": `"tool_choice":{"type":"function","name":"clock"}`, "messages": `"tool_choice":{"type":"tool","name":"clock"}`,
	}, nil},
	{"tools.choice_none_violated", true, map[string]string{
		"chat": `"tool_choice":"none"`, "responses": `"tool_choice":"none"`, "messages": `"tool_choice":{"type":"none"}`,
	}, nil},
	{"tools.allowed_tools_violated", true, map[string]string{
		"chat":      `"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"clock"}}]}}`,
		"responses": `"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"clock"}]}`,
	}, nil},
	{"tools.choice_required_violated", false, map[string]string{
		"chat":      `"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"clock"}}]}}`,
		"responses": `"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"clock"}]}`,
	}, nil},
	{"tools.lost_output", false, everywhere, []string{"It is fine.", ""}},
	{"tools.args_not_json", true, map[string]string{"chat": "", "responses": ""}, []string{`{\"city\":\"Ulm\"}`, `{\"city\":`}},
	{"tools.args_not_object", true, map[string]string{"chat": "", "responses": ""}, []string{`{\"city\":\"Ulm\"}`, `[]`}},
	{"tools.args_double_encoded", true, map[string]string{"chat": "", "responses": ""},
		[]string{`{\"city\":\"Ulm\"}`, `\"{\\\"city\\\":1}\"`}},
	{"tools.args_schema_invalid", true, map[string]string{"chat": "", "responses": ""}, []string{`{\"city\":\"Ulm\"}`, `{\"town\":\"Ulm\"}`}},
	{"tools.finish_mismatch", true, map[string]string{"chat": ""}, []string{`"finish_reason":"tool_calls"`, `"finish_reason":"stop"`}},
	{"tools.finish_mismatch", true, map[string]string{"messages": ""}, []string{`"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`}},
	{"tools.finish_without_calls", false, map[string]string{"chat": ""}, []string{`"finish_reason":"stop"`, `"finish_reason":"tool_calls"`}},
	{"tools.finish_without_calls", false, map[string]string{"messages": ""}, []string{`"stop_reason":"end_turn"`, `"stop_reason":"tool_use"`}},
	{"tools.id_missing", true, map[string]string{"messages": ""}, []string{`"id":"call_1",`, ``}},
	{"tools.id_missing", true, map[string]string{"responses": ""}, []string{`"call_id":"call_1",`, ``}},
	{"structured.not_json", false, wantsJSON, nil},
	{"structured.fenced structured.not_json", false, wantsJSON, []string{"It is fine.", "```json\\n{\\\"city\\\":\\\"Ulm\\\"}\\n```"}},
	{"structured.not_json structured.trailing_text", false, wantsJSON, []string{"It is fine.", `{\"city\":\"Ulm\"} There.`}},
	{"structured.duplicate_keys", false, wantsJSON, []string{"It is fine.", `{\"city\":\"Ulm\",\"city\":\"Bonn\"}`}},
	{"structured.nan structured.not_json", false, wantsJSON, []string{"It is fine.", `{\"city\":NaN}`}},
	{"structured.schema_invalid", false, wantsJSON, []string{"It is fine.", `{\"city\":7}`}},
	{"structured.enum_choice", false, map[string]string{"chat": `"guided_choice":["yes","no"]`}, nil},
	{"structured.enum_choice", false, map[string]string{"chat": `"structured_outputs":{"choice":["yes","no"]}`}, nil},
	{"structured.regex", false, map[string]string{"chat": `"structured_outputs":{"regex":"[0-9]+"}`}, nil},
	{"usage.total_mismatch", false, map[string]string{"chat": "", "responses": ""}, []string{`"total_tokens":35`, `"total_tokens":36`}},
	{"usage.zero", false, map[string]string{"chat": ""}, []string{`"completion_tokens":5`, `"completion_tokens":0`, `"total_tokens":35`, `"total_tokens":30`}},
	{"usage.zero", false, map[string]string{"messages": ""}, []string{`"output_tokens":5`, `"output_tokens":0`}},
	{"usage.zero", false, map[string]string{"responses": ""}, []string{`"output_tokens":5`, `"output_tokens":0`, `"total_tokens":35`, `"total_tokens":30`}},
	{"usage.cached_gt_prompt", false, map[string]string{"chat": ""}, []string{`"prompt_tokens_details":{}`, `"prompt_tokens_details":{"cached_tokens":31}`}},
	{"usage.cached_gt_prompt", false, map[string]string{"responses": ""}, []string{`"input_tokens_details":{}`, `"input_tokens_details":{"cached_tokens":31}`}},
	{"usage.completion_gt_max", false, map[string]string{
		"chat": `"max_tokens":4`, "responses": `"max_output_tokens":4`, "messages": `"max_tokens":4`, "ollama": `"options":{"num_predict":4}`,
	}, nil},
	{"usage.details_missing", false, map[string]string{"responses": ""}, []string{`,"output_tokens_details":{}`, ``}},
	{"chat.n_mismatch", false, map[string]string{"chat": `"n":2`}, nil},
	{"chat.logprobs_ignored", false, map[string]string{"chat": `"logprobs":true`}, nil},
	{"chat.stop_string_in_output", false, map[string]string{
		"chat": `"stop":["fine"]`, "messages": `"stop_sequences":["fine"]`, "ollama": `"options":{"stop":["fine"]}`,
	}, nil},
	{"reasoning.think_tag_in_content", false, everywhere, []string{"It is fine.", "<think>Hm.</think>It is fine."}},
	{"reasoning.think_tag_in_content", false, everywhere, []string{"It is fine.", "Hm.</think>It is fine."}},
	{"state.previous_response_id_ignored state.previous_response_unknown_accepted", false, map[string]string{"responses": `"previous_response_id":"r0"`}, nil},
	{"stream.replacement_char", false, everywhere, []string{"It is fine.", "It is \ufffd."}},
}

// Whoever breaks a promise breaks it in every API that has it, plain and streamed, and no other one.
func TestBrokenPromises(t *testing.T) {
	for _, b := range breaches {
		for api, members := range b.asks {
			for _, form := range []string{"", " stream"} {
				name := api + form
				if b.call {
					name = api + " call" + form
				}
				k := keeping[name].ask(members)
				k = k.change(t, b.edits)
				require.Equal(t, strings.Fields(b.checks), k.verdicts(t), "%s: %s %v", name, members, b.edits)
			}
		}
	}
}
