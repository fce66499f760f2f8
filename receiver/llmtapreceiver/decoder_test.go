package llmtapreceiver

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/redact"
)

const (
	chatRequest = `{"model":"qwen","user":"ada","messages":[{"role":"user","content":"Hi"}]}`
	chatAnswer  = `{"id":"c1","model":"qwen3","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":9,"completion_tokens":1}}`
)

func chatExchange() *exchange.Exchange {
	return &exchange.Exchange{
		Upstream: "vllm", ServerAddress: "10.0.0.1", ServerPort: 8000, Method: "POST", Target: "/v1/chat/completions?x=1",
		Request: exchange.Message{
			Header: exchange.Header("Authorization: Bearer sk-ada\r\nX-User-Id: u1\r\nx-stainless-retry-count: 2\r\n"),
			Body:   []byte(chatRequest), Size: int64(len(chatRequest)),
		},
		Response: exchange.Message{
			Header: exchange.Header("Server: llama.cpp\r\nContent-Type: application/json\r\n"),
			Body:   []byte(chatAnswer), Size: int64(len(chatAnswer)),
		},
		Status: 200, Start: time.Unix(1_760_000_000, 0).UTC(), Duration: time.Second, Overhead: 40 * time.Microsecond,
		Marks: []exchange.Mark{{Offset: int64(len(chatAnswer)), At: 900 * time.Millisecond}},
	}
}

// newDecoder gives a decoder and the reasons of the failures that it tells of.
func newDecoder() (*decoder, *[]string) {
	failures := &[]string{}
	return &decoder{
		paths:   newPaths(createDefaultConfig().(*Config).PathPrefixes),
		headers: caller.NewHeaders([]string{"x-user-id"}), fields: caller.NewFields([]string{"user"}), keys: genai.NewKeyHasher("pepper"), redact: new(redact.Redactor),
		environment: "prod", plainBytesMax: 1 << 20, judge: fidelity.NewJudge(), servers: new(servers), failed: func(reason string) { *failures = append(*failures, reason) },
	}, failures
}

func (d *decoder) call(x *exchange.Exchange) *genai.Call {
	call := new(genai.Call)
	d.decode(x, call)
	d.check(call)
	return call
}

func TestCall(t *testing.T) {
	d, failures := newDecoder()
	call := d.call(chatExchange())
	require.Empty(t, *failures)
	require.NotEqual(t, pcommon.TraceID{}, call.TraceID)
	require.NotEqual(t, pcommon.SpanID{}, call.SpanID)
	require.Equal(t, pcommon.SpanID{}, call.ParentSpanID)
	require.NotZero(t, call.PromptHash)
	require.NotEmpty(t, call.Fidelity.Applicable)
	require.Empty(t, call.Fidelity.Failed)
	call.Fidelity = genai.Fidelity{}
	require.NotZero(t, call.History.Whole)
	require.Equal(t, call.History.Root, call.History.Whole)
	call.TraceID, call.SpanID, call.PromptHash, call.Detail = pcommon.TraceID{}, pcommon.SpanID{}, 0, nil
	call.History = nil
	require.Equal(t, &genai.Call{
		TraceFlags: genai.TraceRemoteKnown | genai.TraceSampled,
		Start:      time.Unix(1_760_000_000, 0).UTC(), Duration: time.Second, TapOverhead: 40 * time.Microsecond,
		Caller: genai.Caller{
			Environment: "prod", KeyHash: genai.KeyHash("pepper", "sk-ada"),
			Hints: []genai.Hint{
				{Attribute: "llmtap.caller.header.x-user-id", Value: "u1"}, {Attribute: "llmtap.caller.body.user", Value: "ada"},
			},
		},
		Operation: genai.OperationChat, Provider: "openai", APIType: "chat_completions", Upstream: "vllm",
		ServerAddress: "10.0.0.1", ServerPort: 8000, ServerVersion: "llama.cpp", RequestModel: "qwen", ResponseModel: "qwen3",
		HTTPStatus: 200, Outcome: genai.OutcomeOK, FinishReasons: []string{"stop"}, ResponseID: "c1",
		TimeToFirstChunk: 900 * time.Millisecond, Turn: 1, Retry: 2,
		Usage:        genai.Usage{Input: genai.Known(9), Output: genai.Known(1), Source: genai.UsageReported},
		RequestBytes: int64(len(chatRequest)), ResponseBytes: int64(len(chatAnswer)),
	}, call)
}

