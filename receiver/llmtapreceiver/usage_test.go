package llmtapreceiver

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/vllmsim"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/includeusage"
)

const streamRequest = `{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}`

// chunks of OpenAI's API, which has "usage":null in each when usage was asked for.
func openAIStream(asked bool) (events []string) {
	null := ""
	if asked {
		null = `,"usage":null`
	}
	for _, choice := range []string{
		`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`,
		`{"index":0,"delta":{"content":"Hé \"usage\":null"},"finish_reason":null}`,
		`{"index":0,"delta":{},"finish_reason":"stop"}`,
	} {
		events = append(events, `data: {"id":"c","object":"chat.completion.chunk","choices":[`+choice+`]`+null+`,"obfuscation":"x"}`+"\n\n")
	}
	if asked {
		events = append(events, `data: {"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7},"obfuscation":""}`+"\n\n")
	}
	return append(events, "data: [DONE]\n\n")
}

// framings are the ways in which servers frame a stream.
var framings = map[string]func(events []string) string{
	"chunk per event": func(events []string) string {
		out := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
		for _, event := range events {
			out += fmt.Sprintf("%x\r\n%s\r\n", len(event), event)
		}
		return out + "0\r\n\r\n"
	},
	"until close": func(events []string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + strings.Join(events, "")
	},
	"with a length": func(events []string) string {
		body := strings.Join(events, "")
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	},
}

// rawServer answers each request, on a connection of its own, with the pieces that answer gives.
func rawServer(t *testing.T, answer func(request string) []string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				body, _ := io.ReadAll(request.Body)
				for _, piece := range answer(string(body)) {
					if _, err := io.WriteString(conn, piece); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// rawStream asks for a stream on a connection of its own and gives all that comes back.
func rawStream(t *testing.T, address, path string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", path, len(streamRequest), streamRequest)
	require.NoError(t, err)
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(all)
}

func TestInjectedUsageIsNotSeen(t *testing.T) {
	for name, frame := range framings {
		t.Run(name, func(t *testing.T) {
			asked, unasked := frame(openAIStream(true)), frame(openAIStream(false))
			cuts := make(chan []int, 1)
			server := rawServer(t, func(request string) (pieces []string) {
				if !strings.Contains(request, `"stream_options":{"include_usage":true}`) {
					return []string{unasked}
				}
				from := 0
				for _, cut := range <-cuts {
					pieces = append(pieces, asked[from:cut])
					from = cut
				}
				return append(pieces, asked[from:])
			})
			require.Equal(t, unasked, rawStream(t, server, "/v1/chat/completions"))
			r := startBefore(t, "http://"+server, nil)
			tap := strings.TrimPrefix(r.url, "http://")
			random := rand.New(rand.NewPCG(1, 1))
			calls := 0
			for first := range len(asked) {
				cuts <- []int{first, first + random.IntN(len(asked)-first)}
				require.Equal(t, body(unasked), body(rawStream(t, tap, "/v1/chat/completions")), "cut at %d", first)
				calls++
			}
			cuts <- nil // in one piece the framing too is what it would have been
			require.Equal(t, unasked, rawStream(t, tap, "/v1/chat/completions"))
			for _, call := range r.calls(t, calls+1) {
				require.Equal(t, genai.Usage{Input: genai.Known(5), Output: genai.Known(7), Source: genai.UsageInjected}, call.Usage)
				require.EqualValues(t, len(streamRequest), call.RequestBytes)
			}
		})
	}
}

// body gives the body of an answer, without its framing.
func body(wire string) string {
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), nil)
	if err != nil {
		return err.Error()
	}
	all, err := io.ReadAll(response.Body)
	return string(all) + fmt.Sprint(err)
}

