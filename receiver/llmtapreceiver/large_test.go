package llmtapreceiver

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

// Of an answer that is longer than its copy the token counts, which stand at its end, are known all the same.
func TestUsageOfAnswersOverTheLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 11))
	answer := wiretest.Answer{ID: "i", Model: "m", Text: strings.Repeat("many words ", 9_000), Usage: &wiretest.Usage{Input: 77, Cached: 7, Output: 120_000}}
	for _, api := range streamed[:8] {
		whole, stream := api.encode(random, answer)
		for mediaType, body := range map[string]string{"application/json": whole, api.mediaType: stream} {
			x := answerExchange(api.path, mediaType, body)
			x.Response.Size = int64(len(body))
			d, _ := newDecoder()
			d.plainBytesMax = 10_000
			call := d.call(x)
			require.True(t, call.ResponseTruncated, "%s %s %d", api.path, mediaType, len(body))
			require.Equal(t, genai.UsageReported, call.Usage.Source, "%s %s", api.path, mediaType)
			require.Equal(t, genai.Known(120_000), call.Usage.Output, "%s %s", api.path, mediaType)
			require.Equal(t, genai.Known(77), call.Usage.Input, "%s %s", api.path, mediaType)
			require.Equal(t, genai.OutcomeOK, call.Outcome)
			require.True(t, strings.HasPrefix(answer.Text, call.Detail.Choices[0].Text))
		}
	}
}

// The usage of each model that Groq's compound models asked is not that of the answer, of which the end alone is there.
func TestUsageOfSeveralModelsOverTheLimit(t *testing.T) {
	body := `{"choices":[{"message":{"content":"` + strings.Repeat("many words ", 9_000) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":77,"completion_tokens":9},` +
		`"usage_breakdown":{"models":[{"model":"a","usage":{"prompt_tokens":70,"completion_tokens":4}},{"model":"b","usage":{"prompt_tokens":7,"completion_tokens":5}}]},"x_groq":{"id":"i"}}`
	x := answerExchange("/v1/chat/completions", "application/json", body)
	x.Response.Size = int64(len(body))
	d, _ := newDecoder()
	d.plainBytesMax = 10_000
	call := d.call(x)
	require.Equal(t, genai.UsageReported, call.Usage.Source)
	require.Equal(t, genai.Known(77), call.Usage.Input)
	require.Equal(t, genai.Known(9), call.Usage.Output)
}

// What is beyond the copy is estimated after what is in it.
func TestEstimateOfAnswersOverTheLimit(t *testing.T) {
	answer := wiretest.Answer{ID: "i", Model: "m", Text: strings.Repeat("many words ", 15_000)}
	_, body := wiretest.Chat(rand.New(rand.NewPCG(11, 11)), answer)
	x := answerExchange("/v1/chat/completions", eventStream, body)
	x.Response.Size = int64(len(body))
	d, _ := newDecoder()
	d.plainBytesMax = 30_000
	call := d.call(x)
	require.Equal(t, genai.UsageEstimated, call.Usage.Source)
	require.InEpsilon(t, len(answer.Text)/4, call.Usage.Output.N, 0.02)
}

const eventStream = "text/event-stream"

