package openai

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

var benchFields = caller.NewFields([]string{"safety_identifier", "user", "metadata.user_id"})

// answerOf gives an answer of about size bytes.
func answerOf(size int) []byte {
	head := `{"id":"chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW","object":"chat.completion","created":1760000000,"model":"qwen3-32b",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"`
	tail := `","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":123,` +
		`"completion_tokens":45,"total_tokens":168,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},` +
		`"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,` +
		`"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"}`
	return []byte(head + textOf(size-len(head)-len(tail)) + tail)
}

func textOf(size int) string {
	const line = `The quick brown fox said: \"jumps over the lazy dog\".\n`
	return strings.Repeat(line, max(1, size/len(line)))
}

// requestOf gives a conversation of about size bytes with two tools.
func requestOf(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"model":"qwen3-32b","user":"ada","temperature":0.2,"tools":[`)
	for i := range 2 {
		fmt.Fprintf(&b, `{"type":"function","function":{"name":"tool%d","description":"does it","parameters":{"type":"object",`+
			`"properties":{"city":{"type":"string"}},"required":["city"]}}},`, i)
	}
	text := strings.TrimSuffix(b.String(), ",") + `],"messages":[{"role":"system","content":"You are terse."}`
	messages := max(1, size/2048)
	for range messages {
		text += `,{"role":"user","content":"` + textOf(size/messages-40) + `"}`
	}
	return []byte(text + `]}`)
}

func streamOf(events int) ([]byte, []exchange.Mark) {
	var b strings.Builder
	var marks []exchange.Mark
	for i := range events {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-7Qyqpwdf","object":"chat.completion.chunk","created":1760000000,"model":"qwen3-32b",`+
			`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}`+"\n\n")
		marks = append(marks, exchange.Mark{Offset: int64(b.Len()), At: time.Duration(i) * time.Millisecond})
	}
	b.WriteString("data: [DONE]\n\n")
	return []byte(b.String()), marks
}

func benchmark(b *testing.B, x *exchange.Exchange) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(x.Request.Body) + len(x.Response.Body)))
	for b.Loop() {
		var call genai.Call
		if err := DecodeChat(x, benchFields, &call); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer1KB(b *testing.B) {
	benchmark(b, &exchange.Exchange{Status: 200, Response: exchange.Message{Body: answerOf(1024)}})
}

func BenchmarkAnswer64KB(b *testing.B) {
	benchmark(b, &exchange.Exchange{Status: 200, Response: exchange.Message{Body: answerOf(64 << 10)}})
}

func BenchmarkRequest2KB(b *testing.B) {
	benchmark(b, &exchange.Exchange{Status: 400, Request: exchange.Message{Body: requestOf(2 << 10)}})
}

func BenchmarkRequest256KB(b *testing.B) {
	benchmark(b, &exchange.Exchange{Status: 400, Request: exchange.Message{Body: requestOf(256 << 10)}})
}

func BenchmarkStream64Events(b *testing.B) {
	body, marks := streamOf(64)
	benchmark(b, &exchange.Exchange{Status: 200, Marks: marks, Response: exchange.Message{Body: body}})
}

func BenchmarkStream1024Events(b *testing.B) {
	body, marks := streamOf(1024)
	benchmark(b, &exchange.Exchange{Status: 200, Marks: marks, Response: exchange.Message{Body: body}})
}

// A chunk of a stream is read and folded without a new allocation.
func TestChunkAllocations(t *testing.T) {
	body, _ := streamOf(1)
	data := []byte(strings.TrimPrefix(strings.SplitN(string(body), "\n", 2)[0], "data: "))
	var a choicesAnswer
	var c chunk
	run := func() {
		r := jsonscan.New(data)
		c.read(&r, &a.usage)
		a.fold(&c, false)
		a.Replace(&a.Choices[0].Text, nil)
	}
	run()
	require.Zero(t, testing.AllocsPerRun(100, run))
}
