package llmtapreceiver

import (
	"strconv"
	"strings"
)

// long is a text of 4800 bytes, or with the escapes of a JSON string.
var long = strings.Repeat("Rain falls on Ulm. ", 252)

// inRequest puts a long text into the place of the user's.
func inRequest(edits ...edit) func(*kept) {
	return func(k *kept) {
		k.request = strings.Replace(k.request, `"Hi"`, `"`+long+long+`"`, 1)
		k.edited(edits)
	}
}

func inAnswer(edits ...edit) func(*kept) { return func(k *kept) { k.edited(edits) } }

// usageDeviations are of token counts.
var usageDeviations = []deviation{
	{"", "responses call, responses call stream", "", func(k *kept) { // a program of the model went on
		inRequest(texts(`"type":"function_call",`, `"type":"function_call","caller":{"type":"program","caller_id":"call_0"},`,
			`"input_tokens":30,"output_tokens":5,"total_tokens":35`, `"input_tokens":0,"output_tokens":0,"total_tokens":0`)...)(k)
	}, nil},
	{"", "responses two", `"parallel_tool_calls":false`, inAnswer(all(`"type":"function_call",`, `"type":"function_call","caller":{"type":"program","caller_id":"call_0"},`)), nil},
	{"usage.missing", "chat, completions", "", nil, []edit{once(","+usageOfChat, "")}},
	{"usage.missing", "responses, responses stream", "", nil, []edit{once(","+usageOfResponse, "")}},
	{"usage.missing", "messages", "", nil, []edit{once(`,"usage":{"input_tokens":30,"output_tokens":5}`, "")}},
	{"usage.missing", "ollama", "", nil, []edit{once(`,"prompt_eval_count":30,"eval_count":5`, "")}},
	{"usage.requested_but_missing", bothStreams, "", nil, []edit{drop(`"choices":[],`)}},
	{"usage.missing", "chat, completions", "", nil, []edit{once(`"prompt_tokens":30,`, "")}},
	{"usage.missing", "responses, responses stream, messages", "", nil, []edit{all(`"output_tokens":5`, `"output_tokens":null`)}},
	{"usage.missing", "messages stream", "", nil, []edit{once(`"input_tokens":30`, `"input_tokens":"30"`)}},
	{"usage.requested_but_missing", bothStreams, "", nil, []edit{once(`"completion_tokens":5`, `"completion_tokens":"5"`)}},
	{"usage.unrequested", bothStreams, "", func(k *kept) { k.request = strings.Replace(k.request, `"include_usage":true`, ``, 1) }, nil},
	{"usage.zero", "chat, chat stream", "", nil, []edit{once(`"prompt_tokens":30`, `"prompt_tokens":0`), once(`"total_tokens":35`, `"total_tokens":5`)}},
	{"usage.reasoning_gt_completion", "chat, chat stream", "", nil, []edit{once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":6}`)}},
	{"usage.reasoning_gt_completion usage.total_mismatch", "chat, chat stream", "", nil, []edit{ // xAI: noted
		once(`"total_tokens":35`, `"total_tokens":41`), once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":6}`)}},
	{"usage.reasoning_gt_completion usage.total_mismatch", "chat, chat stream", "", func(k *kept) { // Vercel's gateway: noted
		k.request = strings.Replace(k.request, "qwen", "gemini-2.5-flash", 1)
		inAnswer(all("qwen", "gemini-2.5-flash"))(k)
	}, []edit{once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":6}`)}},
	{"", "completions", "", inAnswer(once("It is fine.", ""), once(`"completion_tokens":5,"total_tokens":35`, `"total_tokens":30`)), nil}, // OpenAI
	{"usage.total_mismatch", "chat, chat stream", "", nil, []edit{ // Mistral: noted
		once(`"total_tokens":35`, `"total_tokens":410`), once(`"prompt_tokens_details":{}`, `"prompt_tokens_details":{"audio_tokens":375}`)}},
	{"usage.total_mismatch", "chat", "", nil, []edit{
		once(`"total_tokens":35`, `"total_tokens":411`), once(`"prompt_tokens_details":{}`, `"prompt_tokens_details":{"audio_tokens":375}`)}},
	{"usage.continuous_not_monotone stream.usage_only_chunk_has_choices", "chat stream", "", nil, []edit{once(
		`"delta":{"content":"It is fine."},"finish_reason":null}]`,
		`"delta":{"content":"It is fine."},"finish_reason":null}],"usage":{"prompt_tokens":30,"completion_tokens":9,"total_tokens":39}`)}},
	{"usage.anthropic_start_delta_disagree", "messages stream", "", nil, []edit{once(`"usage":{"output_tokens":5}`, `"usage":{"input_tokens":40,"output_tokens":5}`)}},
	{"usage.reasoning_text_without_tokens", "chat", "", nil, []edit{once(`"content":"It is fine."`, `"reasoning":"Hm.","content":"It is fine."`)}},
	{"usage.reasoning_text_without_tokens", "messages thinking stream", "", nil, []edit{once(`,"output_tokens_details":{"thinking_tokens":2}`, ``)}},
	{"usage.tokens_vs_bytes", "chat, chat stream", "", inAnswer(once("It is fine.", long),
		once(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":1100,"total_tokens":1130`)),
		[]edit{once(`"completion_tokens":1100,"total_tokens":1130`, `"completion_tokens":5,"total_tokens":35`)}},
	{"", "chat, chat stream", `"include_reasoning":false`, thinksInSecret, nil}, // vLLM
	{"", "chat", `"reasoning":{"exclude":true}`, thinksInSecret, nil},           // OpenRouter
	{"usage.tokens_vs_bytes", "chat", `"include_reasoning":true`, inAnswer(once("It is fine.", long)), nil},
	{"", "chat, chat stream", `"prediction":{"type":"content","content":"It rains."}`, inAnswer(once("It is fine.", long), once(
		`"completion_tokens":5,"total_tokens":35`,
		`"completion_tokens":9000,"total_tokens":9030,"completion_tokens_details":{"rejected_prediction_tokens":7900}`)), nil},
	{"", "chat, chat stream", "", inAnswer(once("It is fine.", long), once(
		`"completion_tokens":5,"total_tokens":35`, // SGLang's are of its drafts, and not of the output
		`"completion_tokens":1100,"total_tokens":1130,"completion_tokens_details":{"rejected_prediction_tokens":1090}`)), nil},
	{"usage.completion_gt_max", bothStreams, `"max_tokens":40`, func(k *kept) { // though none are counted
		k.request = strings.Replace(k.request, `"include_usage":true`, ``, 1)
		k.edited([]edit{drop(`"choices":[],`)})
	}, []edit{once("It is fine.", long)}},
	{"", bothStreams, `"max_tokens":1`, func(k *kept) { // one token of OpenAI's o200k_base
		k.request = strings.Replace(k.request, `"include_usage":true`, ``, 1)
		k.edited([]edit{drop(`"choices":[],`), once("It is fine.", " กรุงเทพมหานคร")})
	}, nil},
	{"usage.logprobs_len", "chat", `"logprobs":true`, inAnswer(logprobs("")), []edit{once(`"content":[{"token":"It"`, `"content":[{"token":"It"},{"token":"It"},{"token":"It"`)}},
	{"", "chat, chat stream, completions", "", inAnswer(once(`"total_tokens":35`, `"total_tokens":35,"input_tokens":0,"output_tokens":0,"input_tokens_details":null`)), nil}, // new-api
	{"usage.total_mismatch", "chat, chat stream", "", nil, []edit{once(`"total_tokens":35`, `"total_tokens":38`), // noted
		once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":3},"output_tokens_details":{"reasoning_tokens":0}`)}},
	{"", "chat", "", inAnswer(once(`"finish_reason"`, `"text":"","finish_reason"`)), nil},
	{"", "responses, responses stream", "", inAnswer(once(`"total_tokens":35`, `"total_tokens":35,"prompt_tokens":0,"completion_tokens":0`)), nil},
	{"", "messages", `"max_tokens":5`, nil, nil},
	{"", "completions, completions stream", `"echo":true,"stop":["fine"]`, inAnswer(once("It is fine.", long)), // the text is the prompt
		[]edit{once(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":0,"total_tokens":30`)}},
	{"", "completions", `"best_of":3,"max_tokens":2`, nil, nil},
	{"usage.completion_lt_min", "chat, chat stream, completions, completions stream", `"min_tokens":5`, nil,
		[]edit{once(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":4,"total_tokens":34`)}},
	{"", "chat", "", inAnswer(once(`"prompt_tokens_details":{}`, `"prompt_tokens_details":{"cached_tokens":30}`)), nil},
}

var (
	thinks = once("It is fine.", "<think>Hm.</think>It is fine.")
	markup = once("It is fine.", `<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}</tool_call>`)
	// thinksInSecret counts what the model thought and did not say.
	thinksInSecret = inAnswer(once("It is fine.", long), once(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":9000,"total_tokens":9030`))
)

// logprobs gives the choice log probabilities of five tokens, each with alternatives.
func logprobs(alternatives string) edit {
	list := `{"token":"It"` + strings.Repeat(`,"top_logprobs":[`+alternatives+`]},{"token":"x"`, 4) + `,"top_logprobs":[` + alternatives + `]}`
	return once(`"finish_reason":"stop"`, `"logprobs":{"content":[`+list+`]},"finish_reason":"stop"`)
}

// pictured sends a picture with the request, to a model that is known to take them.
func pictured(k *kept, png string) {
	k.request = strings.Replace(k.request, `"qwen"`, `"qwen-vl"`, 1)
	k.request = strings.Replace(k.request, `"Hi"`, `[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,`+png+`"}}]`, 1)
}

func withoutTools(k *kept) { k.request = strings.Replace(k.request, `"tools":`, `"x":`, 1) }

// guided puts members into an object of the request.
func guided(object, members string) func(*kept) {
	return func(k *kept) { k.request = strings.Replace(k.request, object, object+members, 1) }
}

// countsThought reports reasoning tokens, says shows the reasoning, thinksAloud does both.
var (
	countsThought = inAnswer(once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":2}`))
	thinksAloud   = inAnswer(once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":2}`), once(`"content":"It is fine."`, `"reasoning":"Hm.","content":"It is fine."`))
	says          = []edit{once(`"content":"It is fine."`, `"reasoning":"Hm.","content":"It is fine."`)}
)

// prompted asks for a prompt, in JSON, and gives choices with these texts.
func prompted(prompt string, texts ...string) func(*kept) {
	return func(k *kept) {
		k.request = strings.Replace(k.request, `"Hi"`, prompt, 1)
		k.answer = strings.Replace(k.answer, "It is fine.", texts[0], 1)
		for i, text := range texts[1:] {
			k.answer = strings.Replace(k.answer, `}],`, `},{"index":`+strconv.Itoa(i+1)+`,"text":"`+text+`","logprobs":null,"finish_reason":"stop"}],`, 1)
		}
	}
}

// requestDeviations are of what else a request may ask for.
var requestDeviations = []deviation{
	{"chat.n_mismatch", "chat, chat call, completions", "", nil, []edit{once(`"choices":[`, `"choices":[],"results":[`)}},
	{"chat.n_mismatch", "chat, completions", "", nil, []edit{once(`"choices":[`, `"choices":null,"results":[`)}},
	{"chat.n_mismatch", "completions", "", func(k *kept) { // a choice for each prompt
		k.request = strings.Replace(k.request, `"Hi"`, `["Hi","Ho"]`, 1)
		inAnswer(once(`"finish_reason":"stop"}`, `"finish_reason":"stop"},{"index":1,"text":"It rains.","logprobs":null,"finish_reason":"stop"}`))(k)
	}, []edit{once(`,{"index":1,"text":"It rains.","logprobs":null,"finish_reason":"stop"}`, ``)}},
	{"", "completions", "", func(k *kept) { k.request = strings.Replace(k.request, `"Hi"`, `[1,2]`, 1) }, nil},
	{"", "completions", `"prompt_embeds":"AAAA"`, func(k *kept) { // vLLM has a choice for these, too
		k.request = strings.Replace(k.request, `"Hi"`, `["Hi","Ho"]`, 1)
		inAnswer(once(`"finish_reason":"stop"}`, `"finish_reason":"stop"},{"index":1,"text":"It rains.","logprobs":null,"finish_reason":"stop"},`+
			`{"index":2,"text":"It snows.","logprobs":null,"finish_reason":"stop"}`))(k)
	}, nil},
	{"chat.n_mismatch", "completions stream", "", func(k *kept) { k.request = strings.Replace(k.request, `"Hi"`, `[[1,2],[3]]`, 1) }, nil},
	{"chat.n_mismatch", "chat n", "", nil, []edit{all(`"index":1,`, `"index":0,`)}},
	{"chat.n_mismatch", "chat n stream", "", nil, []edit{drop(`"index":1`), drop(`"index":1`)}},
	{"chat.top_logprobs_count", "chat", `"logprobs":true,"top_logprobs":2`, inAnswer(logprobs(`{"token":"a"},{"token":"b"}`)), []edit{all(`{"token":"a"},`, ``)}},
	{"", "chat", `"logprobs":true,"top_logprobs":5,"max_tokens":1`, inAnswer(once(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":1,"total_tokens":31`),
		once(`"finish_reason":"stop"`, `"logprobs":{"content":[{"token":"It","top_logprobs":[{"token":"It"},{"token":"No"}]}]},"finish_reason":"stop"`)), nil},
	{"", "chat", `"logprobs":true`, inAnswer(logprobs("")), nil},
	{"", "chat", `"logprobs":true,"top_logprobs":2,"post_sampling_probs":true`, inAnswer(logprobs(`{"token":"a"},{"token":"b"}`), all("top_logprobs", "top_probs")), nil}, // llama.cpp
	{"", "chat", `"logprobs":true,"top_logprobs":2,"logprob_token_ids":[1,2,3]`, // vLLM
		inAnswer(logprobs(`{"token":"a"},{"token":"b"},{"token":"c"},{"token":"d"}`)), nil},
	{"", "chat", `"logprobs":true,"top_logprobs":2,"include_reasoning":false`, nil, nil}, // vLLM hides them with the reasoning
	{"", "chat", `"stop":["END"]`, nil, nil},
	{"chat.echo_ignored", "completions, completions stream", `"echo":true`, prompted(`"Rain falls on Ulm"`, " Rain falls on Ulm and on Bonn."), []edit{once(" Rain falls on Ulm and", "and")}}, // llama.cpp
	{"chat.echo_ignored", "completions", `"echo":true`, prompted(`["Rain falls on Ulm","It snows in Bonn"]`, "Rain falls on Ulm.", "It snows in Bonn."), []edit{once("It snows in Bonn.", ".")}},
	{"", "completions", `"echo":true,"n":2`, prompted(`["Rain falls on Ulm","It snows in Bonn"]`, "Rain falls on Ulm.", "Rain falls on Ulm!", "It snows in Bonn.", "It snows in Bonn!"), nil},
	{"", "completions, completions stream", `"echo":true`, prompted(`"<s> Rain falls on Ulm"`, "Rain falls on Ulm."), nil},              // without its control tokens
	{"", "completions, completions stream", `"echo":true`, prompted(`"Rain falls on Z\u00fcrich"`, "Rain falls on Zu\u0308rich."), nil}, // in another form of Unicode
	{"", "completions, completions stream", `"echo":true`, prompted(`"Rain falls on Ulm"`, "<s>Rain falls on Ulm."), nil},               // or with more of them
	{"chat.echo_ignored", "completions", `"echo":true`, prompted(`"Rain falls on Ulm"`, "Rain falls on Ulm."), []edit{once("Rain falls on Ulm.", "It [..]")}},
	{"", "completions, completions stream", `"echo":true`, func(k *kept) { // Together gives the prompt apart
		prompted(`"Rain falls on Ulm"`, " and on Bonn.")(k)
		k.edited([]edit{once(`"choices":`, `"prompt":[{"text":"<s>Rain falls on Ulm","logprobs":null}],"choices":`)})
	}, nil},
	{"chat.echo_ignored", "completions", `"echo":true`, prompted(`"Rain falls on Ulm"`, "Rain falls on Ulm."), // as it does where none is to come
		[]edit{once(`"choices":`, `"prompt":[],"choices":`), once("Rain falls on Ulm.", "It [..]")}},
	{"", "completions", `"echo":true`, prompted(`"`+strings.Repeat(" ", 2048)+`Rain falls on Ulm"`, " and on Bonn."), nil}, // too far to look for
	{"", "completions", `"echo":true`, prompted(`[5,6,7]`, "It is fine."), nil},
	{"", "completions", `"echo":true`, prompted(`["", "a"]`, "It is fine.", "Rain"), nil},
	{"", "completions, completions stream", `"echo":false`, prompted(`"Rain falls on Ulm"`, " and on Bonn."), nil},
	{"chat.no_finish_reason", "chat, completions, fim", "", nil, []edit{once(`"finish_reason":"stop"`, `"finish_reason":null`)}},
	{"chat.no_finish_reason", "chat, completions", "", nil, []edit{once(`"finish_reason":"stop"`, `"finish_reason":""`)}}, // Snowflake
	{"chat.no_finish_reason", "chat n", "", nil, []edit{once(`,"finish_reason":"stop"`, ``)}},
	{"chat.no_finish_reason", "messages", "", nil, []edit{once(`"stop_reason":"end_turn"`, `"stop_reason":null`)}},
	{"chat.n_mismatch", "chat n, chat n stream", "", func(k *kept) { k.request = strings.Replace(k.request, `"n":2,`, ``, 1) }, nil},
	{"chat.logprobs_ignored", "chat", `"logprobs":true`, inAnswer(once(`"finish_reason":"stop"`, `"logprobs":{"content":[]},"finish_reason":"stop"`)), nil},
	{"chat.logprobs_ignored", "completions", `"logprobs":1`, inAnswer(once(`"logprobs":null`, `"logprobs":{"tokens":[],"token_logprobs":[]}`)), nil},
	{"chat.seed_not_deterministic", "chat, chat stream", `"seed":1,"temperature":0`, func(k *kept) { k.before = []kept{*k} },
		[]edit{once("It is fine.", "It rains."), all(`"id":"c1"`, `"id":"c2"`)}},
	{"chat.seed_not_deterministic", "completions, completions stream", `"seed":1,"temperature":0`, func(k *kept) { k.before = []kept{*k} },
		[]edit{once("It is fine.", "It rains."), all(`"id":"c1"`, `"id":"c2"`)}},
	{"", "chat, chat stream", `"seed":1,"temperature":0`, func(k *kept) { // asked to end elsewhere
		k.before = []kept{k.ask(`"stop":["fine"]`)}
		k.before[0].edited(texts("It is fine.", "It is ", `"id":"c1"`, `"id":"c0"`))
	}, nil},
	{"reasoning.present_despite_none", "chat", `"reasoning_effort":"none"`, inAnswer(once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":2}`)),
		[]edit{once(`"content":"It is fine."`, `"reasoning":"Hm.","content":"It is fine."`)}},
	{"reasoning.present_despite_none", "chat, chat stream", `"reasoning_effort":"none"`, inAnswer(muchOutput), []edit{ // not shown
		once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":9}`)}},
	{"", "chat", `"reasoning_effort":"none"`, inAnswer(once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":3}`)), nil},               // empty tags
	{"", "chat n", `"reasoning_effort":"none"`, inAnswer(muchOutput, once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":6}`)), nil}, // of each
	{"reasoning.present_despite_none", "chat", `"chat_template_kwargs":{"enable_thinking":false}`, countsThought, says},                                                  // Qwen
	{"reasoning.present_despite_none", "chat", `"chat_template_kwargs":{"thinking":false}`, countsThought, says},                                                         // DeepSeek
	{"reasoning.present_despite_none", "chat", `"reasoning":{"enabled":false}`, countsThought, says},                                                                     // OpenRouter
	{"reasoning.present_despite_none", "chat, chat stream", `"enable_thinking":false`, countsThought, says},
	{"reasoning.present_despite_none", "chat, chat stream", `"thinking":{"type":"disabled"}`, countsThought, says},
	{"reasoning.present_despite_none", "messages thinking stream", `"thinking":{"type":"disabled"}`, nil, nil},
	{"", "messages thinking stream", `"thinking":{"type":"adaptive"}`, nil, nil},
	{"", "chat", `"chat_template_kwargs":{"enable_thinking":true},"thinking":{"type":"enabled"},"reasoning":{"enabled":true}`, thinksAloud, nil},
	{"reasoning.present_despite_none", "responses thinking stream", `"reasoning":{"effort":"none"}`, nil, nil},
	{"reasoning.field_dialect", "chat, chat stream", "", inAnswer(once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":2}`)),
		[]edit{once(`"content":"It is fine."`, `"reasoning_content":"Hm.","content":"It is fine."`)}},
	{"", "chat, chat stream", "", func(k *kept) { pictured(k, "iVBORw0KGgoAAAANSUhEUgAAADwAAAAeCAIAAAD/+uoY") }, nil}, // of 60 x 30
	{"multimodal.modality_dropped", "chat, chat stream", "", func(k *kept) {
		pictured(k, "iVBORw0KGgoAAAANSUhEUgAABAAAAAMACAIAAAA12IJa") // of 1024 x 768 points
		k.edited(texts(`"prompt_tokens":30`, `"prompt_tokens":900`, `"total_tokens":35`, `"total_tokens":905`))
	}, texts(`"prompt_tokens":900`, `"prompt_tokens":30`, `"total_tokens":905`, `"total_tokens":35`)},
	{"", "chat, chat stream", `"stop":["fine"],"include_stop_str_in_output":true`, nil, nil}, // vLLM
	{"", "chat, completions", `"stop":["fine"],"no_stop_trim":true`, nil, nil},               // SGLang
	{"", "chat, completions", `"stop":["fine"],"min_tokens":3`, nil, nil},                    // vLLM
	{"", "chat, chat stream", `"reasoning_format":"none"`, inAnswer(thinks), nil},            // llama.cpp
	{"", "chat, chat stream", `"reasoning_split":false`, inAnswer(thinks), nil},
	{"", "chat, chat stream", `"separate_reasoning":false`, inAnswer(thinks), nil}, // SGLang
	{"reasoning.think_tag_in_content", "chat, chat stream", "", nil, []edit{once("It is fine.", "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>It is fine.")}},
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "<seed:think>Hm.</seed:think>It is fine.")}},
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "Hm.<|END_THINKING|>It is fine.")}},
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "Hm.</longcat_think>It is fine.")}},
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "<|inner_prefix|>Hm.<|inner_suffix|>It is fine.")}},                // Apertus
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "Hm.<|close|>think<|sep|><|open|>response<|sep|>It is fine.")}},    // Kimi K3
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "<ifm|think_fast>Hm.</ifm|think_fast>It is fine.")}},               // K2 Horizon
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "<think:6124c78e>Hm.</think:6124c78e>It is fine.")}},               // Hunyuan 3
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", "<|content_thinking|>Hm.<|end_message|>It is fine.")}},             // Inkling
	{"reasoning.think_tag_in_content", "chat", "", nil, []edit{once("It is fine.", " to=self<|message|>Hm.<|eom|><|start|>assistant to=user It is")}}, // Muse
	{"reasoning.think_tag_in_content", "chat, chat stream", "", withoutTools, []edit{once("It is fine.", "analysisHm.assistantfinalIt is fine.")}},    // gpt-oss
	{"", "completions, completions stream, llama.cpp, sglang", "", inAnswer(thinks), nil},                                                             // which cannot say it elsewhere
	{"", "chat, completions", `"skip_special_tokens":false`, inAnswer(once("It is fine.", "It is fine.<|im_end|>")), nil},                             // vLLM, SGLang
	{"", "chat", `"stop":["<|im_end|>"],"include_stop_str_in_output":true`, inAnswer(once("It is fine.", "It is fine.<|im_end|>")), nil},              // vLLM
	{"", "chat, chat stream", `"parse_tool_calls":false`, inAnswer(markup), nil},                                                                      // llama.cpp
	{"reasoning.think_tag_in_content", "chat", `"reasoning_format":"deepseek","separate_reasoning":true,"skip_special_tokens":false`, nil, []edit{thinks}},
	{"tools.control_token_leak", "chat", `"reasoning_format":"none","skip_special_tokens":true`, nil, []edit{once("It is fine.", "It is fine.<|im_end|>")}},
	{"tools.raw_markup", "chat", `"reasoning_format":"none","parse_tool_calls":true`, nil, []edit{markup}},
	{"chat.stop_string_in_output", "chat", `"stop":["fine"],"no_stop_trim":false,"min_tokens":0`, nil, nil},
	{"structured.unsupported_keyword_accepted", "chat", `"response_format":{"type":"json_schema","json_schema":{"name":"c","strict":true,` +
		`"schema":{"type":"object","patternProperties":{"^c":{"type":"string"}}}}}`, inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)), nil},
	{"", "messages", wantsJSON["messages"], inAnswer(once(`"It is fine."}`, `"Let me look."},{"type":"server_tool_use","id":"s1","name":"web_search","input":{}},`+
		`{"type":"web_search_tool_result","tool_use_id":"s1","content":[]},{"type":"text","text":"{\"city\":"},{"type":"text","text":"\"Ulm\"}"}`)), nil},
	{"", "chat, chat stream", `"separate_reasoning":false,` + wantsJSON["chat"], inAnswer(once("It is fine.", `<think>Hm.</think>\n{\"city\":\"Ulm\"}`)), nil},
	{"", "completions", `"guided_json":` + schemaOfCity, inAnswer(once("It is fine.", `Hm.</think>{\"city\":\"Ulm\"}`)), nil},
	{"", "completions", `"guided_json":` + schemaOfCity, inAnswer(once("It is fine.", `{\"city\":\"</think>\"}`)), nil},
	{"", "completions", `"guided_json":` + schemaOfCity, inAnswer(once("It is fine.", `<think:6124c78e>Hm.</think:6124c78e>{\"city\":\"Ulm\"}`)), nil},
	{"structured.format_ignored_flag", "responses, responses stream", `"text":{"format":{"type":"json_schema","name":"c","strict":true,"schema":` + schemaOfCity + `}}`,
		inAnswer(all("It is fine.", `{\"city\":\"Ulm\"}`)), []edit{all(`"status":"completed","output"`, `"text":{"format":{"type":"text"}},"status":"completed","output"`)}},
	{"", "responses, responses stream", `"structured_outputs":{"json":` + schemaOfCity + `}`, inAnswer(all("It is fine.", `{\"city\":\"Ulm\"}`), // vLLM
		all(`"status":"completed","output"`, `"text":{"format":{"type":"text"}},"status":"completed","output"`)), nil},
	{"structured.enum_choice", "chat, completions", `"structured_outputs":{"choice":["It is fine."]}`, nil, []edit{once("fine", "bad")}},
	{"structured.enum_choice", "completions", `"structured_outputs":{"choice":[" yes"," no"]}`, inAnswer(once("It is fine.", " yes")), []edit{once(" yes", " maybe")}},
	{"", "chat, completions", `"structured_outputs":{"regex":"It is [a-z]+\\."}`, nil, nil},
	{"structured.regex", "chat, completions", `"structured_outputs":{"regex":"It is [a-z]+\\."}`, nil, []edit{once("fine", "5")}},
	{"structured.not_json", "chat", `"structured_outputs":{"json":"{\"type\":\"object\"}"}`, inAnswer(once("It is fine.", "{}")), []edit{once("{}", "none")}},
	{"structured.regex", "chat, chat stream, completions", `"regex":"It is [a-z]+\\."`, nil, []edit{once("fine", "5")}},                                      // SGLang
	{"structured.regex", "chat", `"response_format":{"type":"regex","value":"It is [a-z]+\\."}`, nil, []edit{once("fine", "5")}},                             // TGI
	{"structured.regex", "tgi, tgi stream", "", guided(`"parameters":{`, `"grammar":{"type":"regex","value":"It is [a-z]+\\."},`), []edit{all("fine", "5")}}, // TGI
	{"structured.regex", "sglang", "", guided(`"sampling_params":{`, `"regex":"It is [a-z]+\\.",`), []edit{once("fine", "5")}},
	{"structured.not_json", "chat, completions", `"json_schema":` + schemaOfCity, inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)), []edit{once(`{\"city`, `city {`)}}, // llama.cpp
	{"", "chat, completions", `"json_schema":{}`, nil, nil},                                                                                                               // TabbyAPI
	{"", "chat, completions", `"json_schema":""`, nil, nil},
	{"structured.not_json", "chat", `"response_format":{"type":"json","value":` + schemaOfCity + `}`, inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)),
		[]edit{once(`{\"city`, `city {`)}}, // TGI
	{"structured.not_json", "chat", `"structured_outputs":{"json_object":true}`, inAnswer(once("It is fine.", "{}")), []edit{once("{}", "none")}},
	{"structured.schema_invalid", "chat", `"guided_json":"{\"type\":\"object\",\"required\":[\"city\"]}"`,
		inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)), []edit{once(`city`, "town")}},
	{"structured.schema_invalid", "chat", `"response_format":{"type":"json_object","schema":` + schemaOfCity + `}`,
		inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)), []edit{once(`\"Ulm\"`, "7")}},
	{"structured.schema_invalid", "chat", wantsJSON["chat"], inAnswer(once("It is fine.", `{\"city\":\"Ulm\"}`)), []edit{once(`\"Ulm\"`, "7")}},
}

