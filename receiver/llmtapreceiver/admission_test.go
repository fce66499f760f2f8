package llmtapreceiver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// extensions is a host with a ledger.
type extensions map[component.ID]component.Component

func (e extensions) GetExtensions() map[component.ID]component.Component { return e }

// budgeted is a tap with a ledger and a processor, which price every token at a dollar per million.
type budgeted struct {
	*running
	upstream chan *http.Request // those that reached the model server
	refuses  atomic.Bool        // tells the pipeline to take nothing
	pipeline consumer.Traces
}

var ledgerID = component.MustNewID("gen_ai_ledger")

func startBudgeted(t *testing.T, limitTokens int64, upstream http.HandlerFunc) *budgeted {
	t.Helper()
	b := &budgeted{upstream: make(chan *http.Request, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.upstream <- r
		upstream(w, r)
	}))
	t.Cleanup(server.Close)
	b.startBefore(t, limitTokens, server.URL)
	return b
}

func (b *budgeted) startBefore(t *testing.T, limitTokens int64, upstreamURL string) {
	t.Helper()
	factory := genailedgerextension.NewFactory()
	book := factory.CreateDefaultConfig().(*genailedgerextension.Config)
	book.OutputTokens = 100
	book.Budgets = []genailedgerextension.BudgetConfig{
		{Name: "b", Scope: "user", Window: "24h", Tokens: limitTokens, Action: "enforce"},
	}
	ledger, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), book)
	require.NoError(t, err)
	host := extensions{ledgerID: ledger}
	require.NoError(t, ledger.Start(t.Context(), host))

	processors := genaiprocessor.NewFactory()
	rules := processors.CreateDefaultConfig().(*genaiprocessor.Config)
	rules.Ledger, rules.Identity.KeyHashSecret = &ledgerID, "pepper"
	one := 1.0
	rules.Prices = []pricebook.Price{{Model: []string{"*"}, Input: &one, Output: &one}}
	sink := new(consumertest.TracesSink)
	processor, err := processors.CreateTraces(t.Context(), processortest.NewNopSettings(processors.Type()), rules, sink)
	require.NoError(t, err)
	require.NoError(t, processor.Start(t.Context(), host))
	b.pipeline, err = consumer.NewTraces(func(ctx context.Context, traces ptrace.Traces) error {
		if b.refuses.Load() {
			return errors.New("data refused due to high memory usage")
		}
		return processor.ConsumeTraces(ctx, traces)
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, processor.Shutdown(context.Background()))
		require.NoError(t, ledger.Shutdown(context.Background()))
	})
	b.running = startIn(t, host, b.pipeline, sink, upstreamURL, func(cfg *Config) { cfg.Ledger = &ledgerID })
}

// admitted waits until a call is let through, as it is when nothing is held back any more.
func (b *budgeted) admitted(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, _ := b.post(t, "/v1/chat/completions", chatRequest)
		return status != http.StatusTooManyRequests
	}, 10*time.Second, time.Millisecond)
}

const fewTokens = `{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`

