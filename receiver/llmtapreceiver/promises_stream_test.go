package llmtapreceiver

import (
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
)

func broken(k *kept) { k.end = exchange.UpstreamBroken }

// unasked takes back that the request wants a stream.
func unasked(k *kept) { k.request = strings.Replace(k.request, `"stream":true`, `"stream":false`, 1) }

const bothStreams = "chat stream, completions stream"

const aPoem = "Rain falls on Ulm and on the river, which is wide there and slow on its way."

// inPieces lets an event of the answer come as several that have these texts in its place.
func inPieces(texts ...string) func(event string) string {
	return func(event string) string {
		var out strings.Builder
		for _, text := range texts {
			out.WriteString(strings.Replace(event, "It is fine.", text, 1))
		}
		return out.String()
	}
}

// streamDeviations are of how streams come, those of completions above all.
var streamDeviations = []deviation{
	{"stream.premature_close", bothStreams, "", broken, []edit{endAfter(`"It is fine."`)}},
	{"stream.premature_close", "responses stream, messages stream, ollama stream", "", broken, []edit{endAfter(`It is fine.`)}},
	{"stream.stream_ignored", "chat, responses, messages", `"stream":true`, nil, nil},
	{"stream.stream_ignored", "chat stream, responses stream, messages stream", "", unasked, nil},
	{"stream.stream_ignored", "ollama stream", `"stream":false`, nil, nil},
	{"stream.content_type_wrong", "chat stream, responses stream, messages stream", "", func(k *kept) { k.mediaType = jsonType }, nil},
	{"stream.content_type_wrong", "chat, responses, messages", "", func(k *kept) { k.mediaType = sseType }, nil},
	{"stream.content_type_wrong", "chat, chat stream, completions, responses stream, messages, messages stream, embeddings", "", func(k *kept) { k.mediaType = "text/plain; charset=utf-8" }, nil},
	{"stream.content_type_wrong", "chat, chat stream, responses, messages", "", func(k *kept) { k.mediaType = "text/html" }, nil},
	{"", "chat, responses, embeddings", "", func(k *kept) { k.mediaType = "Application/vnd.api+JSON" }, nil},
	{"", "chat, chat stream, messages stream", "", func(k *kept) { k.mediaType = "" }, nil},
	{"stream.invalid_utf8", "chat, chat stream, completions, responses, messages, ollama stream", "", nil, []edit{all("fine", "f\xffne")}},
	{"stream.replacement_char", "chat, chat stream, messages stream, responses, ollama stream", "", nil, []edit{all("fine", `\uFFFD`)}},
	{"stream.replacement_char", "chat call, chat call stream, responses call stream, messages call stream", "", nil, []edit{all("Ulm", `\\ufffd`)}},
	{"stream.replacement_char", "messages call, ollama call", "", nil, []edit{all("Ulm", `\ufffd`)}},
	{"", "chat call, chat call stream, responses call, messages call stream", "", nil, []edit{all("Ulm", `\\\\ufffd`)}}, // a program that has the escape
	{"", "chat, chat stream, messages stream, responses stream, ollama", "", nil, []edit{all("fine", `\\ufffd`)}},
	{"", "chat, chat stream", `"user":"\uFFFD"`, inAnswer(all("fine", "\ufffd")), nil},
	{"", "chat", `"logprobs":true`, inAnswer(logprobs(`{"token":"\ufffd"}`)), nil}, // a part of a character
	{"", "chat, chat stream", "", nil, []edit{all("fine.", `\ufffd`), once(`"finish_reason":"stop"`, `"finish_reason":"length"`)}},
	{"stream.data_not_json", bothStreams, "", nil, []edit{once(`"choices":[]`, `"choices":[}`)}},
	{"stream.data_not_json", "responses stream, responses call stream", "", nil, []edit{once(`"status":"in_progress","output"`, `"status":"in_progress",`)}},
	{"stream.data_not_json", "responses stream", "", nil, []edit{once(`"item_id":"m1","content_index":0,"part"`, `"item_id":"m1","content_index":0,`)}},
	{"stream.data_not_json", "responses stream, responses call stream", "", nil, []edit{atEvent(".delta", changed(all(`"sequence_number":#,`, `,`)))}},
	{"stream.data_not_json", "responses stream, responses call stream", "", nil, []edit{atEvent("output_item.added", changed(all(`{"id"`, `{`)))}},
	{"stream.data_not_json", "messages stream, messages call stream", "", nil, []edit{atEvent("content_block_start", changed(all(`"index"`, `index`)))}},
	{"stream.data_not_json", "chat call stream", "", nil, []edit{once(`"function":{"name":"weather"`, `"function":{"name"`)}},
	{"stream.data_not_json", "messages stream", "", nil, []edit{once(`"index":0}`, `"index":0`)}},
	{"stream.data_not_json", "ollama stream", "", nil, []edit{once(`"done":false}`, `"done":false`)}},
	{"stream.multi_json_in_one_data", bothStreams, "", nil, []edit{once("\"finish_reason\":\"stop\"}]}\n", "\"finish_reason\":\"stop\"}]} {}\n")}},
	{"stream.empty_data_event", bothStreams + ", messages stream", "", nil, []edit{before("fine", "data:\n\n")}},
	{"stream.comment_keepalive", bothStreams + ", responses stream", "", nil, []edit{before("fine", ": ping\n\n")}},
	{"stream.crlf", bothStreams + ", messages stream", "", nil, []edit{all("\n", "\r\n")}},
	{"stream.bom", bothStreams + ", messages stream", "", nil, []edit{before("data", "\ufeff")}},
	{"stream.no_done", bothStreams, "", nil, []edit{drop("[DONE]")}},
	{"stream.no_finish_reason", bothStreams, "", nil, []edit{all(`"finish_reason":"stop"`, `"finish_reason":null`)}},
	{"stream.n_incomplete", "chat n stream", "", nil, []edit{once(`"finish_reason":"stop"`, `"finish_reason":null`)}},
	{"stream.after_done", bothStreams, "", nil, []edit{appended("data: [DONE]\n\n")}},
	{"stream.event_name_present_on_chat", bothStreams, "", nil, []edit{all("data: {", "event: chunk\ndata: {")}},
	{"stream.id_missing", bothStreams, "", nil, []edit{all(`"id":"c1",`, ``)}},
	{"stream.id_missing", bothStreams, "", nil, []edit{all(`"id":"c1"`, `"id":""`)}},
	{"stream.id_missing", bothStreams, "", nil, []edit{atEvent("fine", changed(all(`"id":"c1",`, ``)))}},
	{"stream.id_changes", bothStreams, "", nil, []edit{once(`"id":"c1"`, `"id":"c0"`)}},
	{"stream.created_changes", bothStreams, "", nil, []edit{once(`"created":1`, `"created":2`)}},
	{"stream.model_changes", bothStreams, "", nil, []edit{once(`"model":"qwen"`, `"model":"qwen-2"`)}},
	{"stream.object_wrong", "chat stream", "", nil, []edit{once(`chat.completion.chunk`, `chat.completion`)}},
	{"stream.object_wrong", "completions stream", "", nil, []edit{once(`text_completion`, `text_completion.chunk`)}},
	{"", "chat stream", "", nil, []edit{before("fine", // Azure, of what its filter finds beside the stream
		`data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`+"\n\n"+
			`data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{},`+
			`"content_filter_offsets":{"check_offset":1,"start_offset":1,"end_offset":9}}]}`+"\n\n")}},
	{"", "chat stream", "", nil, []edit{drop(`"finish_reason":"stop"`), before(`"choices":[],`, // which may end it
		`data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":"content_filter","content_filter_results":`+
			`{"protected_material_text":{"detected":true,"filtered":true}},"content_filter_offsets":{"check_offset":1,"start_offset":1,"end_offset":9}}]}`+"\n\n")}},
	{"stream.chunk_without_choices", bothStreams, "", nil, []edit{once(`"choices":[],`, ``)}},
	{"stream.choice_index_missing", "chat stream", "", nil, []edit{all(`"index":0,"delta"`, `"delta"`)}},
	{"stream.choice_index_missing", "completions stream", "", nil, []edit{all(`"index":0,"text"`, `"text"`)}},
	{"stream.first_delta_no_role", "chat stream", "", nil, []edit{once(`"role":"assistant",`, ``)}},
	{"stream.two_finish_reasons", bothStreams, "", nil, []edit{atEvent("fine", func(event string) string {
		return strings.Replace(event, `"finish_reason":null`, `"finish_reason":"stop"`, 1)
	})}},
	{"stream.delta_after_finish", "chat stream", "", nil, []edit{
		once(`"finish_reason":"stop"`, `"finish_reason":null`), once(`"finish_reason":null`, `"finish_reason":"stop"`)}},
	{"stream.delta_repeats", bothStreams, "", nil, []edit{atEvent("fine", // DashScope: all of the text so far
		inPieces("It is", "It is fine.", "It is fine. It rains", "It is fine. It rains in Ulm and in Bonn."))}},
	{"stream.delta_repeats", bothStreams, "", nil, []edit{atEvent("fine", inPieces(aPoem[:9], aPoem[9:60], aPoem[60:], aPoem))}}, // RAGFlow: all of it at the end
	{"", bothStreams, "", nil, []edit{atEvent("fine", inPieces(strings.Split(strings.Repeat("la| la|", 40), "|")...))}},
	{"", bothStreams, "", nil, []edit{atEvent("fine", inPieces("1", "12", "123", "1234", "12345"))}},
	{"", bothStreams, "", nil, []edit{atEvent("fine", inPieces("!", "!!", "!!!!", strings.Repeat("!", 16), strings.Repeat("!", 99)))}}, // of a broken model, and hurried
	{"", bothStreams, "", nil, []edit{atEvent("fine", inPieces("Ha", " ha", "Ha ha ha", strings.Repeat("Ha ha", 20)))}},
	{"stream.usage_only_chunk_has_choices", "chat stream", "", nil, []edit{
		once(`"choices":[]`, `"choices":[{"index":0,"delta":{},"finish_reason":null}]`)}},
}
