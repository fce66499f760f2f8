package llmtapreceiver

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

// Nothing was recorded of these bodies: what they had of tokens is unknown, not none.
func TestUsageOfCallsWithoutCopiesIsUnknown(t *testing.T) {
	answer := wiretest.Answer{ID: "i", Model: "m", Text: "a few words"}
	for _, api := range streamed[:7] {
		whole, stream := api.encode(rand.New(rand.NewPCG(1, 1)), answer)
		for mediaType, body := range map[string]string{"application/json": whole, api.mediaType: stream} {
			x := answerExchange(api.path, mediaType, "")
			x.Request = exchange.Message{Size: 100, Truncated: true}
			x.Response.Size, x.Response.Truncated = int64(len(body)), true
			d, _ := newDecoder()
			require.Equal(t, genai.Usage{Source: genai.UsageNone}, d.call(x).Usage, "%s %s", api.path, mediaType)
		}
	}
}

// Without memory for copies, or with tiny ones, a call has no counts of its own making, plain and streamed.
func TestUsageOfCallsWithoutMemoryForCopiesIsUnknown(t *testing.T) {
	f := func(change func(*LimitsConfig)) {
		t.Helper()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			if !bytes.Contains(body, []byte(`"stream":true`)) {
				_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"a few words"},"finish_reason":"stop"}]}`)
				return
			}
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, strings.Join(openAIStream(false), ""))
		}))
		defer server.Close()
		r := startBefore(t, server.URL, func(cfg *Config) { change(&cfg.Limits) })
		r.post(t, "/v1/chat/completions", chatRequest)
		r.post(t, "/v1/chat/completions", streamRequest)
		for _, call := range r.calls(t, 2) {
			require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
			require.Equal(t, genai.OutcomeOK, call.Outcome)
		}
	}
	f(func(l *LimitsConfig) { l.CopyBytesTotal = 1 })
	f(func(l *LimitsConfig) { l.BodyCopyBytes, l.CopyBytesTotal = 10, 4<<10 })
}

// What a request has beyond its copy counts as what the copy has, where that is mostly text; where it has none, nothing is known.
func TestInputOfRequestsOverTheLimit(t *testing.T) {
	f := func(want genai.Count, change func(*exchange.Message)) {
		t.Helper()
		x := answerExchange("/v1/chat/completions", "application/json", `{"choices":[{"message":{"content":"eight ch"},"finish_reason":"stop"}]}`)
		change(&x.Request)
		d, _ := newDecoder()
		require.Equal(t, genai.Usage{Input: want, Output: genai.Known(2), Source: genai.UsageEstimated}, d.call(x).Usage)
	}
	cut := func(body string, size int64) func(*exchange.Message) {
		return func(m *exchange.Message) { m.Body, m.Size, m.Truncated = []byte(body), size, true }
	}
	known, unknown := genai.Known, genai.Count{}
	text := `{"messages":[{"role":"user","content":"` + strings.Repeat("many words ", 100)
	picture := `{"messages":[{"role":"user","content":[{"type":"text","text":"what is this"},{"type":"image_url","image_url":{"url":"data:` + strings.Repeat("A", 1000)
	f(known(1), func(*exchange.Message) {})
	f(known(2750), cut(text+`"},`, int64(10*len(text+`"},`))))
	f(known(3), cut(picture, 1_000_000))
	f(unknown, cut(`{"model":"m","messages":[`, 1_000_000))
	f(unknown, cut("", 1_000_000))
	f(unknown, func(m *exchange.Message) {
		m.Header, m.Body = exchange.Header("Content-Encoding: x-unheard-of\r\n"), []byte("\x0b\x01coded")
	})
}

// What the server said stays known, whoever it said it to, where nothing can be added to it.
func TestReportedInputOfAnswersWithoutOutput(t *testing.T) {
	x := answerExchange("/v1/messages", eventStream, `data: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}`+"\n\n")
	x.Response.Size, x.Response.Truncated = 1_000_000, true
	d, _ := newDecoder()
	require.Equal(t, genai.Usage{Input: genai.Known(9), Source: genai.UsageReported}, d.call(x).Usage)
}

// The copy of a plain answer tells what the rest has only if it is mostly text, and if its size is that of the text.
func TestOutputOfPlainAnswersOverTheLimit(t *testing.T) {
	const limit = 30_000
	text := strings.Repeat("many words ", 15_000)
	f := func(path, header, body string) genai.Count {
		t.Helper()
		x := answerExchange(path, "application/json", body)
		x.Response.Header = append(x.Response.Header, header...)
		x.Response.Size = int64(len(body))
		d, _ := newDecoder()
		d.plainBytesMax = limit
		return d.call(x).Usage.Output
	}
	chat := `{"choices":[{"message":{"content":"` + text + `"}}]}`
	require.InEpsilon(t, len(text)/4, f("/v1/chat/completions", "", chat).N, 0.02)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(chat))
	_ = w.Close()
	require.Equal(t, genai.Count{}, f("/v1/chat/completions", "Content-Encoding: gzip\r\n", packed.String()))
	require.Equal(t, genai.Count{}, f("/v1/responses", "", `{"output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"short"}]},
		{"content":[{"text":"`+text+`","type":"output_text"}],"type":"message"}]}`))
}
