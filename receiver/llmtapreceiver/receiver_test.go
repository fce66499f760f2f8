package llmtapreceiver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

// running is a receiver before a real model server.
type running struct {
	url    string
	sink   *consumertest.TracesSink
	tel    *componenttest.Telemetry
	tap    *tapReceiver
	client *http.Client
	logs   *observer.ObservedLogs
}

func start(t *testing.T, upstream http.HandlerFunc) *running {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	return startBefore(t, server.URL, nil)
}

func startBefore(t *testing.T, upstreamURL string, change func(*Config)) *running {
	t.Helper()
	sink := new(consumertest.TracesSink)
	return startIn(t, componenttest.NewNopHost(), sink, sink, upstreamURL, change)
}

// startIn starts a tap in a host. Its spans go to next, and from there to the sink.
func startIn(
	t *testing.T, host component.Host, next consumer.Traces, sink *consumertest.TracesSink, upstreamURL string, change func(*Config),
) *running {
	t.Helper()
	r := &running{sink: sink, tel: componenttest.NewTelemetry()}
	set := receivertest.NewNopSettings(componentType)
	set.TelemetrySettings = r.tel.NewTelemetrySettings()
	var core zapcore.Core
	core, r.logs = observer.New(zap.InfoLevel)
	set.Logger = zap.New(core)
	r.tap = newTap(t, set, next, upstreamURL, func(cfg *Config) {
		cfg.Batch.MaxDelay = time.Millisecond
		if change != nil {
			change(cfg)
		}
	})
	require.NoError(t, r.tap.Start(t.Context(), host))
	r.url = "http://" + r.tap.listener.Addr().String()
	transport := &http.Transport{DisableCompression: true}
	r.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, r.tap.Shutdown(context.Background()))
		require.NoError(t, r.tel.Shutdown(context.Background()))
	})
	return r
}

// newTap makes a tap before one upstream; change adapts its configuration.
func newTap(t *testing.T, set receiver.Settings, next consumer.Traces, upstreamURL string, change func(*Config)) *tapReceiver {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint, cfg.KeyHashSecret = "127.0.0.1:0", "pepper"
	cfg.Upstreams = []UpstreamConfig{{Name: "test", URL: upstreamURL}}
	change(cfg)
	tap, err := NewFactory().CreateTraces(t.Context(), set, cfg, next)
	require.NoError(t, err)
	return tap.(*tapReceiver)
}

func (r *running) post(t *testing.T, path, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer sk-ada")
	request.Header.Set("X-Llmtap-User", "ada")
	response, err := r.client.Do(request)
	require.NoError(t, err)
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(all)
}

// calls waits until there are n spans and reads them.
func (r *running) calls(t *testing.T, n int) (calls []genai.Call) {
	t.Helper()
	require.Eventually(t, func() bool { return r.sink.SpanCount() >= n }, 10*time.Second, time.Millisecond)
	for _, batch := range r.sink.AllTraces() {
		for _, resource := range batch.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					var call genai.Call
					require.True(t, genai.ReadSpan(span, &call))
					calls = append(calls, call)
				}
			}
		}
	}
	require.Len(t, calls, n)
	return calls
}

func TestPlainCall(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if string(body) == chatRequest {
			_, _ = io.WriteString(w, chatAnswer)
		}
	})
	status, answer := r.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, 200, status)
	require.Equal(t, chatAnswer, answer)
	call := r.calls(t, 1)[0]
	require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(1), Source: genai.UsageReported}, call.Usage)
	require.Equal(t, "test", call.Upstream)
	require.Equal(t, "127.0.0.1", call.ServerAddress)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
	require.Equal(t, []genai.Hint{
		{Attribute: "llmtap.caller.header.x-llmtap-user", Value: "ada"}, {Attribute: "llmtap.caller.body.user", Value: "ada"},
	}, call.Caller.Hints)
	require.Len(t, call.Caller.KeyHash, 16)
	require.Positive(t, call.Duration)
	require.Positive(t, call.TimeToFirstChunk)
	require.LessOrEqual(t, call.TimeToFirstChunk, call.Duration)
	require.Nil(t, call.Content)
}

func TestOtherPathsAreNoCalls(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, q *http.Request) { _, _ = io.WriteString(w, q.URL.Path) })
	_, answer := r.post(t, "/tokenize", "{}")
	require.Equal(t, "/tokenize", answer)
	r.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, "qwen", r.calls(t, 1)[0].RequestModel)
}

func TestStreamedCall(t *testing.T) {
	seen := make(chan struct{})
	r := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w).Flush
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n")
		_ = flush()
		<-seen // only when the client has read the first event
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n")
		_, _ = io.WriteString(w, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n")
	})
	response, err := r.client.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatRequest))
	require.NoError(t, err)
	first := make([]byte, 10)
	_, err = io.ReadFull(response.Body, first)
	require.NoError(t, err)
	close(seen)
	_, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	call := r.calls(t, 1)[0]
	require.True(t, call.Stream)
	require.Equal(t, 2, call.Chunks)
	require.Equal(t, genai.Known(2), call.Usage.Output)
	require.Equal(t, []string{"stop"}, call.FinishReasons)
	require.Positive(t, call.MaxGap)
	require.Less(t, call.TimeToFirstChunk, call.Duration)
}