// echoing puts members into a response that repeat the request.
func echoing(members string) edit {
	return all(`"status":"completed","output"`, members+`,"status":"completed","output"`)
}

const bothResponses = "responses, responses stream"

// stateDeviations are of what a server remembers.
var stateDeviations = []deviation{
	{"state.previous_response_id_ignored state.previous_response_unknown_accepted", bothResponses, `"previous_response_id":"r0"`,
		inAnswer(echoing(`"previous_response_id":"r0"`)), []edit{all(`"previous_response_id":"r0"`, `"previous_response_id":null`)}},
	{"state.previous_response_id_ignored", bothResponses, `"previous_response_id":"r0"`, func(k *kept) {
		first := keeping["responses"]
		first.edited(texts(`"r1"`, `"r0"`))
		k.before = []kept{first}
		k.edited([]edit{echoing(`"previous_response_id":"r0"`)})
	}, texts(`"input_tokens":30`, `"input_tokens":8`, `"total_tokens":35`, `"total_tokens":13`)},
	{"", bothResponses, `"previous_response_id":"r0"`, func(k *kept) { // OpenAI does not take the instructions over
		first := keeping["responses"].ask(`"instructions":"` + strings.Repeat("Be brief. ", 10) + `"`)
		first.edited(texts(`"r1"`, `"r0"`))
		k.before = []kept{first}
		k.edited([]edit{echoing(`"previous_response_id":"r0"`)})
	}, texts(`"input_tokens":30`, `"input_tokens":8`, `"total_tokens":35`, `"total_tokens":13`)},
	{"state.store_not_honoured", bothResponses, "", nil, []edit{echoing(`"store":false`)}},
	{"state.store_not_honoured", "responses", `"previous_response_id":"r1"`, forgotten(""), nil},
	{"", "responses", `"previous_response_id":"r1"`, forgotten(`"store":false`), nil},
	{"", "responses", `"previous_response_id":"r9"`, forgotten(""), nil},
	{"state.previous_response_id_ignored", bothResponses, `"conversation":"conv_1"`, inAnswer(echoing(`"conversation":{"id":"conv_1"}`)),
		[]edit{all(`{"id":"conv_1"}`, `null`)}},
	{"state.previous_response_id_ignored", bothResponses, `"conversation":{"id":"conv_1"}`, inAnswer(echoing(`"conversation":{"id":"conv_1"}`)),
		[]edit{all(`"conv_1"`, `"conv_2"`)}},
	{"", bothResponses, `"store":false`, inAnswer(echoing(`"store":false`)), nil},
	{"state.echo_mismatch", bothResponses, `"temperature":0.2`, inAnswer(echoing(`"temperature":0.200000003`)), []edit{all(`"temperature":0.2`, `"temperature":1.2`)}},
	{"state.echo_mismatch", bothResponses, `"top_p":0.5`, inAnswer(echoing(`"top_p":0.5`)), []edit{all(`"top_p":0.5`, `"top_p":1`)}},
	{"state.echo_mismatch", bothResponses, `"parallel_tool_calls":false`, inAnswer(echoing(`"parallel_tool_calls":false`)),
		[]edit{all(`"parallel_tool_calls":false`, `"parallel_tool_calls":true`)}},
	{"state.echo_mismatch", bothResponses, `"max_output_tokens":100`, inAnswer(echoing(`"max_output_tokens":100`)),
		[]edit{all(`"max_output_tokens":100`, `"max_output_tokens":50`)}},
	{"state.prompt_shrink", "chat, chat stream", "", inRequest(texts(`"prompt_tokens":30`, `"prompt_tokens":2400`, `"total_tokens":35`, `"total_tokens":2405`)...),
		texts(`"prompt_tokens":2400`, `"prompt_tokens":30`, `"total_tokens":2405`, `"total_tokens":35`)},
	{"state.prompt_shrink state.truncation_disabled_violated", bothResponses, `"truncation":"disabled"`,
		inRequest(texts(`"input_tokens":30`, `"input_tokens":2400`, `"total_tokens":35`, `"total_tokens":2405`)...),
		texts(`"input_tokens":2400`, `"input_tokens":30`, `"total_tokens":2405`, `"total_tokens":35`)},
	{"state.id_collision", "chat, chat stream, completions", "", func(k *kept) {
		other := *k
		other.request = strings.Replace(other.request, `"Hi"`, `"Hello"`, 1)
		k.before = []kept{other}
	}, []edit{once("It is fine.", "It rains.")}},
	{"", "chat, chat stream, completions", `"request_id":"task-7"`, ofTask, nil}, // vLLM
	{"", "chat, chat stream, completions", `"rid":"task-7"`, ofTask, nil},        // SGLang
	{"model.substituted", "chat, chat stream, completions, responses, messages, ollama", "", nil, []edit{all(`"model":"qwen"`, `"model":"llama"`)}},
	{"", "chat, chat stream, responses, ollama stream", "", nil, []edit{all(`"model":"qwen"`, `"model":"Qwen-2026-01-01"`)}},
}

