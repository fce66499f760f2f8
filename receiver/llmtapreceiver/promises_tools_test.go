package llmtapreceiver

import "strings"

const notParallel = `"parallel_tool_calls":false`

// calledBefore says that the same question was answered with a call before.
func calledBefore(k *kept) {
	other := keeping["chat call"]
	other.edited(texts(`"c1"`, `"c0"`))
	k.before = []kept{other}
}

// saidBefore puts a call with the id given, and its result, into the messages of a request of chat completions.
func saidBefore(call, result string) func(*kept) {
	return func(k *kept) {
		k.request = strings.Replace(k.request, `"messages":[`, `"messages":[{"role":"user","content":"?"},{"role":"assistant","tool_calls":[`+
			`{"id":"`+call+`","type":"function","function":{"name":"clock","arguments":"{}"}}]},{"role":"tool","tool_call_id":"`+result+`","content":"5"},`, 1)
	}
}

// resultOf puts an item and the result of a call into the input of a request of responses.
func resultOf(item string) func(*kept) {
	return func(k *kept) {
		k.request = strings.Replace(k.request, `"input":[`, `"input":[`+item+`,{"type":"function_call_output","call_id":"call_0","output":"5"},`, 1)
	}
}

// toolDeviations are of tool calls in one API, and of their parts in streams.
var toolDeviations = []deviation{
	{"tools.parallel_violated", "chat two, chat two stream, responses two", notParallel, nil, nil},
	{"tools.parallel_violated", "messages two, messages two stream", `"tool_choice":{"type":"auto","disable_parallel_tool_use":true}`, nil, nil},
	{"", "chat call, chat call stream, responses call", notParallel, nil, nil},
	{"", "chat call, chat call stream, responses call", `"tool_choice":"required"`, nil, nil},
	{"", "messages call, messages call stream", `"tool_choice":{"type":"any"}`, nil, nil},
	{"", "chat call, chat call stream", `"tool_choice":{"type":"function","function":{"name":"weather"}}`, nil, nil},
	{"", "chat, chat stream, responses", `"tool_choice":"none"`, nil, nil},
	{"", "responses call", `"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"weather"}]}`, nil, nil},
	{"tools.choice_required_violated", "responses", `"tool_choice":"required"`, inAnswer( // reasoning that nobody can read is no call
		once(`"output":[`, `"output":[{"id":"t1","type":"reasoning","summary":[],"encrypted_content":"AA"},`)), nil},
	{"", "chat, chat stream", `"tool_choice":"required"`, inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"model_length"`)), nil},
	{"", "chat, chat stream", `"tool_choice":"required"`, inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"repetition"`)), nil},
	{"", "chat, chat stream", `"tool_choice":"required"`, inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"canceled"`)), nil},
	{"", "chat, chat stream", `"tool_choice":"required"`, inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"parse_error"`)), nil},
	{"", "chat, chat stream", `"tool_choice":"required"`, inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"content_filter: SAFETY"`)), nil},
	{"tools.delta_index", "chat call stream", "", nil, []edit{ // LocalAI
		once(`{"index":0,"function"`, `{"index":1,"id":"call_1","type":"function","function"`), once(`"function":{"arguments":"{`, `"function":{"name":"weather","arguments":"{`)}},
	{"", "chat call, chat call stream", `"tool_choice":{"type":"function","function":{"name":"weather"}}`, inAnswer(once(`"finish_reason":"tool_calls"`, `"finish_reason":"stop"`)), nil}, // OpenAI
	{"tools.finish_mismatch", "messages call, messages call stream", "", nil, []edit{once(`"stop_reason":"tool_use"`, `"stop_reason":"tool_calls"`)}},                                     // OpenAI's word
	{"tools.finish_mismatch", "chat call, chat call stream", "", nil, []edit{once(`"finish_reason":"tool_calls"`, `"finish_reason":"tool_use"`)}},                                         // Anthropic's
	{"", "chat call", "", inAnswer(once(`"finish_reason":"tool_calls"`, `"finish_reason":"function_call"`)), nil},
	{"tools.id_duplicate", "chat two, chat two stream, responses two, messages two", "", nil, []edit{all("call_2", "call_1")}},
	{"tools.id_missing", "chat call", "", nil, []edit{once(`"id":"call_1"`, `"id":""`)}},
	{"tools.id_reused_across_turns", "chat call, chat call stream", "", saidBefore("call_0", "call_0"), []edit{once("call_1", "call_0")}},
	{"tools.result_unknown_call_id", "chat, chat stream", "", saidBefore("call_0", "call_9"), nil},
	{"", "chat, chat stream", "", saidBefore("call_0", "call_0"), nil},
	{"tools.result_unknown_call_id", "responses, responses stream", `"conversation":null`, resultOf(`{"role":"user","content":"?"}`), nil},
	{"", "responses, responses stream", `"conversation":"conv_1"`, func(k *kept) {
		resultOf(`{"role":"user","content":"?"}`)(k)
		k.edited([]edit{echoing(`"conversation":{"id":"conv_1"}`)})
	}, nil},
	{"", "responses, responses stream", "", resultOf(`{"type":"item_reference","id":"fc_1"}`), nil},
	{"", "responses, responses stream", "", func(k *kept) {
		resultOf(`{"type":"item_reference","id":"fc_1"}`)(k)
		k.request = strings.TrimSuffix(k.request, "}") + `,"conversation":null}`
	}, nil},
	{"tools.arguments_type", "chat call", "", nil, []edit{once(`"{\"city\":\"Ulm\"}"`, `{"city":"Ulm"}`)}},
	{"tools.arguments_type", "chat call stream", "", nil, []edit{once(`"{\"city\":\"Ulm\"}"`, `{"city":"Ulm"}`)}},
	{"tools.arguments_type", "ollama call, ollama call stream", "", nil, []edit{once(`{"city":"Ulm"}`, `"{\"city\":\"Ulm\"}"`)}},
	{"tools.only_reasoning", "messages thinking stream", "", nil, []edit{once("It is fine.", "")}},
	{"tools.stream_parity tools.raw_markup", "chat stream", "", calledBefore, []edit{
		once("It is fine.", `<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}</tool_call>`)}},
	{"tools.strict_silently_dropped", "responses, responses stream", "", nil, []edit{
		all(`"status":"completed","output"`, `"tools":[{"type":"function","name":"weather","strict":false}],"status":"completed","output"`)}},

	{"tools.delta_index", "chat call stream", "", nil, []edit{all(`"tool_calls":[{"index":0,`, `"tool_calls":[{`)}}, // noted, of one call
	{"tools.delta_index", "chat two stream", "", nil, []edit{all(`"tool_calls":[{"index":0,`, `"tool_calls":[{`)}},
	{"tools.delta_index", "chat two stream", "", nil, []edit{once(`{"index":1,"id"`, `{"index":2,"id"`)}},
	{"tools.delta_index tools.delta_repeats_id_name", "chat two stream", "", nil, []edit{once(`{"index":1,"id"`, `{"index":0,"id"`)}},
	{"tools.delta_first_incomplete", "chat call stream", "", nil, []edit{ // the name comes in the second part
		once(`"name":"weather","arguments":""`, `"arguments":""`), once(`"function":{"arguments":"{\"`, `"function":{"name":"weather","arguments":"{\"`)}},
	{"tools.delta_first_incomplete tools.id_missing", "chat call stream", "", nil, []edit{once(`"id":"call_1",`, ``)}},
	{"tools.delta_first_incomplete", "chat call stream", "", nil, []edit{once(`"type":"function",`, ``)}}, // noted, as Mistral has none
	{"tools.delta_repeats_id_name", "chat call stream", "", nil, []edit{
		once(`{"index":0,"function":{"arguments"`, `{"index":0,"id":"call_1","function":{"name":"weather","arguments"`)}},
}
