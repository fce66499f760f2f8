package llmtapreceiver

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the API of a request does not define, other servers heed and some have heeded: to ignore it breaks no promise.
func TestForeignWordsBreakNoPromise(t *testing.T) {
	f := func(failed, suspected, of, asks string, under ...func(*kept)) {
		t.Helper()
		for name := range strings.SplitSeq(of, ", ") {
			for _, first := range []bool{true, false} {
				k := keeping[name]
				if first {
					k = k.ask(asks)
				} else {
					k.request = strings.TrimSuffix(k.request, "}") + "," + asks + "}"
				}
				for _, change := range under {
					change(&k)
				}
				got := k.judged(t)
				require.Equal(t, failed, strings.Join(got.Failed, " "), k.request)
				require.Equal(t, suspected, strings.Join(slices.DeleteFunc(got.Suspected, isOfFence), " "), k.request)
			}
		}
	}
	shows := func(member string) func(*kept) {
		return inAnswer(once(`"object":`, member+`,"object":`))
	}
	says := func(server string) func(*kept) { return func(k *kept) { k.header = "Server: " + server + "\r\n" } }

	bound := `"n_predict":3`
	f("", "usage.completion_gt_max", "chat, chat stream, completions", bound)
	f("", "", "chat, completions", bound, says("vllm/0.11.0"))
	f("usage.completion_gt_max", "", "chat, chat stream, completions", bound, says("llama.cpp"))
	f("usage.completion_gt_max", "", "chat", bound, shows(`"timings":{"prompt_n":1,"predicted_n":5}`))
	f("", "usage.completion_gt_max", "chat", bound, shows(`"timings":{"prompt_n":1,"predicted_n":5,"peak_memory":3.1}`)) // mlx-vlm
	f("", "usage.completion_gt_max", "chat stream", bound, shows(`"timings":{"predicted_per_second":20.5}`))
	f("usage.completion_gt_max", "", "chat", `"n_predict":3,"max_tokens":4`)

	least := `"min_tokens":6`
	f("", "usage.completion_lt_min", "chat, chat stream, completions", least)
	f("usage.completion_lt_min", "", "chat, chat call, completions", least, says("vllm/0.11.0"))
	f("usage.completion_lt_min", "", "chat stream", least, says("sglang"))
	f("", "", "chat, chat stream, completions, fim", least, says("llama.cpp"))
	f("", "", "chat, chat stream", `"min_tokens":5`, says("vllm"))
	f("", "", "chat", least+`,"stop":["x"]`, says("sglang")) // whose stop strings count before, too
	f("", "", "chat, chat stream", least+`,"max_tokens":5`, says("vllm"), inAnswer(once(`"finish_reason":"stop"`, `"finish_reason":"length"`)))
	f("usage.completion_lt_min", "", "chat n", `"min_tokens":3`, says("vllm"))
	f("", "", "chat", `"min_tokens":6,"regex":"It is fine."`, says("sglang")) // whose grammars end an answer where it is complete
	f("", "", "messages, responses", least)

	choice := `"structured_outputs":{"choice":["yes"]}`
	f("structured.enum_choice", "", "chat, chat stream, completions, responses", choice) // nobody but vLLM has the word
	f("", "", "chat, chat stream", choice, says("llama.cpp"))
	f("", "", "llama.cpp, llama.cpp stream, fim", choice)
	f("structured.enum_choice", "", "chat", choice, shows(`"kv_transfer_params":null`))
	f("structured.enum_choice", "", "chat", choice, says("vllm"))
	f("structured.enum_choice", "", "chat", `"guided_choice":["yes"]`, says("vllm"))
	f("", "", "chat", `"guided_choice":["yes"]`, says("ollama"))
	f("", "structured.regex", "chat", `"regex":"a+"`)
	f("", "", "chat", `"regex":"a+"`, says("vllm"))
	f("", "", "chat, completions", `"regex":"a+"`, says("llama.cpp"))
	f("structured.regex", "", "chat", `"regex":"a+"`, shows(`"matched_stop":null`), inAnswer(once(`"matched_stop":null,`, ``), once(`"finish_reason"`, `"matched_stop":null,"finish_reason"`)))
	stopped := once(`"finish_reason"`, `"matched_stop":null,"finish_reason"`)
	f("structured.regex", "", "chat", `"regex":"a+"`, says("vllm"), inAnswer(stopped)) // a gateway to several: the answer shows which it is of
	f("structured.enum_choice", "", "chat", choice, says("llama.cpp"), shows(`"kv_transfer_params":null`))
	f("", "structured.not_json", "chat", `"json_schema":`+schemaOfCity)
	f("structured.not_json", "", "chat", `"json_schema":`+schemaOfCity, says("llama.cpp"))
	f("", "", "chat", `"json_schema":`+schemaOfCity, says("sglang"))
	f("structured.not_json", "", "completions", `"json_schema":`+schemaOfCity, says("sglang"))
	f("", "structured.not_json", "chat", `"response_format":{"type":"json","value":`+schemaOfCity+`}`)
	f("structured.not_json", "", "chat", `"response_format":{"type":"json_object"},"guided_json":`+schemaOfCity)
	guide := `"structured_outputs":{"json":` + schemaOfCity + `}`
	f("structured.not_json", "", "chat, chat stream, completions", `"response_format":{"type":"text"},`+guide) // which asks for no form
	f("structured.not_json", "", "chat, completions", guide+`,"response_format":{"type":"text"}`)
	f("structured.not_json", "", "responses, responses stream", `"text":{"format":{"type":"text"}},`+guide)
	f("structured.not_json", "", "responses", guide+`,"text":{"format":{"type":"text"}}`)
	f("", "structured.not_json", "completions", `"response_format":{"type":"json_object"}`)
	f("", "", "llama.cpp, fim", `"response_format":{"type":"json_object"},"logprobs":2`)
	f("", "", "llama.cpp stream", `"stop":"fine"`)
	f("", "", "llama.cpp", `"json_schema":{"type":"object"},"grammar":"root ::= .+"`)
	f("", "chat.n_mismatch", "llama.cpp", `"n":2`)
	f("", "", "fim, fim stream, responses, responses stream", `"n":2,"guided_regex":""`)
	f("", "", "responses, responses stream", `"stop":["fine"]`)
	f("", "", "completions", `"logprobs":0`)
	f("", "", "sglang, sglang stream", `"max_tokens":2,"stop":["fine"]`)
	f("", "", "tgi", `"stream":true`)
	f("", "", "tgi stream", `"stream":false`)

	f("", "", "chat call, chat call stream", `"functions":[],"function_call":"none"`)
	f("", "", "chat call", `"functions":[{"name":"clock"}]`)
	f("", "", "chat", `"function_call":{"name":"clock"}`)
	f("", "", "chat, responses", `"tool_choice":"required"`, withoutTools) // without tools there is none to call
	f("tools.choice_named_violated", "", "chat", `"functions":[{"name":"clock"}],"function_call":{"name":"clock"}`, withoutTools)
	f("tools.choice_named_violated", "", "chat", `"function_call":{"name":"clock"},"functions":[{"name":"clock"}]`, withoutTools)

	f("", "tools.choice_named_violated", "chat, chat stream", `"tool_choice":{"type":"function","name":"clock"}`)
	for _, both := range []string{`"name":"clock","function":{"name":"clock"}`, `"function":{"name":"clock"},"name":"clock"`} {
		f("tools.choice_named_violated", "", "chat, responses", `"tool_choice":{"type":"function",`+both+`}`)
	}
	f("", "tools.choice_named_violated", "responses", `"tool_choice":{"type":"function","function":{"name":"clock"}}`)
	f("tools.choice_required_violated", "", "chat, responses", `"tool_choice":"any"`) // Mistral's word, which means nothing else
	f("tools.choice_named_violated", "", "responses", `"tool_choice":{"type":"function","name":"clock"}`)

	f("", "state.prompt_shrink", "chat, chat stream", `"truncation":"disabled"`, inRequest()) // which only the Responses API has
	f("state.truncation_disabled_violated", "state.prompt_shrink", "responses", `"truncation":"disabled"`, inRequest())

	f("", "", "chat, chat stream", `"user":"u"`, inAnswer(once(`"total_tokens":35`, `"total_tokens":38`), // xAI, through a gateway
		once(`"completion_tokens_details":{}`, `"completion_tokens_details":{"reasoning_tokens":3},"reasoning_tokens":0`)))

	f("", "state.previous_response_id_ignored", "responses, responses stream", `"conversation":"conv_1"`) // which it may have heeded without a word

	f("", "", "embeddings, embeddings base64", `"content":["c"]`)
	f("", "", "ollama vectors", `"prompt":"c"`)
	f("", "", "ollama embeddings", `"input":["b","c"],"dimensions":3`)
	f("", "", "embeddings", `"output_dtype":"base64"`)
	f("", "", "rerank", `"top_k":1,"texts":["a"]`)
	for _, unclear := range []string{"1", `"true"`, `"false"`, "{}"} {
		f("", "", "chat, messages, responses, lmstudio", `"stream":`+unclear)
	}
}

