package openai

import (
	"math/rand/v2"
	"testing"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

const eventStream = "text/event-stream"

// vectors encodes what the APIs without text answer.
func vectors(*rand.Rand, wiretest.Answer) (embeddings, ranking string) {
	return `{"object":"list","model":"m","data":[{"index":0,"embedding":[0.1,-2e3,NaN]},{"index":1,"embedding":"AAAA"}],"usage":{"prompt_tokens":3,"total_tokens":3}}`,
		`{"id":"r","model":"m","results":[{"index":1,"relevance_score":0.5,"document":{"text":"b"}}],"meta":{"billed_units":{"search_units":1}},"usage":{"total_tokens":4}}`
}

func FuzzDecodeCompletions(f *testing.F) {
	wiretest.Fuzz(f, DecodeCompletions, eventStream, wiretest.Completions)
}

func FuzzDecodeFIM(f *testing.F) {
	wiretest.Fuzz(f, DecodeFIM, eventStream, wiretest.Chat)
}

func FuzzDecodeEdits(f *testing.F) {
	wiretest.Fuzz(f, DecodeEdits, eventStream, wiretest.Completions)
}

func FuzzDecodeLlama(f *testing.F) {
	wiretest.Fuzz(f, DecodeLlama, eventStream, wiretest.Llama, `[{"index":1,"content":"a","stop":true},{"index":-1},null]`,
		"data: null\n\ndata: {\"index\":3,\"content\":\"a\",\"stopped_word\":true}\n\n", `{"content":"a","timings/predicted_n":3,"tokens_cached":1}`)
}

func FuzzDecodeInfill(f *testing.F) {
	wiretest.Fuzz(f, DecodeInfill, eventStream, wiretest.Llama)
}

const (
	sglangPiece = `{"index":1,"text":"It is","meta_info":{"prompt_tokens":9,"completion_tokens":3,"cached_tokens":8,"finish_reason":{"type":"abort","message":"m"}}}`
	tgiPiece    = `{"index":1,"token":{"id":1,"text":"It","special":false},"generated_text":"It","details":{"finish_reason":"length","generated_tokens":1,"input_length":2}}`
)

func generated(*rand.Rand, wiretest.Answer) (sglang, tgi string) {
	return "[" + sglangPiece + "]", "data:" + tgiPiece + "\n\n"
}

func FuzzDecodeGenerate(f *testing.F) {
	f.Add([]byte(`{"inputs":"a","parameters":{"grammar":{"type":"json","value":{}},"stop":["a"],"details":true}}`), []byte(tgiPiece), "application/json", uint16(200), uint8(0))
	f.Add([]byte(`{"text":["a"],"sampling_params":[{"n":2,"json_schema":"{}"}],"image_data":[["a"],null]}`), []byte(events(sglangPiece)), eventStream, uint16(200), uint8(0))
	f.Add([]byte(`{"token_ids":[1],"sampling_params":{"n":2}}`), []byte(events(`{"request_id":"r","choices":[{"index":1,"token_ids":[1],"text":"a"}]}`)), eventStream, uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeGenerate, eventStream, generated)
}

func FuzzDecodeGenerateStream(f *testing.F) {
	wiretest.Fuzz(f, DecodeGenerateStream, eventStream, generated)
}

func FuzzDecodeResponses(f *testing.F) {
	wiretest.Fuzz(f, DecodeResponses, eventStream, func(r *rand.Rand, a wiretest.Answer) (string, string) {
		return wiretest.Responses(r, a, r.IntN(2) == 0)
	}, `{"type":"error","code":"c","message":"m"}`,
		"data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"m\"}}}\n\n",
		"data: {\"type\":\"response.output_text.delta\",\"delta\":\"no index\"}\n\n")
}

func FuzzDecodeFetchResponse(f *testing.F) {
	wiretest.Fuzz(f, DecodeFetchResponse, eventStream, func(r *rand.Rand, a wiretest.Answer) (string, string) {
		return wiretest.Responses(r, a, true)
	})
}

func FuzzDecodeEmbeddings(f *testing.F) {
	wiretest.Fuzz(f, DecodeEmbeddings, "application/json", vectors)
}

func FuzzDecodeEmbed(f *testing.F) {
	f.Add([]byte(`{"texts":["a"],"images":["b"]}`), []byte(`{"embeddings":{"float":[[1]]},"meta":{"tokens":{"input_tokens":1}}}`), "application/json", uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeEmbed, "application/json", vectors, `[[1],[2]]`)
}

func FuzzDecodeClassify(f *testing.F) {
	f.Add([]byte(`{"text":["a"]}`), []byte(`[{"embedding":[1],"meta_info":{"prompt_tokens":1}},null]`), "application/json", uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeClassify, "application/json", vectors)
}

func FuzzDecodeDecision(f *testing.F) {
	wiretest.Fuzz(f, DecodeDecision, "application/json", vectors, `{"answers":[{"probability":1}],"usage":{"input_tokens":1,"output_tokens":1}}`)
}

func FuzzDecodeChatBatch(f *testing.F) {
	wiretest.Fuzz(f, DecodeChatBatch, eventStream, wiretest.Chat)
}

func FuzzDecodeInvocation(f *testing.F) {
	wiretest.Fuzz(f, DecodeInvocation, eventStream, wiretest.Chat)
}

func FuzzDecodeRerank(f *testing.F) {
	wiretest.Fuzz(f, DecodeRerank, "application/json", vectors)
}

const form = "multipart/form-data; boundary=b"

func FuzzDecodeTranscription(f *testing.F) {
	f.Add([]byte(uploadOf("x")), []byte(`{"text":"hi","usage":{"type":"duration","seconds":3}}`), form, uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeTranscription, eventStream, wiretest.Transcription)
}

func FuzzDecodeSpeech(f *testing.F) {
	wiretest.Fuzz(f, DecodeSpeech, eventStream, wiretest.Speech)
}

func FuzzDecodeImages(f *testing.F) {
	f.Add([]byte(uploadOf("x")), []byte(`{"data":[{"url":"u"}]}`), form, uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeImages, eventStream, wiretest.Image)
}