func TestTraceContext(t *testing.T) {
	d, _ := newDecoder()
	f := func(traceparent string, wantParent bool) {
		t.Helper()
		x := chatExchange()
		x.Request.Header = exchange.Header("traceparent: " + traceparent + "\r\n")
		call := d.call(x)
		require.NotEqual(t, pcommon.SpanID{}, call.SpanID)
		require.NotEqual(t, pcommon.TraceID{}, call.TraceID)
		require.Equal(t, wantParent, call.TraceID.String() == "0af7651916cd43dd8448eb211c80319c")
		require.Equal(t, wantParent, call.ParentSpanID.String() == "b7ad6b7169203331")
	}
	f("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)
	f("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true)
	f("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)
	f("nonsense", false)
}

// Behind the tap, filters go by the flags of the caller's trace context. Its state is any vendor's text, and is not kept.
func TestSampledFlag(t *testing.T) {
	d, _ := newDecoder()
	f := func(header string, want uint32) {
		t.Helper()
		x := chatExchange()
		x.Request.Header = exchange.Header(header)
		span := ptrace.NewSpan()
		genai.PutSpan(d.call(x), span)
		require.Equal(t, want, span.Flags())
		require.Empty(t, span.TraceState().AsRaw())
	}
	const parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	f(parent+"01\r\ntracestate: ot=th:8, vendor=a\r\n", 0x301)
	f(parent+"00\r\n", 0x300)
	f("tracestate: vendor=a\r\n", 0x101)
	f("traceparent: nonsense\r\n", 0x101)
}

func TestContentCoding(t *testing.T) {
	d, failures := newDecoder()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(chatAnswer))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	x := chatExchange()
	x.Response.Header = exchange.Header("Content-Encoding: gzip\r\n")
	x.Response.Body = out.Bytes()
	call := d.call(x)
	require.Equal(t, genai.Known(9), call.Usage.Input)
	require.Equal(t, out.Bytes(), x.Response.Body, "the exchange keeps what it was recorded as")

	d.plainBytesMax = len(chatAnswer)
	require.False(t, d.call(x).ResponseTruncated)
	d.plainBytesMax--
	require.True(t, d.call(x).ResponseTruncated)
	require.Empty(t, *failures)

	x.Response.Header = exchange.Header("Content-Encoding: secret\r\n")
	call = d.call(x)
	require.Equal(t, []string{failedCoding}, *failures)
	require.Equal(t, "qwen", call.RequestModel)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
}

// Servers in Python take no notice of a request's content coding. One that is none hides nothing.
func TestRequestsWithoutTheCodingThatTheySay(t *testing.T) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd", "gzip, br", "secret"} {
		for _, body := range []string{chatRequest, " \n" + chatRequest, "\ufeff" + chatRequest} {
			x := chatExchange()
			x.Request.Header = exchange.Header("Content-Encoding: " + name + "\r\n")
			x.Request.Body, x.Request.Size = []byte(body), int64(len(body))
			d, failures := newDecoder()
			call := d.call(x)
			require.Empty(t, *failures, name)
			require.Equal(t, "qwen", call.RequestModel, name)
			require.Equal(t, 1, call.Turn, name)
			require.False(t, call.RequestTruncated, name)
		}
	}
}

// Nor does one hide a form.
func TestFormsWithoutTheCodingThatTheySay(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nqwen\r\n--b--\r\n"
	for _, name := range []string{"gzip", "br", "secret"} {
		for _, body := range []string{form, "\r\n" + form} {
			x := chatExchange()
			x.Target = "/v1/images/edits"
			x.Request.Header = exchange.Header("Content-Type: multipart/form-data; boundary=b\r\nContent-Encoding: " + name + "\r\n")
			x.Request.Body, x.Request.Size = []byte(body), int64(len(body))
			d, failures := newDecoder()
			call := d.call(x)
			require.Empty(t, *failures, name)
			require.Equal(t, "qwen", call.RequestModel, name)
			require.Equal(t, "ada", call.Caller.Hint("llmtap.caller.body.user"), name)
		}
	}
}

