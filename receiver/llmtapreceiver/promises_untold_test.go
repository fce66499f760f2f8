package llmtapreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// keepingUntold are exchanges whose answers have no text, or no counts, as their APIs allow.
var keepingUntold = map[string]kept{
	"sglang tokens": {path: "/generate", mediaType: jsonType, request: `{"input_ids":[1,2],"sampling_params":{}}`, // without a tokenizer
		answer: `{"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":{"type":"stop"},"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}`},
	"sglang tokens stream": {path: "/generate", mediaType: sseType, request: `{"input_ids":[1,2],"sampling_params":{},"stream":true}`,
		answer: `data: {"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":null,"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}` + "\n\n" +
			`data: {"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":{"type":"stop"},"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}` +
			"\n\ndata: [DONE]\n\n"},
	"vllm tokens": {path: "/inference/v1/generate", mediaType: jsonType, request: `{"token_ids":[1,2],"sampling_params":{"max_tokens":9}}`,
		answer: `{"request_id":"r","choices":[{"index":0,"token_ids":[5,6,7,8,9,10,11],"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":7,"total_tokens":9}}`},
	"embeddings bytes": {path: "/v1/embeddings", mediaType: "application/octet-stream", request: `{"model":"bge","input":["a","b"],"encoding_format":"bytes_only"}`,
		answer: "\x00\x00\x80\x3f\x00\x00\x80\x3f"},
	"embeddings of pictures": {path: "/v2/embed", mediaType: jsonType, request: `{"model":"embed-v4.0","images":["data:image/png;base64,AA=="]}`, // Cohere
		answer: `{"id":"e","embeddings":{"float":[[0.6,0.8]]},"meta":{"api_version":{"version":"2"},"billed_units":{"images":1}}}`},
	"llama.cpp text alone": {path: "/infill", mediaType: jsonType, request: `{"input_prefix":"It","input_suffix":"","prompt":"","response_fields":["content"]}`, // llama.vim
		answer: `{"content":" is fine."}`},
	"ollama picture": {path: "/api/generate", mediaType: jsonType, request: `{"model":"flux","prompt":"A cat","stream":false}`,
		answer: `{"model":"flux","response":"","done":true,"done_reason":"stop","image":"AAAA","total_duration":1}`},
	"ollama picture stream": {path: "/api/generate", mediaType: linesType, request: `{"model":"flux","prompt":"A cat"}`,
		answer: `{"model":"flux","response":"","done":false,"completed":1,"total":2}` + "\n" +
			`{"model":"flux","response":"","done":true,"done_reason":"stop","image":"AAAA","total_duration":1}` + "\n"},
}