func TestClientThatHangsUp(t *testing.T) {
	gone := make(chan struct{})
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"twelve chars\"}}]}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-q.Context().Done()
		close(gone)
	})
	response, err := r.client.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatRequest))
	require.NoError(t, err)
	_, err = io.ReadFull(response.Body, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	<-gone
	call := r.calls(t, 1)[0]
	require.Equal(t, genai.OutcomeClientAbort, call.Outcome)
	require.Equal(t, genai.ErrorClientAbort, call.ErrorType)
	require.Equal(t, genai.Usage{Input: genai.Known(1), Output: genai.Known(3), Source: genai.UsageEstimated}, call.Usage)
}

func TestServerThatBreaksOff(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"twelve chars\"}}]}\n\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	response, err := r.client.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatRequest))
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	require.Error(t, err)
	require.NoError(t, response.Body.Close())
	call := r.calls(t, 1)[0]
	require.Equal(t, genai.OutcomeUpstreamError, call.Outcome)
	require.Equal(t, genai.ErrorStreamBroken, call.ErrorType)
	require.Equal(t, genai.UsageEstimated, call.Usage.Source)
}

func TestServerThatIsDown(t *testing.T) {
	r := startBefore(t, "http://"+freeport.Address(t), nil)
	status, answer := r.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, 502, status)
	require.Contains(t, answer, `"error"`)
	call := r.calls(t, 1)[0]
	require.Equal(t, genai.OutcomeUpstreamError, call.Outcome)
	require.Equal(t, genai.ErrorUpstreamUnavailable, call.ErrorType)
	require.Equal(t, "qwen", call.RequestModel)
	require.Equal(t, genai.UsageNone, call.Usage.Source)
}

func TestErrorAnswer(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"This model's maximum context length is 10 tokens.","type":"BadRequestError","code":400}}`)
	})
	r.post(t, "/v1/chat/completions", chatRequest)
	call := r.calls(t, 1)[0]
	require.Equal(t, genai.ErrorContextLength, call.ErrorType)
	require.Equal(t, 400, call.HTTPStatus)
}

func TestCompressedAnswerPassesAsSent(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, chatAnswer)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	_, answer := r.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, packed.String(), answer)
	require.Equal(t, genai.Known(9), r.calls(t, 1)[0].Usage.Input)
}

func TestUpstreamsByPrefix(t *testing.T) {
	answering := func(name string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			_, _ = fmt.Fprintf(w, `{"model":%q,"choices":[]}`, name+q.URL.Path)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	r := startBefore(t, answering("a"), func(cfg *Config) {
		cfg.Upstreams = append(cfg.Upstreams, UpstreamConfig{Name: "b", URL: answering("b"), Prefix: "/b"})
	})
	r.post(t, "/v1/chat/completions", chatRequest)
	r.post(t, "/b/v1/chat/completions", chatRequest)
	models := map[string]string{}
	for _, call := range r.calls(t, 2) {
		models[call.Upstream] = call.ResponseModel
	}
	require.Equal(t, map[string]string{"test": "a/v1/chat/completions", "b": "b/v1/chat/completions"}, models)
}

func TestTLSOnBothSides(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, chatAnswer)
	}))
	t.Cleanup(server.Close)
	certFile, keyFile := writeCertificate(t, server.TLS.Certificates[0])
	r := startBefore(t, server.URL, func(cfg *Config) {
		cfg.Upstreams[0].TLS.CAFile = certFile
		tlsConfig := cfg.TLS.GetOrInsertDefault()
		tlsConfig.CertFile, tlsConfig.KeyFile = certFile, keyFile
	})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	r.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	r.url = strings.Replace(r.url, "http:", "https:", 1)
	_, answer := r.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, chatAnswer, answer)
	require.Equal(t, genai.OutcomeOK, r.calls(t, 1)[0].Outcome)
}

func TestOwnMetrics(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, chatAnswer) })
	r.post(t, "/v1/chat/completions", chatRequest)
	r.post(t, "/health", "")
	r.calls(t, 1)
	value := func(name string) int64 {
		got, err := r.tel.GetMetric(name)
		require.NoError(t, err)
		return got.Data.(metricdata.Sum[int64]).DataPoints[0].Value
	}
	require.EqualValues(t, 2, value("llmtap_tap_requests"))
	require.Eventually(t, func() bool { return value("llmtap_tap_inflight") == 0 }, 10*time.Second, time.Millisecond)
	require.EqualValues(t, 0, value("llmtap_tap_queue_length"))
	require.EqualValues(t, 0, value("llmtap_tap_copies_cut"))
	overhead, err := r.tel.GetMetric("llmtap_tap_overhead_seconds")
	require.NoError(t, err)
	point := overhead.Data.(metricdata.Histogram[float64]).DataPoints[0]
	require.EqualValues(t, 1, point.Count)
	require.Positive(t, point.Sum)
	require.Equal(t, overheadBuckets, point.Bounds)
}

func TestStartThatFailsLeavesNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	f := func(change func(*Config)) {
		t.Helper()
		tap := newTap(t, receivertest.NewNopSettings(componentType), consumertest.NewNop(), "https://127.0.0.1:1", change)
		require.Error(t, tap.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, tap.Shutdown(t.Context()))
	}
	f(func(cfg *Config) { cfg.Endpoint = taken.Addr().String() })
	f(func(cfg *Config) { cfg.KeyHashSecret, cfg.KeyHashSecretFile = "", "/dev/null/secret" })
}

func TestShutdownWithoutStart(t *testing.T) {
	component, err := NewFactory().CreateTraces(
		t.Context(), receivertest.NewNopSettings(componentType), createDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, component.Shutdown(t.Context()))
}