// Clients write the messages of a request first, and a file before the fields that follow it.
func TestModelOfRequestsOverTheLimit(t *testing.T) {
	d, _ := newDecoder()
	d.plainBytesMax = 30_000
	x := answerExchange("/v1/chat/completions", "application/json", chatAnswer)
	x.Request.Body = []byte(`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + strings.Repeat("A", 200_000) +
		`"}},{"type":"text","text":"a \"model\": \"b\""}]}],"model": "qwen","user":"ada","stream":true}`)
	call := d.call(x)
	require.True(t, call.RequestTruncated)
	require.Equal(t, "qwen", call.RequestModel)
	require.True(t, call.Detail.StreamAsked)
	require.Equal(t, "ada", call.Caller.Hint("llmtap.caller.body.user"))

	x = answerExchange("/v1/audio/transcriptions", "application/json", `{"text":"hi"}`)
	x.Request.Header = exchange.Header("Content-Type: multipart/form-data; boundary=b\r\n")
	x.Request.Body = []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + strings.Repeat("\n--\n", 50_000) +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--b--\r\n")
	call = d.call(x)
	require.True(t, call.RequestTruncated)
	require.Equal(t, "whisper", call.RequestModel)
	require.Equal(t, 1, call.InputAudios)
}

// allocatedCopiesMax bounds what decoding one call may allocate in all, whatever its size: so many times the limit of a
// body, as the slices that hold it grow.
const allocatedCopiesMax = 8

func TestMemoryOfLargeCallsIsBounded(t *testing.T) {
	const limit, size = 4 << 20, 16 << 20
	fill := func(begin, middle, end string) []byte {
		return slices.Concat([]byte(begin), bytes.Repeat([]byte(middle), size/len(middle)), []byte(end))
	}
	f := func(path, mediaType string, body []byte) {
		t.Helper()
		d, failures := newDecoder()
		d.plainBytesMax = limit
		x := answerExchange(path, mediaType, "")
		x.Response.Body, x.Response.Size = body, int64(len(body))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		call := d.call(x)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(allocatedCopiesMax*limit), path)
		require.True(t, call.ResponseTruncated)
		require.NotContains(t, *failures, failedPanic)
	}
	text := strings.Repeat(`words \"and\" \n more `, 50)
	f("/v1/chat/completions", "application/json", fill(`{"choices":[{"message":{"content":"`, text, `"}}],"usage":{"prompt_tokens":1}}`))
	f("/v1/chat/completions", eventStream, fill("", `data: {"choices":[{"index":0,"delta":{"content":"`+text+`"}}]}`+"\n\n", "data: [DONE]\n\n"))
	f("/v1/chat/completions", eventStream, fill("", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: [DONE]\n\n")) // two million chunks
	f("/v1/chat/completions", eventStream, fill("", `data: {"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b"}]}}]}`+"\n\n", ""))
	f("/v1/chat/completions", eventStream, fill("", "data:\n", "\n\n"))
	f("/v1/chat/completions", eventStream, fill("data: ", "x", "\n\n"))
	f("/v1/completions", eventStream, fill("", `data: {"choices":[{"index":7,"text":"`+text+`"}]}`+"\n\n", ""))
	f("/v1/responses", eventStream, fill("", `data: {"type":"response.output_text.delta","output_index":0,"delta":"`+text+`"}`+"\n\n", ""))
	f("/v1/responses", eventStream, fill("", `data: {"type":"response.output_item.added","item":{"id":"`+strings.Repeat("i", 500)+`"}}`+"\n\n", ""))
	f("/v1/responses", "application/json", fill(`{"output":[`, `{"type":"message","content":[{"type":"output_text","text":"a"}]},`, `]}`))
	f("/v1/messages", eventStream, fill("", `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`+text+`"}}`+"\n\n", ""))
	f("/v1/messages", eventStream, fill("", `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"b"}}`+"\n\n", ""))
	f("/v1/messages", "application/json", fill(`{"content":[`, `{"type":"text","text":"a"},`, `]}`))
	f("/api/chat", "application/x-ndjson", fill("", `{"message":{"content":"`+text+`"}}`+"\n", ""))
	f("/api/chat", "application/x-ndjson", fill("", `{"message":{"tool_calls":[{"function":{"name":"f","arguments":{}}}]}}`+"\n", ""))
	f("/api/v1/chat", eventStream, fill("", `data: {"type":"message.delta","content":"`+text+`"}`+"\n\n", ""))
	f("/api/v1/chat", "application/json", fill(`{"output":[`, `{"type":"tool_call","tool":"f","arguments":{}},`, `]}`))
	f("/v1/embeddings", "application/json", fill(`{"data":[`, `{"index":0,"embedding":[0.125,0.25]},`, `]}`))
	f("/v1/rerank", "application/json", fill(`{"results":[`, `{"index":0,"relevance_score":0.1},`, `]}`))
	f("/v1/audio/speech", "audio/mpeg", bytes.Repeat([]byte("\xff\xfb"), size/2))
	f("/v1/audio/transcriptions", "text/plain", fill("", text, ""))
	f("/v1/images/generations", "application/json", fill(`{"data":[{"b64_json":"`, "AAAA", `"}]}`))
}

// A line of 32 MiB is left out and what follows it is read, in memory that does not grow with it.
func TestMemoryOfALongLineIsBounded(t *testing.T) {
	body := append([]byte(`data: {"choices":[{"index":0,"delta":{"content":"a"}}]}`+"\n\ndata: {\"x\":\""), bytes.Repeat([]byte("x"), 32<<20)...)
	body = append(body, "\"}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"...)
	d, _ := newDecoder()
	d.plainBytesMax = 64 << 20
	x := answerExchange("/v1/chat/completions", eventStream, "")
	x.Response.Body, x.Response.Size = body, int64(len(body))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call := d.call(x)
	runtime.ReadMemStats(&after)
	require.Equal(t, "ab", call.Detail.Choices[0].Text)
	require.True(t, call.Detail.Done)
	require.True(t, call.ResponseTruncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