// What is in a content coding may begin like an object: brotli says its text's length in the second byte.
func TestCodedRequestsThatBeginLikePlainOnes(t *testing.T) {
	for length := len(chatRequest); length < len(chatRequest)+256; length++ {
		text := strings.Replace(chatRequest, "Hi", "Hi"+strings.Repeat("x", length-len(chatRequest)), 1)
		packed := new(bytes.Buffer)
		w := brotli.NewWriterLevel(packed, brotli.BestSpeed)
		_, err := w.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		x := chatExchange()
		x.Request.Header = exchange.Header("Content-Encoding: br\r\n")
		x.Request.Body, x.Request.Size = packed.Bytes(), int64(packed.Len())
		d, failures := newDecoder()
		require.Equal(t, "qwen", d.call(x).RequestModel, "of %d bytes: % x", length, packed.Bytes()[:4])
		require.Empty(t, *failures)
	}
}

// Servers in Python read requests in all encodings of Unicode, with a byte order mark or without.
func TestRequestsInOtherEncodings(t *testing.T) {
	text := strings.Replace(chatRequest, "Hi", "H\u00ed \U0001f600", 1)
	x := chatExchange()
	x.Request.Body = []byte(text)
	d, failures := newDecoder()
	want := d.call(x)
	for name, body := range inOtherEncodings(text) {
		x.Request.Body = body
		call := d.call(x)
		require.Equal(t, "qwen", call.RequestModel, name)
		require.Equal(t, want.PromptHash, call.PromptHash, name)
		require.Equal(t, want.History, call.History, name)
		require.Equal(t, want.Caller, call.Caller, name)
		require.Equal(t, body, x.Request.Body, "the exchange keeps what it was recorded as")
	}
	require.Empty(t, *failures)
}

// Of a number that the end of a copy cuts nothing is known, wherever among the bytes of a digit it is cut.
func TestCutNumberInOtherEncodings(t *testing.T) {
	d, _ := newDecoder()
	x := chatExchange()
	x.Request.Truncated = true
	for name, body := range inOtherEncodings(`{"model":"qwen","max_tokens":4096`) {
		for cut := range utf8.UTFMax {
			x.Request.Body = body[:len(body)-cut]
			call := d.call(x)
			require.Equal(t, "qwen", call.RequestModel, name)
			require.False(t, call.Detail.MaxTokens.Known, "%s without %d bytes", name, cut)
		}
	}
}

// Chinese in UTF-16 grows by half. The limit of plain bodies holds for what it grows to.
func TestLimitOfRequestsInOtherEncodings(t *testing.T) {
	body := inOtherEncodings(strings.Replace(chatRequest, "Hi", strings.Repeat("\u4e2d", 1000), 1))["little UTF-16 "]
	packed := new(bytes.Buffer)
	w := gzip.NewWriter(packed)
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for header, sent := range map[string][]byte{"": body, "Content-Encoding: gzip\r\n": packed.Bytes()} {
		x := chatExchange()
		x.Request.Header, x.Request.Body, x.Request.Size = exchange.Header(header), sent, int64(len(sent))
		d, failures := newDecoder()
		d.content, d.plainBytesMax = true, len(body)
		call := d.call(x)
		require.Less(t, len(call.Content.Request), len(body)+utf8.UTFMax, header) // with U+FFFD for half a character
		require.True(t, call.RequestTruncated, header)
		require.Empty(t, *failures)
	}
}

// inOtherEncodings gives a JSON text in UTF-16 and UTF-32 of both orders of bytes, and with byte order marks.
func inOtherEncodings(text string) map[string][]byte {
	out := map[string][]byte{"UTF-8 with a mark": []byte("\ufeff" + text)}
	for name, order := range map[string]binary.AppendByteOrder{"big": binary.BigEndian, "little": binary.LittleEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			var units16, units32 []byte
			for _, c := range mark + text {
				units32 = order.AppendUint32(units32, uint32(c))
			}
			for _, unit := range utf16.Encode([]rune(mark + text)) {
				units16 = order.AppendUint16(units16, unit)
			}
			out[name+" UTF-16 "+mark], out[name+" UTF-32 "+mark] = units16, units32
		}
	}
	return out
}