// The simulator answers with and without usage; what the client sees is the answer without.
func TestInjectedUsageBeforeTheSimulator(t *testing.T) {
	simulator := func() string {
		cfg := vllmsim.NewConfig()
		cfg.TimeToFirstToken, cfg.TokenRate, cfg.ToolCallRate = 0, 0, 0.5
		sim, err := vllmsim.New(cfg)
		require.NoError(t, err)
		server := httptest.NewServer(sim)
		t.Cleanup(server.Close)
		return server.URL
	}
	requests := []string{
		`{"stream":true,"messages":[{"role":"user","content":"a"}]}`,
		`{"stream":true,"messages":[{"role":"user","content":"b"}],"stream_options":{"include_usage":false}}`,
		`{"stream":true,"messages":[{"role":"user","content":"c"}],"stream_options":null,"n":3}`,
		`{"stream":true,"messages":[{"role":"user","content":"d"}],"stream_options":{},"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}`,
		`{"stream":true,"messages":[{"role":"user","content":"e"}],"stream_options":{"include_usage":true,"continuous_usage_stats":true}}`,
		`{"stream":true,"messages":[]}`,
	}
	direct, r := simulator(), startBefore(t, simulator(), nil)
	created := regexp.MustCompile(`"created":\d+`)
	for _, request := range requests {
		wantStatus, want := (&running{url: direct, client: r.client}).post(t, "/v1/chat/completions", request)
		status, got := r.post(t, "/v1/chat/completions", request)
		require.Equal(t, wantStatus, status)
		require.Equal(t, created.ReplaceAllString(want, ""), created.ReplaceAllString(got, ""))
	}
	sources := map[genai.UsageSource]int{}
	for _, call := range r.calls(t, len(requests)) {
		sources[call.Usage.Source]++
	}
	require.Equal(t, map[genai.UsageSource]int{genai.UsageInjected: 4, genai.UsageReported: 1, genai.UsageNone: 1}, sources)
}

func TestObservedRequestsAreNotChanged(t *testing.T) {
	seen := make(chan string, 1)
	server := rawServer(t, func(request string) []string {
		seen <- request
		return []string{framings["chunk per event"](openAIStream(false))}
	})
	r := startBefore(t, "http://"+server, func(cfg *Config) {
		cfg.Usage = UsageObserve
		cfg.Upstreams = append(cfg.Upstreams, UpstreamConfig{Name: "asked", URL: cfg.Upstreams[0].URL, Prefix: "/asked", Usage: UsageInject})
	})
	tap := strings.TrimPrefix(r.url, "http://")
	rawStream(t, tap, "/v1/chat/completions")
	require.Equal(t, streamRequest, <-seen)
	rawStream(t, tap, "/asked/v1/chat/completions")
	require.NotEqual(t, streamRequest, <-seen)
	r.calls(t, 2)
}

// A server that does not know the field gets the original request, and is not asked again until it may know it.
func TestServerThatRefusesToBeAsked(t *testing.T) {
	knows, requests := false, 0
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		requests++
		body, _ := io.ReadAll(q.Body)
		asked := strings.Contains(string(body), "stream_options")
		if asked && !knows {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.Join(openAIStream(asked), ""))
	})
	now := time.Now()
	r.tap.usage.unable.now = func() time.Time { return now }
	f := r.streaming(t, &requests)
	f(2, genai.UsageEstimated)
	f(1, genai.UsageEstimated)
	knows = true
	now = now.Add(unableFor - 1)
	f(1, genai.UsageEstimated)
	now = now.Add(1)
	f(1, genai.UsageInjected)
}

// streaming gives a check of a stream, of which the client sees nothing that it did not ask for: how many requests the server got, and how
// its tokens are known.
func (r *running) streaming(t *testing.T, requests *int) func(wantRequests int, source genai.UsageSource) {
	return func(wantRequests int, source genai.UsageSource) {
		t.Helper()
		*requests = 0
		r.sink.Reset()
		status, got := r.post(t, "/v1/chat/completions", streamRequest)
		require.Equal(t, 200, status)
		require.Equal(t, strings.Join(openAIStream(false), ""), got)
		require.Equal(t, source, r.calls(t, 1)[0].Usage.Source)
		require.Equal(t, wantRequests, *requests)
	}
}

// A server that is known to take the field may refuse a request for something that is over when the original comes, as a picture that it
// could not fetch. Whoever has the picture would else make all streams of an hour ones without usage.
func TestServerThatTakesTheFieldIsAskedOn(t *testing.T) {
	refuses, requests := false, 0
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		requests++
		if refuses {
			refuses = false
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body, _ := io.ReadAll(q.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.Join(openAIStream(strings.Contains(string(body), "stream_options")), ""))
	})
	now := time.Now()
	r.tap.usage.unable.now = func() time.Time { return now }
	f := r.streaming(t, &requests)
	f(1, genai.UsageInjected)
	refuses, now = true, now.Add(unableFor-1)
	f(2, genai.UsageEstimated)
	f(1, genai.UsageInjected)
	refuses, now = true, now.Add(unableFor)
	f(2, genai.UsageEstimated)
	f(1, genai.UsageEstimated)
}

