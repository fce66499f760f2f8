package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const failedEvent = `{"type":"response.failed","sequence_number":#,"response":{"id":"r1","object":"response","model":"qwen","status":"failed",` +
	`"error":{"code":"server_error","message":"out of memory"},"output":[]}}`

var keepAlive = namedEvents(`{"type":"keepalive","sequence_number":#}`)

const encryptedAsked = `"include":["reasoning.encrypted_content"],"store":false`

// reasoned puts an item of reasoning, which has these members, before what a response answers.
func reasoned(members string) edit {
	return func(text string) (string, bool) {
		counted, ok := once(`"output_tokens_details":{}`, `"output_tokens_details":{"reasoning_tokens":2}`)(text)
		changed, also := once(`"completed","output":[`, `"completed","output":[{"id":"t1","type":"reasoning",`+members+`},`)(counted)
		return changed, ok && also
	}
}

// responsesDeviations are of the events of a response.
var responsesDeviations = []deviation{
	{"responses.event_name_mismatch", "responses stream", "", nil, []edit{once("event: response.created\n", "")}},
	{"responses.event_name_mismatch", "responses stream", "", nil, []edit{once("event: response.created\n", "event: created\n")}},
	{"responses.no_sequence_number", "responses stream, responses call stream", "", nil, []edit{once(`"sequence_number":#,`, ``)}},
	{"responses.sequence_gap", "responses stream", "", nil, []edit{once(`"sequence_number":#`, `"sequence_number":7`)}},
	{"responses.no_output_index", "responses stream, responses call stream", "", nil, []edit{all(`"output_index":0,"item_id"`, `"item_id"`)}},
	{"responses.no_content_index", "responses stream", "", nil, []edit{all(`"content_index":0,`, ``)}},
	{"responses.no_item_id", "responses stream, responses call stream", "", nil, []edit{once(`"item_id"`, `"item"`)}},
	{"responses.first_not_created", "responses stream", "", nil, []edit{drop("response.created")}},
	{"responses.terminal_count stream.premature_close", "responses stream", "", nil, []edit{drop("response.completed")}},
	{"responses.event_after_terminal responses.terminal_count", "responses stream", "", nil, []edit{atEvent("response.completed", twice)}},
	{"responses.event_after_terminal", "responses stream", "", nil, []edit{appended(namedEvents(
		`{"type":"response.in_progress","sequence_number":#,"response":{"id":"r1","object":"response","model":"qwen","status":"completed"}}`))}},
	{"responses.item_never_done", "responses stream, responses call stream", "", nil, []edit{drop("response.output_item.done")}},
	{"responses.done_without_added", "responses stream, responses call stream", "", nil, []edit{drop("response.output_item.added")}},
	{"responses.done_without_added", "responses stream", "", nil, []edit{drop("response.content_part.added")}},
	{"responses.part_never_done", "responses stream", "", nil, []edit{drop("response.content_part.done")}},
	{"responses.text_done_differs", "responses stream", "", nil, []edit{once(`"content_index":0,"text":"It is fine."`, `"content_index":0,"text":"It is."`)}},
	{"responses.args_done_differs", "responses call stream", "", nil, []edit{once(`"item_id":"f1","arguments":"{`, `"item_id":"f1","arguments":" {`)}},
	{"responses.text_done_differs", "responses stream", "", nil, []edit{once(`"content_index":0,"text":"It is fine."`, `"content_index":0,"text":""`)}},
	{"responses.text_done_differs", "responses thinking stream", "", nil, []edit{once(`"content_index":0,"text":"Hm."`, `"content_index":0,"text":""`)}},
	{"responses.args_done_differs", "responses call stream", "", nil, []edit{once(`"item_id":"f1","arguments":"{\"city\":\"Ulm\"}"`, `"item_id":"f1","arguments":""`)}},
	{"", "responses stream", "", nil, []edit{all(`"delta":"It is fine."`, `"delta":"It is fine.","text":""`)}}, // of a server that writes out all members
	{"responses.no_delta", "responses stream", "", nil, []edit{drop("response.output_text.delta")}},
	{"responses.no_delta", "responses call stream", "", nil, []edit{drop("response.function_call_arguments.delta")}},
	{"responses.args_done_missing", "responses call stream", "", nil, []edit{drop("response.function_call_arguments.done")}},
	{"responses.reasoning_done_missing", "responses thinking stream", "", nil, []edit{drop("response.reasoning_text.done")}},
	{"responses.final_output_differs", "responses stream", "", nil, []edit{once(`"completed","output":[`+messageItem+`]`, `"completed","output":[]`)}},
	{"responses.final_output_differs", "responses call stream", "", nil, []edit{once(`"completed","output":[`+callItem+`],`, `"completed",`)}},
	{"responses.final_output_differs", "responses stream", "", nil, []edit{atEvent("response.completed", changed(all("It is fine.", "It is.")))}},
	{"responses.final_output_differs", "responses call stream", "", nil, []edit{atEvent("response.completed", changed(all("Ulm", "Bonn")))}},
	{"responses.final_output_differs", "responses call stream", "", nil, []edit{atEvent("response.completed", changed(all("call_1", "call_7")))}},
	{"", "responses stream", "", nil, []edit{all(messageItem, `{"id":"m1","type":"tool_search_call","status":"completed","arguments":{"queries":["a"],"n":1}}`), // JSON itself
		atEvent("response.completed", changed(all(`{"queries":["a"],"n":1}`, `{ "n": 1, "queries": [ "a" ] }`))), drop("text.delta"), drop("text.done"), drop("part.done"), drop("part.added")}},
	{"responses.item_id_changes", "responses stream", "", nil, []edit{once(`"item_id":"m1","content_index":0,"delta"`, `"item_id":"m2","content_index":0,"delta"`)}},
	{"responses.unknown_event_type", "responses thinking stream", "", nil, []edit{before("response.reasoning_text.delta", namedEvents(
		`{"type":"response.reasoning_part.added","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"part":{"type":"reasoning_text","text":""}}`,
		`{"type":"response.reasoning_part.done","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"part":{"type":"reasoning_text","text":"Hm."}}`))}},
	{"", "responses stream", "", nil, []edit{before("response.completed", namedEvents(`{"type":"acme:trace","sequence_number":#}`))}},
	{"", "responses stream", "", nil, []edit{before("response.output_text.delta", keepAlive), before("response.created", keepAlive)}}, // OpenAI
	{"responses.first_not_created", "responses stream", "", nil, []edit{drop("response.created"), before("response.output_item.added", keepAlive)}},
	{"responses.sequence_gap", "responses stream", "", nil, []edit{before("response.output_text.delta", `event: keepalive
data: {"type":"keepalive","sequence_number":9}

`)}},
	{"", "responses stream", "", nil, []edit{all(`"output_index":0`, `"output_index":1`), before("response.output_item.added", namedEvents(
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"s1","type":"shell_call","status":"in_progress","call_id":"c"}}`,
		`{"type":"response.shell_call_command.added","sequence_number":#,"output_index":0,"command_index":0,"command":""}`,
		`{"type":"response.shell_call_command.delta","sequence_number":#,"output_index":0,"command_index":0,"delta":"ls"}`,
		`{"type":"response.shell_call_command.done","sequence_number":#,"output_index":0,"command_index":0,"command":"ls"}`,
		`{"type":"response.output_item.done","sequence_number":#,"output_index":0,"item":{"id":"s1","type":"shell_call","status":"completed","call_id":"c"}}`)),
		once(`"completed","output":[`, `"completed","output":[{"id":"s1","type":"shell_call","status":"completed","call_id":"c"},`)}},
	{"", "responses stream", "", nil, []edit{all(`"output_index":0`, `"output_index":1`), before("response.output_item.added", namedEvents(
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"c1","type":"compaction","encrypted_content":""}}`,
		`{"type":"response.compaction.compacting","sequence_number":#,"output_index":0,"item_id":"c1"}`,
		`{"type":"response.output_item.done","sequence_number":#,"output_index":0,"item":{"id":"c1","type":"compaction","encrypted_content":"e"}}`)),
		once(`"completed","output":[`, `"completed","output":[{"id":"c1","type":"compaction","encrypted_content":"e"},`)}},
	{"", "responses stream", "", nil, []edit{before("response.output_item.done", namedEvents( // a part without text
		`{"type":"response.content_part.added","sequence_number":#,"output_index":0,"item_id":"m1","content_index":1,"part":{"type":"output_text","text":""}}`,
		`{"type":"response.output_text.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":1,"text":""}`,
		`{"type":"response.content_part.done","sequence_number":#,"output_index":0,"item_id":"m1","content_index":1,"part":{"type":"output_text","text":""}}`)),
		all(`"text":"It is fine."}]}`, `"text":"It is fine."},{"type":"output_text","text":""}]}`)}},
	{"stream.id_changes", "responses stream", "", nil, []edit{once(`"id":"r1"`, `"id":"r0"`)}},
	{"responses.encrypted_reasoning_missing", "responses", encryptedAsked, inAnswer(reasoned(`"summary":[],"encrypted_content":"gAAA"`)), texts(`"encrypted_content":"gAAA"`, `"encrypted_content":null`)},
	{"responses.encrypted_reasoning_missing", "responses call", encryptedAsked, inAnswer(reasoned(`"summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAA"`)), texts(`,"encrypted_content":"gAAA"`, ``)},
	{"responses.encrypted_reasoning_missing", "responses thinking stream", encryptedAsked, inAnswer(all(`"content":[{"type":"reasoning_text"`, `"encrypted_content":"gAAA","content":[{"type":"reasoning_text"`)),
		texts(`"encrypted_content":"gAAA",`, ``)}, // noted: the text itself can be sent back
	{"", "responses, responses stream", encryptedAsked, nil, nil}, // there is no reasoning
	{"", "responses", "", inAnswer(reasoned(`"summary":[]`)), nil},
	{"responses.no_output_index", "responses stream, responses call stream", "", nil, []edit{all(`"output_index":0`, `"output_index":1`)}}, // it is the first of the output
	{"responses.done_without_added", "responses call stream", "", nil, []edit{once(`"call_id":"call_1"`, `"call_id":"call_0"`)}},
	{"responses.done_without_added", "responses call stream", "", nil, []edit{once(`"name":"weather"`, `"name":"clock"`)}},
	{"", "responses call stream", "", nil, []edit{once(`"call_id":"call_1","name":"weather"`, `"call_id":null`)}},
	{"responses.done_without_added responses.final_output_differs", "responses stream", "", nil, []edit{ // LiteLLM: of an item that is not told of
		drop("output_item.added"), drop("content_part.added"), drop("content_part.done"), drop("output_item.done")}},
	{"responses.done_without_added responses.final_output_differs", "responses stream", "", nil, []edit{before("response.completed", namedEvents(
		`{"type":"response.output_text.delta","sequence_number":#,"output_index":0,"item_id":"m1","content_index":0,"delta":" More."}`))}},
	{"responses.required_fields_null responses.no_delta", "responses stream", "", nil, []edit{once(`"delta":"It is fine."`, `"delta":null`)}},
	{"responses.required_fields_null", "responses stream", "", nil, []edit{once(`"type":"response.output_text.done",`, ``)}},
	{"responses.required_fields_null", "responses stream", "", nil, []edit{once(`"content_index":0,"text":"It is fine."`, `"content_index":0,"text":null`)}},
	{"responses.required_fields_null", "responses stream", "", nil, []edit{once(`,"part":{"type":"output_text","text":""}`, ``)}},
	{"responses.required_fields_null", "responses call stream", "", nil, []edit{once(`"item_id":"f1","arguments":"{\"city\":\"Ulm\"}"`, `"item_id":"f1"`)}},
	{"responses.args_done_differs", "responses call stream", "", nil, []edit{ // of a server that writes out members of other events
		once(`"item_id":"f1","arguments":"{\"city\":\"Ulm\"}"`, `"item_id":"f1","arguments":"{}","text":null`)}},
	{"", "responses call stream", "", nil, []edit{once(`"item_id":"f1","arguments":"{`, `"item_id":"f1","text":null,"arguments":"{`)}},
	{"responses.error_without_failed responses.terminal_count err.midstream", "responses stream", "", nil, []edit{atEvent("response.completed", by(namedEvents(
		`{"type":"error","sequence_number":#,"code":"server_error","message":"out of memory","param":null}`)))}},
	{"err.midstream", "responses stream", "", nil, []edit{atEvent("response.completed", by(namedEvents(
		`{"type":"error","sequence_number":#,"code":"server_error","message":"out of memory","param":null}`, failedEvent)))}},
	{"err.midstream_untyped err.midstream responses.terminal_count", "responses stream", "", nil, []edit{atEvent("response.completed", by(
		`data: {"error":{"code":500,"message":"out of memory","type":"server_error"}}`+"\n\n"))}},
}