// Python's JSON has numbers that are none. What stands behind them in a request counts like what stands before.
func TestRequestsWithNumbersThatAreNone(t *testing.T) {
	d, failures := newDecoder()
	x := chatExchange()
	x.Request.Body = []byte(`{"temperature":NaN,"top_p":-Infinity,"x":[Infinity,{"y":NaN}],"tools":[{"type":"function","function":{"name":"f",` +
		`"parameters":{"default":NaN}}},{"type":"function","function":{"name":"g"}}],` + chatRequest[1:])
	call := d.call(x)
	require.Empty(t, *failures)
	require.Equal(t, "qwen", call.RequestModel)
	require.Equal(t, "ada", call.Caller.Hint("llmtap.caller.body.user"))
	require.Equal(t, 1, call.Turn)
	require.Equal(t, 2, call.ToolsOffered)
	require.Equal(t, genai.Sampling{}, call.Detail.Sampling)

	x.Target, x.Request.Body = "/generate", []byte(`{"x":NaN,"text":["Hi","Ho"],"model":"qwen"}`)
	require.True(t, d.isCall(x))
	require.Equal(t, 2, d.call(x).Turn)
}

// What a damaged coding leaves nothing of is broken to the client, and says nothing of its tokens.
func TestCodingThatLeavesNothing(t *testing.T) {
	packed := func(w io.WriteCloser, out *bytes.Buffer) []byte {
		_, err := io.WriteString(w, chatAnswer)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return out.Bytes()
	}
	var zipped, frame bytes.Buffer
	gz := packed(gzip.NewWriter(&zipped), &zipped)
	w, err := zstd.NewWriter(&frame)
	require.NoError(t, err)
	zs := packed(w, &frame)
	f := func(coding string, body []byte, status int, outcome genai.Outcome, class string) {
		t.Helper()
		x := chatExchange()
		x.Status, x.Response.Header = status, exchange.Header("Content-Encoding: "+coding+"\r\n")
		x.Response.Body, x.Response.Size = body, int64(len(body))
		d, failures := newDecoder()
		call := d.call(x)
		require.Equal(t, []string{failedCoding}, *failures)
		require.Equal(t, outcome, call.Outcome)
		require.Equal(t, class, call.ErrorType)
		require.Equal(t, genai.Count{}, call.Usage.Output)
		require.True(t, call.ResponseTruncated)
		require.Equal(t, exchange.Completed, x.End)
	}
	f("zstd", zs[:len(zs)-1], 200, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f("zstd", zs[:5], 200, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f("gzip", gz[:5], 200, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f("gzip", []byte(chatAnswer), 200, genai.OutcomeUpstreamError, genai.ErrorStreamBroken)
	f("gzip", gz[:5], 429, genai.OutcomeClientError, genai.ErrorRateLimit)
	f("secret", gz, 200, genai.OutcomeOK, "")
}

func TestContentIsKeptOnlyWhenAsked(t *testing.T) {
	d, _ := newDecoder()
	require.Nil(t, d.call(chatExchange()).Content)
	d.content = true
	require.Equal(t, &genai.Content{Request: chatRequest, Response: chatAnswer}, d.call(chatExchange()).Content)
}

func TestDecoderFaultLosesNoCall(t *testing.T) {
	before := apis
	defer func() { apis = before }()
	faulty := []api{{"POST", "/chat/completions", func(_ *exchange.Exchange, _ caller.Fields, call *genai.Call) error {
		call.Operation, call.Stream = genai.OperationChat, true
		call.NewDetail().Tools = []genai.Tool{{Name: "half read"}}
		list := make([]int, 1)
		_ = list[len(call.Upstream)+1]
		return nil
	}}}
	d, failures := newDecoder()
	use := func(list []api) { apis, d.paths = list, newPaths(d.paths.prefixes) }
	use(faulty)
	f := func(end exchange.End, status int, want genai.Outcome) {
		t.Helper()
		*failures = nil
		x := chatExchange()
		x.End, x.Status = end, status
		call := d.call(x)
		require.Equal(t, []string{failedPanic}, *failures)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, genai.OperationChat, call.Operation)
		require.Equal(t, genai.UsageNone, call.Usage.Source)
		require.Equal(t, genai.Fidelity{}, call.Fidelity, "half a detail says nothing of the server")
		use(before)
		*failures = nil
		require.NotEmpty(t, d.call(chatExchange()).Fidelity.Applicable, "the next call is judged")
		require.Empty(t, *failures)
		use(faulty)
	}
	f(exchange.Completed, 200, genai.OutcomeOK)
	f(exchange.Completed, 500, genai.OutcomeUpstreamError)
	f(exchange.ClientGone, 200, genai.OutcomeClientAbort)
}

func TestNotJSONIsToldOf(t *testing.T) {
	d, failures := newDecoder()
	x := chatExchange()
	x.Response.Body = []byte("<html>")
	call := d.call(x)
	require.Equal(t, []any{genai.OutcomeUpstreamError, genai.ErrorServerError}, []any{call.Outcome, call.ErrorType})
	require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
	require.Equal(t, []string{failedJSON}, *failures)
}

func TestServerVersion(t *testing.T) {
	f := func(server, want string) {
		t.Helper()
		require.Equal(t, want, announced([]byte(server)))
	}
	f("llama.cpp", "llama.cpp")
	f("vLLM/0.26.0", "vLLM/0.26.0")
	f("nginx/1.22", "")
	f("uvicorn", "")
	f("", "")
	f("vllm/"+strings.Repeat("x", serverBytesMax-5), "vllm/"+strings.Repeat("x", serverBytesMax-5))
	f("vllm/"+strings.Repeat("x", serverBytesMax-4), "")
}

func TestHeadersOfTheServer(t *testing.T) {
	d, _ := newDecoder()
	x := chatExchange()
	x.Status = 429
	x.Request.Header = exchange.Header("X-Client-Request-Id: mine\r\n")
	x.Response.Header = exchange.Header("x-request-id: req_1\r\nretry-after: 7\r\nx-ratelimit-limit-requests: 60\r\n")
	x.Response.Body = []byte(`{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}`)
	call := d.call(x)
	require.Equal(t, []string{"mine", "req_1"}, []string{call.ClientRequestID, call.ServerRequestID})
	require.Equal(t, 7*time.Second, call.RetryAfter)
	require.Equal(t, []genai.RateLimit{{Kind: "requests", Limit: genai.Known(60)}}, call.RateLimits)
	require.Equal(t, genai.ErrorRateLimit, call.ErrorType)

	x.Response.Header = exchange.Header("x-litellm-call-id: c-1\r\n")
	require.Equal(t, "c-1", d.call(x).ServerRequestID)

	x.Status, x.Response.Body = 400, []byte(`{"error":{"message":"maximum context length is 10 tokens. However, you requested 12 tokens"}}`)
	call = d.call(x)
	require.Equal(t, genai.Known(10), call.ContextLimit)
	require.Equal(t, genai.Known(12), call.ContextTokens)
}

// The memory that its header was cut in serves the next exchange.
func TestHeaderOfADecodedExchangeIsItsOwn(t *testing.T) {
	d, _ := newDecoder()
	socket := &exchange.Exchange{Method: "GET", Target: "/v1/realtime", Request: exchange.Message{Header: exchange.Header("Upgrade: websocket\r\n\r\n")}}
	plain := &exchange.Exchange{Method: "POST", Target: "/v1/chat/completions", Request: exchange.Message{Header: exchange.Header("Host: a\r\n\r\n")}}
	var call genai.Call
	require.True(t, d.isCall(socket))
	d.decode(socket, &call)
	require.True(t, d.isCall(socket))
	d.decode(plain, &call)
	require.True(t, d.isCall(socket), "asked of the header of another exchange")
}