// However a call ends, what it held back is given back: each holds back all of the budget, and the next goes ahead.
func TestReservationsAreGivenBackWhateverComes(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fewTokens) }
	f := func(name string, upstream http.HandlerFunc, call func(t *testing.T, b *budgeted)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			b := startBudgeted(t, 100, upstream)
			call(t, b)
			b.admitted(t)
		})
	}
	post := func(t *testing.T, b *budgeted) { b.post(t, "/v1/chat/completions", chatRequest) }
	f("answered", answer, post)
	f("an error of the server", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, post)
	f("no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, post)
	f("cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, post)
	f("not taken by the pipeline", answer, func(t *testing.T, b *budgeted) {
		b.refuses.Store(true)
		post(t, b)
		require.Eventually(t, func() bool {
			return counted(t, b.tel, "llmtap_tap_dropped")[droppedRefused] == 1
		}, 10*time.Second, time.Millisecond)
		b.refuses.Store(false)
	})
	f("counted by an SDK's span before", answer, func(t *testing.T, b *budgeted) {
		sdk := ptrace.NewTraces()
		genai.PutSpan(&genai.Call{
			TraceID: [16]byte{1}, SpanID: [8]byte{2}, Operation: genai.OperationChat, RequestModel: "qwen",
			Start: time.Now(), Usage: genai.Usage{Input: genai.Known(1), Output: genai.Known(1)},
		}, sdk.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
		require.NoError(t, b.pipeline.ConsumeTraces(t.Context(), sdk))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/v1/chat/completions", strings.NewReader(chatRequest))
		require.NoError(t, err)
		request.Header.Set("X-Llmtap-User", "ada")
		request.Header.Set("Traceparent", "00-01000000000000000000000000000000-0200000000000000-01")
		response, err := b.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	})
	f("a client that hangs up", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Slow") == "" {
			answer(w, r)
			return
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, func(t *testing.T, b *budgeted) {
		ctx, cancel := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/v1/chat/completions", strings.NewReader(chatRequest))
		require.NoError(t, err)
		request.Header.Set("X-Llmtap-User", "ada")
		request.Header.Set("X-Slow", "1")
		response, err := b.client.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		status, _ := b.post(t, "/v1/chat/completions", chatRequest)
		require.Equal(t, http.StatusTooManyRequests, status, "held by the call in flight")
		cancel()
	})
	t.Run("a server that is down", func(t *testing.T) {
		b := new(budgeted)
		b.startBefore(t, 100, "http://"+freeport.Address(t))
		post(t, b)
		b.admitted(t)
	})
}

// No form of a request gets around a budget that is used up, and none is refused that does no model work.
func TestNoWayAroundABudget(t *testing.T) {
	b := startBudgeted(t, 100, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":500}}`)
	})
	require.Equal(t, 200, b.do(t, http.MethodPost, "/v1/chat/completions", chatRequest, 0))
	require.NotContains(t, b.calls(t, 1)[0].Caller.Labels, "budget")
	<-b.upstream
	require.Equal(t, http.StatusTooManyRequests, b.do(t, http.MethodPost, "/v1/chat/completions", chatRequest, 0))
	require.Equal(t, "b", b.calls(t, 2)[1].Caller.Labels["budget"], "the row says which")
	const large = 5 << 20 // above the copy's limit
	for _, path := range []string{
		"/v1/chat/completions", "/v1/chat/completions?a=b", "/v1/%63hat/completions", "/v1%2Fchat/completions", "/v1/completions",
		"/V1/Chat/Completions", "//v1//chat/completions", "/v1/chat/completions/",
		"/v1/responses", "/v1/messages", "/v1/embeddings", "/api/chat", "/v1/audio/transcriptions",
		"/pooling", "/classify", "/embedding", "/v2/embed", "/generative_scoring", "/v1/decisions", "/v1/systemone", "/invocations",
		"/v1/chat/completions/batch", "/engines/m/chat/completions",
	} {
		for name, size := range map[string]int64{"with a length": 0, "chunked": -1, "large": large} {
			require.Equal(t, http.StatusTooManyRequests, b.do(t, http.MethodPost, path, chatRequest, size), path+" "+name)
		}
	}
	require.Equal(t, http.StatusTooManyRequests, b.do(t, "post", "/v1/chat/completions", chatRequest, 0))
	for path, body := range map[string]string{
		"/generate": `{"text":"a"}`, "/encode": `{"text":"a"}`, "/inference/v1/generate": `{"token_ids":[1],"sampling_params":{}}`, "/": `{"inputs":"a"}`,
	} {
		require.Equal(t, http.StatusTooManyRequests, b.do(t, http.MethodPost, path, body, 0), path)
		require.Equal(t, http.StatusTooManyRequests, b.do(t, http.MethodPut, path, body, 0), path)
	}
	require.Empty(t, b.upstream)
	for method, path := range map[string]string{
		"GET": "/v1/responses/resp_1", "POST": "/v1/responses/resp_1/cancel", "PUT": "/v1/models/m", "DELETE": "/v1/responses/resp_1",
	} {
		require.Equal(t, 200, b.do(t, method, path, "", 0), path)
	}
	require.Equal(t, 200, b.do(t, http.MethodPost, "/v1/messages/count_tokens", chatRequest, 0))
	require.Equal(t, 200, b.do(t, http.MethodPost, "/v1/chat/completions/input_tokens", chatRequest, 0))
	require.Equal(t, 200, b.do(t, http.MethodGet, "/v1/models", "", 0))
	require.Equal(t, 200, b.do(t, http.MethodGet, "/v1/realtime", "", 0), "no WebSocket")
}

// do sends a request whose body is padded to a size, or of an unknown one for -1.
func (b *budgeted) do(t *testing.T, method, path, body string, size int64) int {
	t.Helper()
	var reader io.Reader = strings.NewReader(body + strings.Repeat(" ", int(max(size-int64(len(body)), 0))))
	if size < 0 {
		reader = io.MultiReader(reader) // hides the length
	}
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, reader)
	require.NoError(t, err)
	request.Header.Set("X-Llmtap-User", "ada")
	response, err := b.client.Do(request)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// A compressed request holds back what it has when it is read.
func TestWorstCaseOfCompressedRequests(t *testing.T) {
	r := start(t, func(http.ResponseWriter, *http.Request) {})
	a := newAdmission(nil, r.tap.recorder.decoder)
	text := `{"system":[{"cache_control":{},"text":"` + strings.Repeat("Once upon a time. ", 2000) + `"}],"max_tokens":9}`
	var coded bytes.Buffer
	w := gzip.NewWriter(&coded)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	f := func(coding string, body []byte, size int64) *genai.Call {
		return a.worstCase(&proxy.Request{
			Method: "POST", Target: "/v1/messages", Header: exchange.Header("Content-Encoding: " + coding + "\r\n"), Body: body, BodySize: size,
		})
	}
	want := genai.Known(tokens.Estimate(text))
	whole := f("gzip", coded.Bytes(), int64(coded.Len()))
	require.Equal(t, want, whole.Usage.Input)
	require.Equal(t, want, whole.Usage.CacheWriteLong)
	require.Equal(t, genai.Known(9), whole.Usage.Output)
	require.Equal(t, want.N*10, f("gzip", coded.Bytes(), int64(coded.Len())*10).Usage.Input.N) // a tenth of it
	require.Equal(t, want, f("identity", []byte(text), int64(len(text))).Usage.Input)
	require.Equal(t, want, f("unknown", []byte(text), int64(len(text))).Usage.Input)
}

// A request in another encoding of Unicode holds back what it would in UTF-8, in the same budgets.
func TestWorstCaseInOtherEncodings(t *testing.T) {
	r := start(t, func(http.ResponseWriter, *http.Request) {})
	a := newAdmission(nil, r.tap.recorder.decoder)
	text := `{"model":"qwen","user":"ada","system":[{"cache_control":{},"text":"Once upon a time."}],"max_tokens":9}`
	worst := func(body []byte) *genai.Call {
		call := a.worstCase(&proxy.Request{Method: "POST", Target: "/v1/messages", Body: body, BodySize: int64(len(body))})
		require.Equal(t, "qwen", call.RequestModel)
		return call
	}
	want := worst([]byte(text)).Usage
	for name, body := range inOtherEncodings(text) {
		require.Equal(t, want, worst(body).Usage, name)
	}
}

// A few KB may be megabytes when they are read: as many at once as the processor can read bound the memory.
func TestFewCompressedRequestsAreReadAtOnce(t *testing.T) {
	r := start(t, func(http.ResponseWriter, *http.Request) {})
	a := newAdmission(nil, r.tap.recorder.decoder)
	var now, most atomic.Int64
	before := apis
	defer func() { apis = before }()
	apis = []api{{"POST", "/completions", func(*exchange.Exchange, caller.Fields, *genai.Call) error {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		now.Add(-1)
		return nil
	}}}
	var reading sync.WaitGroup
	for range 8 * runtime.GOMAXPROCS(0) {
		reading.Go(func() {
			a.worstCase(&proxy.Request{
				Method: "POST", Target: "/v1/completions", Header: exchange.Header("Content-Encoding: identity\r\n"), Body: []byte("{}"), BodySize: 2,
			})
		})
	}
	reading.Wait()
	require.LessOrEqual(t, most.Load(), int64(runtime.GOMAXPROCS(0)))
}

func TestWorstCase(t *testing.T) {
	r := start(t, func(http.ResponseWriter, *http.Request) {})
	a := newAdmission(nil, r.tap.recorder.decoder)
	f := func(path, body string, size int64, input, output int64, answers int) {
		t.Helper()
		call := a.worstCase(&proxy.Request{Method: "POST", Target: path, Body: []byte(body), BodySize: size})
		require.Equal(t, genai.Known(input), call.Usage.Input)
		require.Equal(t, answers, call.Detail.ChoiceCount)
		if output < 0 {
			require.False(t, call.Usage.Output.Known)
		} else {
			require.Equal(t, genai.Known(output), call.Usage.Output)
		}
	}
	whole := func(path, body string, input, output int64, answers int) {
		t.Helper()
		f(path, body, int64(len(body)), input, output, answers)
	}
	whole("/v1/chat/completions", `{"model":"m","messages":[]}`, 7, -1, 1)
	whole("/v1/chat/completions", `{"model":"m","max_tokens":50}`, 8, 50, 1)
	whole("/v1/chat/completions", `{"model":"m","n":3,"max_completion_tokens":50}`, 12, 50, 3)
	whole("/v1/chat/completions", `{"max_completion_tokens":50,"max_tokens":1}`, 11, 50, 1)
	whole("/v1/chat/completions", `{"max_tokens":1,"max_completion_tokens":50}`, 11, 50, 1)
	whole("/v1/chat/completions", `{"max_tokens":1,"n_predict":50}`, 8, 50, 1)
	whole("/v1/chat/completions", `{"n_predict":-1,"max_tokens":1}`, 8, -1, 1)
	whole("/v1/chat/completions", `{"max_tokens":1,"n_predict":-1}`, 8, -1, 1)
	whole("/v1/completions", `{"prompt":"a","n_predict":7,"max_tokens":1,"best_of":4}`, 14, 7, 4)
	whole("/v1/completions", `{"prompt":["a","b"],"n":3,"max_tokens":7}`, 11, 7, 6)
	whole("/v1/responses", `{"input":"x","max_output_tokens":9}`, 9, 9, 1)
	whole("/v1/messages", `{"max_tokens":9,"messages":[]}`, 8, 9, 1)
	whole("/api/chat", `{"options":{"num_predict":-1}}`, 8, -1, 1)
	whole("/v1/embeddings", `{"input":["a","b"]}`, 5, 0, 1)
	image := `{"messages":[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:` +
		strings.Repeat("A", 100_000) + `"}}]}]}`
	whole("/v1/chat/completions", image, 2+imageTokens, -1, 1)
	file := `{"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"` + strings.Repeat("A", 100_000) + `"}}]}]}`
	whole("/v1/chat/completions", file, int64(len(file))/mediaBytesPerToken, -1, 1)
	f("/v1/chat/completions", `{"model":"m","messages":[`, 2500, 7*100, -1, 1) // a hundredth of it
	f("/v1/chat/completions", `{"model":"m","messages":[`, -1, 7, -1, 1)
	f("/v1/chat/completions", "", 4001, 1001, -1, 1)                         // there was no memory for a copy
	f("/v1/chat/completions", "", math.MaxInt64, genai.TokensMax/4+1, -1, 1) // rounded up
	f("/v1/chat/completions", `{"model":"m","messages":[`, math.MaxInt64, genai.TokensMax, -1, 1)
	f("/v1/chat/completions", "\xff", math.MaxInt64, genai.TokensMax, -1, 1)

	call := a.worstCase(&proxy.Request{Method: "POST", Target: "/v1/messages", Body: []byte(`{"system":[{"cache_control":{}}]}`)})
	require.Equal(t, call.Usage.Input, call.Usage.CacheWriteLong)

	before := apis
	defer func() { apis = before }()
	apis = []api{{"POST", "/completions", func(_ *exchange.Exchange, _ caller.Fields, call *genai.Call) error {
		call.Operation = genai.OperationTextCompletion
		call.NewDetail().MaxTokens = genai.Known(1)
		panic("at fault")
	}}}
	whole("/v1/completions", `{"prompt":"a"}`, 4, -1, 1) // what a decoder at fault has read bounds nothing
}