// untoldDeviations are of answers of which a stop string, or another choice, may be why something is not there.
var untoldDeviations = []deviation{
	{"tools.lost_output", "chat n, chat n stream", "", inAnswer(once("It rains.", ""), muchOutput), []edit{once("It is fine.", "")}},
	{"", "chat n, chat n stream", "", inAnswer(texts("It rains.", "", "It is fine.", "")...), nil}, // of each the end of the turn

	{"tools.raw_markup", "chat, chat stream", `"stop":["\n"]`, inAnswer(once("It is fine.", "<tool_call>")),
		[]edit{once("<tool_call>", `<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Ulm\"}}</tool_call>`)}},
	{"tools.raw_markup", "chat, chat stream", `"stop":["\n"]`, inAnswer(once("It is fine.", `<tool_call>{\"name\":\"climate\"`)),
		[]edit{once(`<tool_call>{\"name\":\"climate\"`, `<tool_call>{\"name\":\"climate\"}`)}}, // nobody's, but whole
	{"tools.only_reasoning usage.reasoning_text_without_tokens", "chat", `"stop":["<|im_end|>","</s>",""]`, nil, []edit{ // which cut nothing
		once(`"content":"It is fine."`, `"reasoning":"Hm.","content":null`)}},
	{"", "messages, messages stream", `"stop_sequences":["x"]`, inAnswer(once(`"end_turn"`, `"stop_sequence","stop_sequence":"x"`), once("It is fine.", "")), nil},
	{"", "messages thinking stream", `"stop_sequences":["x"]`, inAnswer(once(`"end_turn"`, `"stop_sequence","stop_sequence":"x"`), once("It is fine.", "")), nil},
	{"", "messages, messages stream, messages thinking stream", `"stop_sequences":["x"]`, inAnswer(once("It is fine.", "")), nil}, // of vLLM, llama.cpp and Ollama
	{"tools.lost_output", "messages, messages stream", `"stop_sequences":["</s>"]`, nil, []edit{once("It is fine.", "")}},
	{"tools.only_reasoning", "messages thinking stream", `"stop_sequences":["</s>"]`, nil, []edit{once("It is fine.", "")}},
	{"usage.reasoning_text_without_tokens", "chat", `"stop":["\n\n"]`, nil, []edit{once(`"content":"It is fine."`, `"reasoning":"Hm.","content":null`)}},
	{"structured.not_json", "chat, chat stream", wantsJSON["chat"] + `,"stop":["}"]`, inAnswer(once("It is fine.", `{\"city\":`)),
		[]edit{once(`{\"city\":`, `It is {\"city\":`)}},
	{"structured.not_json", "messages, messages stream", wantsJSON["messages"] + `,"stop_sequences":["}"]`,
		inAnswer(once("It is fine.", `{\"city\":`)), []edit{once(`{\"city\":`, `It is {\"city\":`)}},
	{"structured.enum_choice", "chat, chat stream", `"structured_outputs":{"choice":["red","blue"]},"stop":["e"]`, inAnswer(once("It is fine.", "r")), []edit{
		once(`"content":"r"`, `"content":"d"`)}},
	{"structured.regex", "chat, chat stream", `"structured_outputs":{"regex":"\\w+@\\w+\\.com\\n"},"stop":["\n"]`, // vLLM's own example
		inAnswer(once("It is fine.", "ada@love.com")), []edit{once("ada@", "It is ada@")}},
	{"tools.choice_required_violated", "chat, chat stream", `"tool_choice":"required","stop":["{"]`, inAnswer(once("It is fine.", ""), noOutput),
		[]edit{once(`"content":""`, `"content":"No."`)}},
	{"tools.choice_named_violated", "messages", `"tool_choice":{"type":"tool","name":"weather"},"stop_sequences":["{"]`,
		inAnswer(once("It is fine.", ""), once(`"output_tokens":5`, `"output_tokens":1`)), []edit{once(`"text":""`, `"text":"No."`)}},

	{"", "chat, chat stream", `"echo":true,"stop":["fine"]`, nil, nil}, // vLLM: the text is the prompt
}

var (
	muchOutput = all(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":12,"total_tokens":42`)
	noOutput   = all(`"completion_tokens":5,"total_tokens":35`, `"completion_tokens":1,"total_tokens":31`)
)

// What an API does not promise at all, no part of a request that was not seen could have asked for.
func TestPromisesOfOtherAPIsDoNotApplyUnseen(t *testing.T) {
	f := func(undecidable, path, mediaType, request, answer string) {
		t.Helper()
		k := kept{path: path, mediaType: mediaType, request: request, answer: answer}
		x := k.exchange()
		x.Request.Truncated = true
		if strings.HasPrefix(request, "--") {
			x.Request.Header = exchange.Header("Content-Type: multipart/form-data; boundary=b\r\n")
		}
		d, _ := newDecoder()
		require.Equal(t, undecidable, strings.Join(d.call(x).Fidelity.Undecidable, " "))
	}
	f("", "/v1/audio/transcriptions", jsonType, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF", `{"text":"Hello."}`)
	f("", "/v1/audio/speech", "audio/mpeg", `{"model":"tts","input":"Hel`, "ID3\x00")
	f("", "/v1/images/generations", jsonType, `{"model":"m","prompt":"A c`, `{"created":1,"data":[{"b64_json":"AA=="}]}`)
	f("", "/v1/score", jsonType, `{"model":"m","text_1":"a","text_2":["b`, `{"data":[{"index":0,"score":1}],"usage":{"prompt_tokens":9,"total_tokens":9}}`)
	f("rerank.count rerank.index", "/v1/rerank", jsonType, `{"model":"m","query":"q","documents":["a`, `{"results":[{"index":3,"relevance_score":0.9}]}`)
	vectors := `{"data":[{"index":0,"embedding":[0.6,0.8]}],"model":"m","usage":{"prompt_tokens":9,"total_tokens":9}}`
	const promised = "embedding.dimensions_ignored embedding.encoding_format_ignored embedding.count embedding.all_zero embedding.not_finite"
	f(promised, "/v1/embeddings", jsonType, `{"model":"m","input":["a`, vectors)
	f(promised, "/v1/embeddings", jsonType, `{"model":"m","encoding_format":"flo`, vectors)
}
