package llmtapreceiver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/vllmsim"
)

func TestServerVersionIsLearnedFromWhatPasses(t *testing.T) {
	cfg := vllmsim.NewConfig()
	cfg.TimeToFirstToken, cfg.TokenRate = 0, 0
	sim, err := vllmsim.New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	r := startBefore(t, server.URL, func(cfg *Config) { cfg.Workers = 1 })
	get := func(path string) {
		response, err := r.client.Get(r.url + path)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	f := func(want string) {
		t.Helper()
		r.sink.Reset()
		r.post(t, "/v1/chat/completions", `{"messages":[{"role":"user","content":"a"}]}`)
		require.Equal(t, want, r.calls(t, 1)[0].ServerVersion)
	}
	f("")
	get("/version")
	f("0.11.0")
	get("/v1/models")
	f("vllm 0.11.0")
}

func TestServersLearn(t *testing.T) {
	f := func(want, path, answer string) {
		t.Helper()
		var s servers
		s.learn(&exchange.Exchange{Upstream: "a", Method: "GET", Target: path, Status: 200, Response: exchange.Message{Body: []byte(answer)}})
		call := &genai.Call{Upstream: "a", SystemFingerprint: "b11669"}
		s.put(new(exchange.Message), call)
		require.Equal(t, want, call.ServerVersion)
		other := &genai.Call{Upstream: "b"}
		s.put(new(exchange.Message), other)
		require.Empty(t, other.ServerVersion)
	}
	f("ollama 0.25.0", "/api/version?x=1", `{"version":"0.25.0"}`)
	f("sglang", "/v1/models", `{"object":"list","data":[{"id":"m","owned_by":"sglang","max_model_len":4096}]}`)
	f("llama.cpp b11669", "/v1/models", `{"models":[{}],"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_ctx":2048}}]}`)
	f("", "/v1/models", `{"data":[{"id":"gpt","owned_by":"system"}]}`)
	f("", "/version", `{"version":"`+strings.Repeat("x", serverBytesMax+1)+`"}`)
	f(strings.Repeat("x", serverBytesMax), "/version", `{"version":"`+strings.Repeat("x", serverBytesMax)+`"}`)
	f("", "/version", `{"version":"1`)
	f("", "/version", `"1"`)
	f("", "/generate", `{"version":"1"}`) // recorded, and no call
}

func TestServerThatAnnouncesItself(t *testing.T) {
	s := servers{known: map[string]server{"a": {"vllm", "1"}}}
	call := &genai.Call{Upstream: "a", SystemFingerprint: "b11669-Debian"}
	s.put(&exchange.Message{Header: exchange.Header("Server: llama.cpp\r\n")}, call)
	require.Equal(t, "llama.cpp b11669-Debian", call.ServerVersion)
	call = &genai.Call{Upstream: "a", SystemFingerprint: "fp_x"}
	s.put(&exchange.Message{Header: exchange.Header("Server: uvicorn\r\n")}, call)
	require.Equal(t, "vllm 1", call.ServerVersion)
}

func TestServerThatSignsItsAnswers(t *testing.T) {
	f := func(want, fingerprint string, known server) {
		t.Helper()
		s := servers{known: map[string]server{"a": known}}
		call := &genai.Call{Upstream: "a", SystemFingerprint: fingerprint}
		s.put(&exchange.Message{Header: exchange.Header("Server: uvicorn\r\n")}, call)
		require.Equal(t, want, call.ServerVersion)
	}
	f("vllm 0.28.0", "vllm-0.28.0-54757788", server{})
	f("vllm 0.23.1rc1.dev1029+ga601a9d99", "vllm-0.23.1rc1.dev1029+ga601a9d99-tp4-1381023c", server{})
	f("vllm 0.26.0", "vllm-0.26.0-tp2-ep-d04e69e3", server{"vllm", "0.25.1"}) // another replica
	f("ollama", "fp_ollama", server{})
	f("ollama 0.25.0", "fp_ollama", server{"ollama", "0.25.0"})
	f("ollama", "fp_ollama", server{"vllm", "0.25.1"})
	f("sglang", "default", server{software: "sglang"})
	f("", "vllm-0.28.0", server{})
	f("", "vllm-prod-a", server{}) // an operator's own
	f("vllm 0.28.0", "vllm-prod-a", server{"vllm", "0.28.0"})
	f("", "vllm-"+strings.Repeat("1", serverBytesMax+1)+"-54757788", server{})
}

// A WebSocket is one call, with its bytes and how long it was open; the request that asks for one and gets none too.
func TestWebSocketIsOneCall(t *testing.T) {
	f := func(path, model, answer string, echo bool, want genai.Call) {
		t.Helper()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = ln.Close() })
		go func() {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			br := bufio.NewReader(conn)
			if _, err := http.ReadRequest(br); err != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
			if echo {
				_, _ = io.CopyN(conn, br, 7)
			}
		}()
		r := startBefore(t, "http://"+ln.Addr().String(), nil)
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = fmt.Fprintf(conn, "GET %s?model=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", path, model)
		require.NoError(t, err)
		sent := ""
		if echo {
			sent = "frames\x00"
			_, err = io.WriteString(conn, sent)
			require.NoError(t, err)
		}
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		got := make([]byte, len(answer)+len(sent))
		_, err = io.ReadFull(conn, got)
		require.NoError(t, err)
		require.Equal(t, answer+sent, string(got))
		_ = conn.Close()
		call := r.calls(t, 1)[0]
		require.Positive(t, call.Duration)
		require.Equal(t, want, genai.Call{
			Operation: call.Operation, RequestModel: call.RequestModel, HTTPStatus: call.HTTPStatus, Outcome: call.Outcome,
			Stream: call.Stream, RequestBytes: call.RequestBytes, ResponseBytes: call.ResponseBytes, Usage: call.Usage, ErrorType: call.ErrorType,
		})
	}
	const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	none := genai.Usage{Source: genai.UsageNone}
	for _, path := range []string{"/v1/realtime", "/v1/responses"} {
		f(path, "gpt-realtime", switching, true, genai.Call{
			Operation: genai.OperationRealtime, RequestModel: "gpt-realtime", HTTPStatus: 101, Outcome: genai.OutcomeOK,
			Stream: true, RequestBytes: 7, ResponseBytes: 7, Usage: none,
		})
	}
	f("/v1/realtime", "m", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, genai.Call{
		Operation: genai.OperationRealtime, RequestModel: "m", HTTPStatus: 404, Outcome: genai.OutcomeClientError,
		Usage: none, ErrorType: genai.ErrorNotFound,
	})
}

