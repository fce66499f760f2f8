package llmtapreceiver

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// typicalExchange is a call of about 1 KB each way, as OpenAI's Python client makes it.
func typicalExchange() *exchange.Exchange {
	request := `{"model":"gpt-4o-mini","user":"ada","messages":[{"role":"system","content":"You are terse."},` +
		`{"role":"user","content":"` + strings.Repeat(`What does the \"fox\" do? `, 35) + `"}]}`
	response := `{"id":"chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat(`The quick brown fox jumps.\n`, 16) +
		`","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":123,` +
		`"completion_tokens":45,"total_tokens":168,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},` +
		`"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,` +
		`"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"}`
	return &exchange.Exchange{
		Upstream: "bench", ServerAddress: "127.0.0.1", ServerPort: 8000, Method: "POST", Target: "/v1/chat/completions",
		Status: 200, Start: time.Unix(1_760_000_000, 0), Duration: time.Millisecond, Overhead: 50 * time.Microsecond,
		Marks: []exchange.Mark{{Offset: int64(len(response)), At: time.Millisecond}},
		Request: exchange.Message{
			Body: []byte(request), Size: int64(len(request)),
			Header: exchange.Header("Host: tap\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nAccept: application/json\r\n" +
				"Content-Type: application/json\r\nUser-Agent: OpenAI/Python 2.6.1\r\nX-Stainless-Lang: python\r\n" +
				"X-Stainless-Package-Version: 2.6.1\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\nX-Stainless-Runtime: CPython\r\n" +
				"X-Stainless-Runtime-Version: 3.12.3\r\nAuthorization: Bearer sk-bench-0123456789abcdef\r\nX-Stainless-Async: false\r\n" +
				"x-stainless-retry-count: 0\r\nx-stainless-read-timeout: 600\r\nContent-Length: " + strconv.Itoa(len(request)) + "\r\n\r\n"),
		},
		Response: exchange.Message{
			Body: []byte(response), Size: int64(len(response)),
			Header: exchange.Header("date: Mon, 01 Jun 2026 00:00:00 GMT\r\nserver: uvicorn\r\ncontent-type: application/json\r\n" +
				"content-length: " + strconv.Itoa(len(response)) + "\r\n\r\n"),
		},
	}
}

func benchRecorder(t testing.TB) *recorder {
	cfg := createDefaultConfig().(*Config)
	cfg.KeyHashSecret = "pepper"
	set := receivertest.NewNopSettings(componentType)
	set.TelemetrySettings = componenttest.NewNopTelemetrySettings()
	tap := &tapReceiver{cfg: cfg, set: set, next: consumertest.NewNop()}
	var err error
	tap.telemetry, err = newTelemetry(set.TelemetrySettings)
	require.NoError(t, err)
	r, err := tap.newRecorder()
	require.NoError(t, err)
	t.Cleanup(r.cancel)
	return r
}

// record is what becomes of one exchange when no other is queued.
func (w *worker) record(x *exchange.Exchange) {
	w.take(x)
	w.decode()
}

// BenchmarkTypicalCall is from the exchange to its span in a batch that is handed on.
func BenchmarkTypicalCall(b *testing.B) {
	w, x := newWorker(benchRecorder(b)), typicalExchange()
	w.yielder.close() // there is no network to ask
	b.ReportAllocs()
	for b.Loop() {
		if w.record(x); w.gathered.spans.Len() == w.batch.MaxSpans {
			w.flush()
		}
	}
}

func BenchmarkCommon(b *testing.B) {
	r, x := benchRecorder(b), typicalExchange()
	var call genai.Call
	b.ReportAllocs()
	for b.Loop() {
		r.decoder.common(x, &call)
	}
}