// Behind a gateway one model's server may refuse what those of others take. It is not asked again, and they are.
func TestModelThatRefusesToBeAsked(t *testing.T) {
	requests := 0
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		requests++
		body, _ := io.ReadAll(q.Body)
		asked := strings.Contains(string(body), "stream_options")
		if asked && strings.Contains(string(body), "strict") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.Join(openAIStream(asked), ""))
	})
	f := func(want int, source genai.UsageSource, model string) {
		t.Helper()
		requests = 0
		r.sink.Reset()
		status, _ := r.post(t, "/v1/chat/completions", strings.Replace(streamRequest, `"model":"`, `"model":"`+model, 1))
		require.Equal(t, 200, status)
		require.Equal(t, source, r.calls(t, 1)[0].Usage.Source)
		require.Equal(t, want, requests)
	}
	f(1, genai.UsageInjected, "lax")
	f(2, genai.UsageEstimated, "strict")
	f(1, genai.UsageEstimated, "strict")
	f(1, genai.UsageInjected, "lax")
}

func TestUnableIsBounded(t *testing.T) {
	u := newUnable(time.Now)
	for i := range 3 * unableMax {
		server := place{"vllm", fmt.Sprint(i), 0}
		u.add(server)
		require.LessOrEqual(t, len(u.until), unableMax)
		require.True(t, u.has(server))
		u.took(server)
		require.LessOrEqual(t, len(u.taken), unableMax)
	}
}

// Nothing can be taken out of a compressed stream: the original request is sent instead, and the server not asked again.
func TestServerThatCompressesStreams(t *testing.T) {
	requests := 0
	packed := func(asked bool) string {
		var out strings.Builder
		w := gzip.NewWriter(&out)
		_, _ = io.WriteString(w, strings.Join(openAIStream(asked), ""))
		_ = w.Close()
		return out.String()
	}
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		requests++
		body, _ := io.ReadAll(q.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, packed(strings.Contains(string(body), "stream_options")))
	})
	for want := 2; want <= 3; want++ {
		wire := rawStream(t, strings.TrimPrefix(r.url, "http://"), "/v1/chat/completions")
		require.Equal(t, packed(false)+"<nil>", body(wire))
		require.Equal(t, want, requests)
	}
	for _, call := range r.calls(t, 2) {
		require.Equal(t, genai.UsageEstimated, call.Usage.Source)
	}
}

func TestRequestsThatAreLeftAlone(t *testing.T) {
	a := newUsageAsker(&Config{Usage: UsageInject, Upstreams: []UpstreamConfig{{Name: "a"}, {Name: "b", Usage: UsageObserve}}}, time.Now, nil)
	f := func(want bool, r proxy.Request) {
		t.Helper()
		if r.Body == nil {
			r.Body = []byte(streamRequest)
		}
		require.Equal(t, want, a.rewrite(&r) != nil)
	}
	f(true, proxy.Request{Upstream: "a", Path: "/v1/chat/completions"})
	f(true, proxy.Request{Upstream: "a", Path: "/v1/completions", Header: exchange.Header("content-encoding: Identity\r\n\r\n")})
	f(false, proxy.Request{Upstream: "b", Path: "/v1/chat/completions"})
	f(false, proxy.Request{Upstream: "a", Path: "/v1/responses"})
	f(false, proxy.Request{Upstream: "a", Path: "/v1/chat/completions", Header: exchange.Header("Content-Encoding: zstd\r\n\r\n")})
	f(false, proxy.Request{Upstream: "a", Path: "/v1/chat/completions", Body: []byte("{}")})
}

func TestLongEventsAreTold(t *testing.T) {
	told := 0
	a := newUsageAsker(&Config{}, time.Now, func() { told++ })
	for extra, want := range []int{0, 1} {
		f := a.filter(200, exchange.Header("content-type: text/event-stream\r\n\r\n"))
		event := "data: " + strings.Repeat("x", includeusage.EventBytesMax-len("data: \n\n")+extra) + "\n\n"
		out := f.Next(nil, []byte(event[:len(event)-1]))
		out = f.Next(out, []byte(event[len(event)-1:]))
		require.Equal(t, event, string(f.Last(out)))
		require.Equal(t, want, told)
	}
	require.Nil(t, a.filter(200, exchange.Header("content-type: Application/JSON; charset=utf-8\r\n\r\n")))
	require.Nil(t, a.filter(404, exchange.Header("content-type: text/event-stream\r\n\r\n")))
}
