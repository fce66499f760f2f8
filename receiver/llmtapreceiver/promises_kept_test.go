package llmtapreceiver

import (
	"strings"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

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

// namedEvents frames events whose names are their types.
var namedEvents = wiretest.NamedEvents

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

// keepingPlainly are exchanges with an answer of the text "It is fine." or the call weather({"city":"Ulm"}).
var keepingPlainly = map[string]kept{
	"chat": {path: "/v1/chat/completions", mediaType: jsonType, request: askChat, answer: `{"id":"c1","object":"chat.completion","created":1,"model":"qwen","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":"It is fine."},"finish_reason":"stop"}],` + usageOfChat + `}`},
	"chat call": {path: "/v1/chat/completions", mediaType: jsonType, request: askChat, answer: `{"id":"c1","object":"chat.completion","created":1,"model":"qwen","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}]},` +
		`"finish_reason":"tool_calls"}],` + usageOfChat + `}`},
	"chat stream": {path: "/v1/chat/completions", mediaType: sseType, request: askChatSSE, answer: chunks(
		`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`,
		`{"index":0,"delta":{"content":"It is fine."},"finish_reason":null}`, `{"index":0,"delta":{},"finish_reason":"stop"}`)},
	"chat call stream": {path: "/v1/chat/completions", mediaType: sseType, request: askChatSSE, answer: chunks(
		`{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}`,
		`{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}`,
		`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Ulm\"}"}}]},"finish_reason":null}`,
		`{"index":0,"delta":{},"finish_reason":"tool_calls"}`)},
	"responses":      {path: "/v1/responses", mediaType: jsonType, request: askResponses, answer: `{"id":"r1","object":"response","model":"qwen","status":"completed","output":[` + messageItem + `],` + usageOfResponse + `}`},
	"responses call": {path: "/v1/responses", mediaType: jsonType, request: askResponses, answer: `{"id":"r1","object":"response","model":"qwen","status":"completed","output":[` + callItem + `],` + usageOfResponse + `}`},
	"responses stream": {path: "/v1/responses", mediaType: sseType, request: streamAsked(askResponses), answer: eventsOfResponse(messageItem,
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"m1","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
		`{"type":"response.content_part.added","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"part":{"type":"output_text","text":""}}`,
		`{"type":"response.output_text.delta","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"delta":"It is fine."}`,
		`{"type":"response.output_text.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"text":"It is fine."}`,
		`{"type":"response.content_part.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"part":{"type":"output_text","text":"It is fine."}}`)},
	"responses call stream": {path: "/v1/responses", mediaType: sseType, request: streamAsked(askResponses), answer: eventsOfResponse(callItem,
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"f1","type":"function_call","status":"in_progress","call_id":"call_1","name":"weather","arguments":""}}`,
		`{"type":"response.function_call_arguments.delta","sequence_number":#,"output_index":0,"item_id":"f1","delta":"{\"city\":\"Ulm\"}"}`,
		`{"type":"response.function_call_arguments.done","sequence_number":#,"output_index":0,"item_id":"f1","arguments":"{\"city\":\"Ulm\"}"}`)},
	"messages": {path: "/v1/messages", mediaType: jsonType, request: askMessages, answer: `{"id":"m1","type":"message","role":"assistant","model":"qwen","content":[{"type":"text","text":"It is fine."}],` +
		`"stop_reason":"end_turn","usage":{"input_tokens":30,"output_tokens":5}}`},
	"messages call": {path: "/v1/messages", mediaType: jsonType, request: askMessages, answer: `{"id":"m1","type":"message","role":"assistant","model":"qwen","content":[{"type":"tool_use","id":"call_1",` +
		`"name":"weather","input":{"city":"Ulm"}}],"stop_reason":"tool_use","usage":{"input_tokens":30,"output_tokens":5}}`},
	"messages stream": {path: "/v1/messages", mediaType: sseType, request: streamAsked(askMessages), answer: eventsOfMessage("end_turn",
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is fine."}}`)},
	"messages call stream": {path: "/v1/messages", mediaType: sseType, request: streamAsked(askMessages), answer: eventsOfMessage("tool_use",
		`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"call_1","name":"weather","input":{}}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Ulm\"}"}}`)},
	"ollama":      {path: "/api/chat", mediaType: jsonType, request: `{"stream":false,` + askChat[1:], answer: `{"model":"qwen","message":{"role":"assistant","content":"It is fine."},` + usageOfOllama + `}`},
	"ollama call": {path: "/api/chat", mediaType: jsonType, request: `{"stream":false,` + askChat[1:], answer: `{"model":"qwen","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Ulm"}}}]},` + usageOfOllama + `}`},
	"ollama stream": {path: "/api/chat", mediaType: linesType, request: askChat, answer: `{"model":"qwen","message":{"role":"assistant","content":"It is fine."},"done":false}` + "\n" +
		`{"model":"qwen","message":{"role":"assistant","content":""},` + usageOfOllama + "}\n"},
	"ollama call stream": {path: "/api/chat", mediaType: linesType, request: askChat, answer: `{"model":"qwen","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Ulm"}}}]},"done":false}` + "\n" +
		`{"model":"qwen","message":{"role":"assistant","content":""},` + usageOfOllama + "}\n"},
}