func twice(event string) string { return event + event }

func by(event string) func(string) string { return func(string) string { return event } }

func changed(change edit) func(string) string {
	return func(event string) string {
		event, _ = change(event)
		return event
	}
}

// messagesDeviations are of the events of a message.
var messagesDeviations = []deviation{
	{"anthropic.first_not_message_start usage.missing", "messages stream", "", nil, []edit{drop("message_start")}}, // the input, too
	{"anthropic.block_overlap", "messages thinking stream", "", nil, []edit{drop("content_block_stop")}},
	{"anthropic.block_overlap", "messages stream, messages call stream", "", nil, []edit{drop("content_block_stop")}},
	{"anthropic.block_overlap", "messages stream, messages call stream", "", nil, []edit{drop("content_block_stop"), // only behind the stop reason
		before("message_stop", namedEvents(`{"type":"content_block_stop","index":0}`))}},
	{"anthropic.block_index_gap", "messages stream, messages call stream", "", nil, []edit{all(`"index":0`, `"index":1`)}},
	{"anthropic.delta_outside_block", "messages stream", "", nil, []edit{once(`"content_block_delta","index":0`, `"content_block_delta","index":3`)}},
	{"anthropic.delta_outside_block anthropic.block_index_gap", "messages two stream", "", nil, []edit{
		atEvent("input_json_delta", by("")), before("message_delta", namedEvents(
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Ulm\"}"}}`)),
		once(`"content_block_start","index":1`, `"content_block_start","index":4`), once(`"content_block_stop","index":1`, `"content_block_stop","index":4`)}},
	{"anthropic.delta_type_mismatch", "messages call stream", "", nil, []edit{before("content_block_stop", namedEvents(
		`{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}}`))}},
	{"anthropic.text_block_no_text", "messages stream", "", nil, []edit{once(`{"type":"text","text":""}`, `{"type":"text"}`)}},
	{"anthropic.tool_block_no_input", "messages call stream", "", nil, []edit{once(`,"input":{}`, ``)}},
	{"anthropic.no_message_stop", "messages stream, messages call stream", "", nil, []edit{drop("message_stop")}},
	{"anthropic.no_message_stop", "messages stream", "", nil, []edit{drop("message_stop"), before("message_delta", namedEvents(`{"type":"message_stop"}`))}},
	{"anthropic.no_message_delta", "messages stream", "", nil, []edit{once(`"stop_reason":"end_turn"`, `"stop_reason":null`)}},
	{"anthropic.thinking_without_signature", "messages thinking stream", "", nil, []edit{drop("signature_delta")}},
	{"anthropic.event_name_mismatch", "messages stream", "", nil, []edit{once("event: message_stop", "event: message_end")}},
	{"anthropic.event_name_mismatch", "messages stream", "", nil, []edit{once(`{"type":"message_stop"}`, `{}`)}},
	{"err.midstream", "messages stream", "", nil, []edit{drop("message_stop"), atEvent("message_delta", by(
		"event: error\n"+`data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`+"\n\n"))}},
	{"anthropic.error_unwrapped err.midstream_untyped err.midstream", "messages stream", "", nil, []edit{drop("message_stop"), atEvent("message_delta", by(
		"event: error\n"+`data: {"code":500,"message":"out of memory","type":"server_error"}`+"\n\n"))}},
}

// stopDeviations are of what messages say of the stop sequence that ended them.
var stopDeviations = []deviation{
	{"", "messages, messages stream", `"stop_sequences":["END"]`, inAnswer(once(`"stop_reason":"end_turn"`, `"stop_reason":"end_turn","stop_sequence":null`)), nil},
	{"anthropic.stop_sequence_mismatch", "messages, messages stream", `"stop_sequences":["END"]`,
		inAnswer(once(`"stop_reason":"end_turn"`, `"stop_reason":"stop_sequence","stop_sequence":"END"`)), []edit{once(`"END"`, `null`)}},
	{"anthropic.stop_sequence_mismatch", "messages, messages stream", `"stop_sequences":["END"]`,
		inAnswer(once(`"stop_reason":"end_turn"`, `"stop_reason":"end_turn","stop_sequence":""`)), []edit{once(`"stop_sequence":""`, `"stop_sequence":"END"`)}}, // llama.cpp
	{"anthropic.stop_sequence_mismatch", "messages, messages stream", "", nil, []edit{once(`"stop_reason":"end_turn"`, `"stop_reason":"stop_sequence"`)}},
	{"", "messages", "", nil, []edit{anew(`{"type":"completion","completion":"It is fine.","stop_reason":"stop_sequence","stop":"\n\nHuman:",` + // Claude 2
		`"usage":{"input_tokens":30,"output_tokens":5}}`)}},
}

// ollamaDeviations are of the lines of Ollama's own API.
var ollamaDeviations = []deviation{
	{"ollama.no_done_true stream.premature_close", "ollama stream, ollama call stream", "", nil, []edit{once(`"done":true`, `"done":false`)}},
	{"", "ollama loads, ollama loads stream", "", nil, nil},
	{"ollama.missing_counts", "ollama stream", "", nil, []edit{once(`"prompt_eval_count":30,`, ``)}},
	{"err.midstream", "ollama stream", "", nil, []edit{endAfter(`"done":false`), appended(`{"error":"an error was encountered while running the model"}` + "\n")}},
}

// Reasoning whose text is there is noted, as that can be sent back: in the form of the API, and in that of LiteLLM.
func TestReasoningThatIsOnlyTextIsNoted(t *testing.T) {
	for _, kind := range []string{"reasoning_text", "output_text"} {
		k := keeping["responses"].ask(encryptedAsked)
		k.edited([]edit{reasoned(`"summary":[],"content":[{"type":"` + kind + `","text":"Hm."}]`)})
		got := k.judged(t)
		require.Contains(t, got.Noted, "responses.encrypted_reasoning_missing", kind)
		require.Empty(t, got.Failed, kind)
	}
}
