package llmtapreceiver

// A promise of several APIs, with what each API's request asks for it by; an API that has no such thing is left out.
type breach struct {
	checks string // that fail
	call   bool   // the answer is the tool call
	asks   map[string]string
	edits  []edit
}

func texts(pairs ...string) (edits []edit) {
	for i := 0; i < len(pairs); i += 2 {
		edits = append(edits, all(pairs[i], pairs[i+1]))
	}
	return edits
}

// exchange names one in keeping, and what its request asks for.
type asked struct{ of, asks string }

// exchanges gives the plain and the streamed exchange of each API.
func (b *breach) exchanges() (list []asked) {
	for api, members := range b.asks {
		if b.call {
			api += " call"
		}
		list = append(list, asked{api, members}, asked{api + " stream", members})
	}
	return list
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
	{"tools.raw_markup", false, everywhere, texts("It is fine.", `<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}</tool_call>`)},
	{"tools.prose_json_call", false, everywhere, texts("It is fine.", `{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}`)},
	{"tools.control_token_leak", false, everywhere, texts("It is fine.", "It is fine.<|im_end|>")},
	{"tools.control_token_leak tools.name_not_offered", true, everywhere, texts(`"weather"`, `"<|channel|>json"`)},
	{"tools.name_not_offered", true, everywhere, texts(`"weather"`, `"news"`)},
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
	{"tools.lost_output", false, everywhere, texts("It is fine.", "")},
	{"tools.args_not_json", true, map[string]string{"chat": "", "responses": ""}, texts(`{\"city\":\"Ulm\"}`, `{\"city\":`)},
	{"tools.args_not_object", true, map[string]string{"chat": "", "responses": ""}, texts(`{\"city\":\"Ulm\"}`, `[]`)},
	{"tools.args_double_encoded", true, map[string]string{"chat": "", "responses": ""},
		texts(`{\"city\":\"Ulm\"}`, `\"{\\\"city\\\":1}\"`)},
	{"tools.args_schema_invalid", true, map[string]string{"chat": "", "responses": ""}, texts(`{\"city\":\"Ulm\"}`, `{\"town\":\"Ulm\"}`)},
	{"tools.finish_mismatch", true, map[string]string{"chat": ""}, texts(`"finish_reason":"tool_calls"`, `"finish_reason":"stop"`)},
	{"tools.finish_mismatch", true, map[string]string{"messages": ""}, texts(`"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`)},
	{"tools.finish_without_calls", false, map[string]string{"chat": ""}, texts(`"finish_reason":"stop"`, `"finish_reason":"tool_calls"`)},
	{"tools.finish_without_calls", false, map[string]string{"messages": ""}, texts(`"stop_reason":"end_turn"`, `"stop_reason":"tool_use"`)},
	{"tools.id_missing", true, map[string]string{"messages": ""}, texts(`"id":"call_1",`, ``)},
	{"tools.id_missing", true, map[string]string{"responses": ""}, texts(`"call_id":"call_1",`, ``)},
	{"structured.not_json", false, wantsJSON, nil},
	{"structured.fenced structured.not_json", false, wantsJSON, texts("It is fine.", "```json\\n{\\\"city\\\":\\\"Ulm\\\"}\\n```")},
	{"structured.not_json structured.trailing_text", false, wantsJSON, texts("It is fine.", `{\"city\":\"Ulm\"} There.`)},
	{"structured.duplicate_keys", false, wantsJSON, texts("It is fine.", `{\"city\":\"Ulm\",\"city\":\"Bonn\"}`)},
	{"structured.nan structured.not_json", false, wantsJSON, texts("It is fine.", `{\"city\":NaN}`)},
	{"structured.schema_invalid", false, wantsJSON, texts("It is fine.", `{\"city\":7}`)},
	{"structured.enum_choice", false, map[string]string{"chat": `"guided_choice":["yes","no"]`}, nil},
	{"structured.enum_choice", false, map[string]string{"chat": `"structured_outputs":{"choice":["yes","no"]}`}, nil},
	{"structured.regex", false, map[string]string{"chat": `"structured_outputs":{"regex":"[0-9]+"}`}, nil},
	{"usage.total_mismatch", false, map[string]string{"chat": "", "responses": ""}, texts(`"total_tokens":35`, `"total_tokens":36`)},
	{"usage.zero", false, map[string]string{"chat": ""}, texts(`"completion_tokens":5`, `"completion_tokens":0`, `"total_tokens":35`, `"total_tokens":30`)},
	{"usage.zero", false, map[string]string{"messages": ""}, texts(`"output_tokens":5`, `"output_tokens":0`)},
	{"usage.zero", false, map[string]string{"responses": ""}, texts(`"output_tokens":5`, `"output_tokens":0`, `"total_tokens":35`, `"total_tokens":30`)},
	{"usage.cached_gt_prompt", false, map[string]string{"chat": ""}, texts(`"prompt_tokens_details":{}`, `"prompt_tokens_details":{"cached_tokens":31}`)},
	{"usage.cached_gt_prompt", false, map[string]string{"responses": ""}, texts(`"input_tokens_details":{}`, `"input_tokens_details":{"cached_tokens":31}`)},
	{"usage.completion_gt_max", false, map[string]string{
		"chat": `"max_tokens":4`, "responses": `"max_output_tokens":4`, "messages": `"max_tokens":4`, "ollama": `"options":{"num_predict":4}`,
	}, nil},
	{"usage.details_missing", false, map[string]string{"responses": ""}, texts(`,"output_tokens_details":{}`, ``)},
	{"chat.n_mismatch", false, map[string]string{"chat": `"n":2`}, nil},
	{"chat.logprobs_ignored", false, map[string]string{"chat": `"logprobs":true`}, nil},
	{"chat.stop_string_in_output", false, map[string]string{
		"chat": `"stop":["fine"]`, "messages": `"stop_sequences":["fine"]`, "ollama": `"options":{"stop":["fine"]}`,
	}, nil},
	{"reasoning.think_tag_in_content", false, everywhere, texts("It is fine.", "<think>Hm.</think>It is fine.")},
	{"reasoning.think_tag_in_content", false, everywhere, texts("It is fine.", "Hm.</think>It is fine.")},
	{"state.previous_response_id_ignored state.previous_response_unknown_accepted", false, map[string]string{"responses": `"previous_response_id":"r0"`}, nil},
	{"stream.replacement_char", false, everywhere, texts("It is fine.", "It is \ufffd.")},
}