// Others have these paths for something else.
func TestPathsThatAreCallsByTheirRequest(t *testing.T) {
	d, _ := newDecoder()
	f := func(want bool, target, body string) {
		t.Helper()
		require.Equal(t, want, d.isCall(&exchange.Exchange{Method: "POST", Target: target, Request: exchange.Message{Body: []byte(body)}}))
	}
	f(true, "/generate", `{"text":"a","sampling_params":{}}`)
	f(true, "/generate_stream", `{"inputs":"a"}`)
	f(true, "/generate", `{"text":"a"}`)
	f(true, "/inference/v1/generate", `{"token_ids":[1],"sampling_params":{}}`)
	f(true, "/", `{"inputs":"a"}`)
	f(false, "/", `{"text":"a"}`)
	f(true, "/encode", `{"text":"a"}`)
	f(false, "/v1/encode", `{"input":"a"}`) // LMDeploy, for tokens
	f(true, "/invocations", `{"messages":[]}`)
	f(false, "/invocations", `{"instances":[[1]]}`)
	f(false, "/v1/generate", `{"prompt":"a"}`)
	f(true, "/api/generate", `{"prompt":"a"}`) // Ollama
	f(true, "/api/v1/chat", `{"model":"m","input":"a"}`)
	f(false, "/api/v1/chat", `{"model":"m","message":"a"}`)
}

func TestSocketPathsWithoutUpgradeAreNoCalls(t *testing.T) {
	d, _ := newDecoder()
	f := func(want bool, method, target, header string) {
		t.Helper()
		require.Equal(t, want, d.isCall(&exchange.Exchange{Method: method, Target: target, Request: exchange.Message{Header: exchange.Header(header)}}))
	}
	f(true, "GET", "/v1/realtime?model=m", "Upgrade: websocket\r\n")
	f(false, "GET", "/v1/realtime?model=m", "")
	f(false, "GET", "/v1/responses", "")
	f(true, "GET", "/v1/responses/resp_1", "")
	f(true, "POST", "/v1/responses", "")
	f(false, "GET", "/v1/models", "")
}