// isOfFence tells of a check that says no more than another one.
func isOfFence(check string) bool { return check == "structured.fenced" }

// llama.cpp's own API for vectors has one form of them, TEI's for rankings no bound of them and Ollama's for completions no tools.
func TestForeignWordsOfOwnAPIs(t *testing.T) {
	f := func(path, request, answer string) {
		t.Helper()
		k := kept{path: path, mediaType: jsonType, request: request, answer: answer}
		require.Empty(t, k.judged(t).Failed, request)
	}
	f("/embedding", `{"content":"a","dimensions":8,"encoding_format":"base64"}`, `[{"index":0,"embedding":[[0.6,0.8]]}]`)
	f("/embeddings", `{"dimensions":8,"input":["a","b"],"encoding_format":"base64"}`, `[{"index":0,"embedding":[[0.6,0.8]]},{"index":1,"embedding":[[0.6,0.8]]}]`)
	f("/api/generate", `{"model":"qwen","prompt":"Hi","stream":false,"tools":[{"type":"function","function":{"name":"weather"}}]}`, `{"model":"qwen",`+
		`"response":"<tool_call>{\"name\":\"weather\",\"arguments\":{}}</tool_call>","done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":9}`)
	f("/rerank", `{"query":"q","texts":["a","b"],"top_n":1,"top_k":1}`, `[{"index":1,"score":0.9},{"index":0,"score":0.1}]`)
}