// forgotten refuses to continue a response; the one called r1 was answered before, to a request with the members given.
func forgotten(members string) func(*kept) {
	return func(k *kept) {
		first := keeping["responses"]
		k.before, k.status = []kept{first.ask(members)}, 404
		k.answer = `{"error":{"message":"Response with id 'r1' not found.","type":"invalid_request_error","param":"response_id","code":"404"}}`
	}
}

// ofTask answers two requests under the id that the client gave both.
func ofTask(k *kept) {
	k.edited(texts(`"id":"c1"`, `"id":"chatcmpl-task-7"`))
	other := *k
	other.request = strings.Replace(other.request, `"Hi"`, `"Hello"`, 1)
	k.before = []kept{other}
	k.edited(texts("It is fine.", "It rains."))
}

// vectorDeviations are of vectors and rankings.
var vectorDeviations = []deviation{
	{"embedding.dimensions_ignored", "embeddings", "", nil, []edit{once("[1,0]", "[1,0,0]")}},
	{"embedding.dimensions_ignored", "embeddings base64", "", nil, []edit{once("AACAPwAAAAA=", "AACAPwAAAAAAAAAA")}},
	{"embedding.encoding_format_ignored", "embeddings", "", nil, []edit{once("[1,0]", `"AACAPwAAAAA="`)}},
	{"embedding.encoding_format_ignored", "embeddings", "", nil, []edit{once("[1,0]", `"AACAfwAAgP8B"`)}}, // Perplexity: bytes, no floats
	{"embedding.encoding_format_ignored", "embeddings base64", "", nil, []edit{once(`"AACAPwAAAAA="`, "[1,0]")}},
	{"embedding.count", "embeddings", "", nil, []edit{once(`,{"object":"embedding","index":1,"embedding":[1,0]}`, ``)}},
	{"embedding.count", "ollama vectors", "", nil, []edit{once(`,[1,0]`, ``)}},
	{"embedding.count", "ollama embeddings", "", nil, []edit{once(`[0.6,0.8]`, `[]`)}},
	{"", "ollama embeddings, ollama vectors", "", func(k *kept) { // which loads the model
		k.request = `{"model":"bge","input":"","prompt":""}`
		k.edited([]edit{once(`[`, `[],"x":[`)})
	}, nil},
	{"", "ollama embeddings, ollama vectors", "", func(k *kept) { // the same, as it is asked in the other one's word
		k.request = strings.NewReplacer("prompt", "input", "input", "prompt").Replace(k.request)
		k.edited([]edit{once(`[`, `[],"x":[`)})
	}, nil},
	{"", "ollama vectors", "", func(k *kept) { k.request = strings.Replace(k.request, `"dimensions":2`, `"dimensions":0`, 1) }, nil},
	{"embedding.dimensions_ignored", "ollama vectors", "", nil, []edit{once("[1,0]", "[1,0,0]")}},
	{"embedding.all_zero", "ollama vectors, ollama embeddings", "", nil, []edit{once("[0.6,0.8]", "[0,0]")}},
	{"embedding.not_finite", "ollama vectors, ollama embeddings", "", nil, []edit{once("[0.6,0.8]", "[0.6,null]")}},
	{"embedding.count", "embeddings", "", nil, []edit{once(`"data":[`, `"data":[],"x":[`)}},
	{"usage.total_mismatch", "embeddings", "", nil, []edit{once(`"total_tokens":4`, `"total_tokens":9`)}},                           // vectors have no output
	{"usage.zero", "embeddings", "", nil, []edit{once(`"prompt_tokens":4,"total_tokens":4`, `"prompt_tokens":0,"total_tokens":0`)}}, // LM Studio
	{"", "embeddings", "", func(k *kept) {
		k.request = strings.Replace(k.request, `["a","b"]`, `[ "", "" ]`, 1)
		k.edited(texts(`"prompt_tokens":4,"total_tokens":4`, `"prompt_tokens":0,"total_tokens":0`))
	}, nil},
	{"embedding.index", "embeddings, embeddings base64", "", nil, []edit{once(`"index":1`, `"index":0`)}},
	{"embedding.all_zero", "embeddings", "", nil, []edit{once("[1,0]", "[0.0,0]")}},
	{"embedding.all_zero", "embeddings base64", "", nil, []edit{once("AACAPwAAAAA=", "AAAAAAAAAAA=")}},
	{"embedding.not_finite", "embeddings", "", nil, []edit{once("[1,0]", "[1,null]")}},
	{"embedding.not_finite", "embeddings base64", "", nil, []edit{once("AACAPwAAAAA=", "AACAPwAAwH8=")}},
	{"", "embeddings", `"embedding_type":"base64"`, inAnswer(once("[0.6,0.8]", `"mpkZP83MTD8="`), once("[1,0]", `"AACAPwAAAAA="`)), nil}, // Jina
	{"", "embeddings", `"embedding_type":"ubinary","dimensions":16`, nil, []edit{once("[1,0]", "[0,0]")}},
	{"", "embeddings base64", `"output_dtype":"int8","dimensions":5`, nil, []edit{once("AACAPwAAAAA=", "AQIDBAU=")}},   // Voyage
	{"", "embeddings base64", `"embed_dtype":"float16","dimensions":3`, nil, []edit{once("AACAPwAAAAA=", "ADwAPAB8")}}, // vLLM
	{"embedding.count", "embeddings", `"embedding_type":"ubinary"`, nil, []edit{once(`,{"object":"embedding","index":1,"embedding":[1,0]}`, ``)}},
	{"embedding.dimensions_ignored", "embeddings", `"embedding_type":"float","embed_dtype":"float32","output_dtype":null`, nil, []edit{once("[1,0]", "[1,0,0]")}},
	{"rerank.count", "rerank", "", nil, []edit{once(`]}`, `,{"index":1,"relevance_score":0.05}]}`)}},
	{"rerank.unsorted", "rerank", "", nil, []edit{once("0.9", "0.05")}},
	{"rerank.index", "rerank", "", nil, []edit{once(`"index":0`, `"index":2`)}},
	{"rerank.index", "rerank", "", nil, []edit{once(`"index":0`, `"index":3`)}},
}
