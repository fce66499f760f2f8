package vllmsim

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fast gives a server without delays that is changed by edit.
func fast(t *testing.T, edit func(*Config)) *Server {
	t.Helper()
	cfg := NewConfig()
	cfg.Models = []string{"m1", "m2"}
	cfg.TimeToFirstToken, cfg.TokenRate = 0, 0
	if edit != nil {
		edit(&cfg)
	}
	s, err := New(cfg)
	require.NoError(t, err)
	return s
}

func post(t *testing.T, s http.Handler, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body)))
	return w
}

func plain(t *testing.T, s http.Handler, body string) completion {
	t.Helper()
	w := post(t, s, body)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var c completion
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &c))
	return c
}

// streamed gives the events of a stream, the closing [DONE] checked and taken off.
func streamed(t *testing.T, s http.Handler, body string) []string {
	t.Helper()
	w := post(t, s, body)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Equal(t, "text/event-stream; charset=utf-8", w.Header().Get("Content-Type"))
	events := strings.Split(strings.TrimSuffix(w.Body.String(), "\n\n"), "\n\n")
	require.Equal(t, "data: [DONE]", events[len(events)-1])
	events = events[:len(events)-1]
	for i := range events {
		require.True(t, strings.HasPrefix(events[i], "data: "), events[i])
		events[i] = strings.TrimPrefix(events[i], "data: ")
	}
	return events
}

// fold joins the chunks of a stream into the content of its choices.
func fold(t *testing.T, events []string) (contents map[int]string, finish map[int]string) {
	t.Helper()
	contents, finish = map[int]string{}, map[int]string{}
	for _, e := range events {
		var c chunk
		require.NoError(t, json.Unmarshal([]byte(e), &c))
		for _, choice := range c.Choices {
			if choice.Delta.Content != nil {
				contents[choice.Index] += *choice.Delta.Content
			}
			if choice.FinishReason != nil {
				finish[choice.Index] = *choice.FinishReason
			}
		}
	}
	return contents, finish
}

const hello = `{"model":"m2","messages":[{"role":"user","content":"hello"}]`

func TestPlainAndStreamSayTheSame(t *testing.T) {
	s := fast(t, nil)
	c := plain(t, s, hello+`,"n":2}`)
	require.Equal(t, "m2", c.Model)
	require.Len(t, c.Choices, 2)
	require.NotEqual(t, *c.Choices[0].Message.Content, *c.Choices[1].Message.Content)
	words := 0
	for _, choice := range c.Choices {
		words += len(strings.Fields(*choice.Message.Content))
	}
	require.Equal(t, usage{PromptTokens: 9, CompletionTokens: words, TotalTokens: 9 + words}, c.Usage)

	require.Equal(t, c.Choices, plain(t, s, hello+`,"n":2}`).Choices)
	require.NotEqual(t, c.Choices, plain(t, fast(t, func(c *Config) { c.Seed = 2 }), hello+`,"n":2}`).Choices)

	events := streamed(t, s, hello+`,"n":2,"stream":true,"stream_options":{"include_usage":true}}`)
	contents, finish := fold(t, events)
	require.Equal(t, map[int]string{0: *c.Choices[0].Message.Content, 1: *c.Choices[1].Message.Content}, contents)
	require.Equal(t, map[int]string{0: "stop", 1: "stop"}, finish)

	var last chunk
	require.NoError(t, json.Unmarshal([]byte(events[len(events)-1]), &last))
	require.Empty(t, last.Choices)
	require.Equal(t, c.Usage, *last.Usage)
}

func TestStreamShape(t *testing.T) {
	events := streamed(t, fast(t, nil), hello+`,"stream":true,"max_tokens":2,"ignore_eos":true}`)
	require.Len(t, events, 3, "a role chunk, two tokens, and no usage that was not asked for")
	require.Contains(t, events[0], `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null,`)
	require.NotContains(t, events[1], "usage")
	require.Contains(t, events[2], `"finish_reason":"length"`)
}

func TestContinuousUsage(t *testing.T) {
	events := streamed(t, fast(t, nil), hello+`,"stream":true,"max_tokens":2,"ignore_eos":true,
		"stream_options":{"include_usage":true,"continuous_usage_stats":true}}`)
	require.Len(t, events, 4)
	for i, want := range []int{0, 1, 2, 2} {
		require.Contains(t, events[i], fmt.Sprintf(`"completion_tokens":%d`, want))
	}
}

func TestAnswerLimits(t *testing.T) {
	s := fast(t, func(c *Config) { c.AnswerTokens, c.AnswerSpread = 50, 0 })
	f := func(more string, wantTokens int, wantFinish string) {
		t.Helper()
		c := plain(t, s, hello+more+`}`)
		require.Equal(t, wantTokens, c.Usage.CompletionTokens)
		require.Equal(t, wantFinish, c.Choices[0].FinishReason)
	}
	f("", 50, "stop")
	f(`,"max_tokens":50`, 50, "stop")
	f(`,"max_tokens":49`, 49, "length")
	f(`,"max_tokens":9,"max_completion_tokens":8`, 8, "length")
	f(`,"max_tokens":70,"ignore_eos":true`, 70, "length")
	f(`,"min_tokens":60`, 60, "stop")
}

func TestStopString(t *testing.T) {
	f := func(stops string, wantPieces []string, wantReason string) {
		t.Helper()
		var read stopStrings
		require.NoError(t, json.Unmarshal([]byte(stops), &read))
		a := answer{pieces: []string{"one", " two", " three", " four"}, finish: "length"}
		a.cutAtStop(read)
		require.Equal(t, wantPieces, a.pieces)
		require.Equal(t, wantReason, a.stopReason)
		require.Equal(t, wantReason != "", a.finish == "stop")
	}
	f(`null`, []string{"one", " two", " three", " four"}, "")
	f(`"zero"`, []string{"one", " two", " three", " four"}, "")
	f(`["four"," t"]`, []string{"one", ""}, " t")
	f(`"wo th"`, []string{"one", " t", ""}, "wo th") // the token that completes the string is generated, not shown
	f(`"o"`, []string{""}, "o")

	got := plain(t, fast(t, nil), hello+`,"stop":" "}`)
	require.Equal(t, " ", *got.Choices[0].StopReason)
	require.Equal(t, 2, got.Usage.CompletionTokens)
}

const weatherTool = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":
	{"city":{"type":"string"},"days":{"type":"integer"},"unit":{"enum":["C"]}},"required":["city","days","unit"]}}}]`

func TestToolCalls(t *testing.T) {
	s := fast(t, nil)
	f := func(more, wantFinish string) {
		t.Helper()
		c := plain(t, s, hello+weatherTool+more+`}`).Choices[0]
		require.Equal(t, wantFinish, c.FinishReason)
		require.Nil(t, c.Message.Content)
		require.Len(t, c.Message.ToolCalls, 1)
		requireWeather(t, c.Message.ToolCalls[0])
	}
	f(`,"tool_choice":"required"`, "tool_calls")
	f(`,"tool_choice":{"type":"function","function":{"name":"weather"}}`, "stop")

	require.Nil(t, plain(t, s, hello+weatherTool+`}`).Choices[0].Message.ToolCalls)
	always := fast(t, func(c *Config) { c.ToolCallRate = 1 })
	require.Len(t, plain(t, always, hello+weatherTool+`}`).Choices[0].Message.ToolCalls, 1)
	require.Nil(t, plain(t, always, hello+weatherTool+`,"tool_choice":"none"}`).Choices[0].Message.ToolCalls)
	require.Equal(t, "length", plain(t, always, hello+weatherTool+`,"max_tokens":1}`).Choices[0].FinishReason)
}

func TestToolCallStream(t *testing.T) {
	var call toolCall
	for _, e := range streamed(t, fast(t, nil), hello+weatherTool+`,"tool_choice":"required","stream":true}`) {
		var c chunk
		require.NoError(t, json.Unmarshal([]byte(e), &c))
		for _, d := range c.Choices[0].Delta.ToolCalls {
			call.ID += d.ID
			call.Function.Name += d.Function.Name
			call.Function.Arguments += *d.Function.Arguments
		}
	}
	requireWeather(t, call)
}

func requireWeather(t *testing.T, call toolCall) {
	t.Helper()
	require.Equal(t, "weather", call.Function.Name)
	require.Regexp(t, `^chatcmpl-tool-[0-9a-f]{32}$`, call.ID)
	var args struct {
		City string
		Days int
		Unit string
	}
	require.NoError(t, json.Unmarshal([]byte(call.Function.Arguments), &args))
	require.NotEmpty(t, args.City)
	require.Equal(t, "C", args.Unit)
}

func TestErrors(t *testing.T) {
	s := fast(t, func(c *Config) { c.ModelLenMax = 20 })
	f := func(body string, want apiError) {
		t.Helper()
		w := post(t, s, body)
		require.Equal(t, want.Code, w.Code)
		var got struct{ Error apiError }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		require.Contains(t, got.Error.Message, want.Message)
		got.Error.Message = want.Message
		require.Equal(t, want, got.Error)
	}
	f(`{"model":"m3","messages":[]}`, apiError{"The model `m3` does not exist.", "NotFoundError", orNull("model"), 404})
	f(`{"model":`, apiError{"not valid", "BadRequestError", nil, 400})
	f(`{"messages":[]}`, apiError{"must not be empty", "BadRequestError", orNull("messages"), 400})
	f(hello+`,"n":0}`, apiError{"n must be at least 1", "BadRequestError", orNull("n"), 400})
	f(hello+`,"n":129}`, apiError{"n must be at most 128", "BadRequestError", orNull("n"), 400})
	f(hello+`,"max_tokens":0}`, apiError{"at least 1, got 0", "BadRequestError", orNull("max_tokens"), 400})
	f(hello+`,"stream_options":{}}`, apiError{"`stream=True`", "BadRequestError", orNull("stream_options"), 400})
	f(hello+`,"max_tokens":12}`, apiError{
		"This model's maximum context length is 20 tokens. However, you requested 12 output tokens and your prompt contains " +
			"at least 9 input tokens, for a total of at least 21 tokens.", "BadRequestError", orNull("input_tokens"), 400,
	})
	require.Equal(t, 11, plain(t, s, hello+`,"max_tokens":11,"ignore_eos":true}`).Usage.CompletionTokens)
	f(`"`+strings.Repeat("x", requestBytesMax)+`"`, apiError{"could not be read", "BadRequestError", nil, 413})
}

func TestFailures(t *testing.T) {
	s := fast(t, func(c *Config) { c.FailureRate = 1 })
	w := post(t, s, hello+`}`)
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, w.Body.String(), `"type":"InternalServerError","param":null,"code":500}}`)

	events := streamed(t, s, hello+`,"stream":true,"max_tokens":10,"ignore_eos":true}`)
	require.Len(t, events, 1+5+1, "role, half of the tokens, the error")
	require.Contains(t, events[6], `{"error":{"message":"EngineCore`)
	require.Contains(t, metricLines(s), `vllm:request_success_total{engine="0",finished_reason="error",model_name="m2"} 2`)

	s = fast(t, func(c *Config) { c.FailureRate = 0.25 })
	failed := 0
	for range 400 {
		if post(t, s, hello+`,"max_tokens":1}`).Code != http.StatusOK {
			failed++
		}
	}
	require.InDelta(t, 100, failed, 30)
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fast(t, func(c *Config) { c.TimeToFirstToken, c.TokenRate = 300*time.Millisecond, 50 })
		start := time.Now()
		post(t, s, hello+`,"stream":true,"max_tokens":11,"ignore_eos":true}`)
		require.Equal(t, 300*time.Millisecond+10*20*time.Millisecond, time.Since(start))
	})
}

func TestAnswerLengthHasTheConfiguredMean(t *testing.T) {
	s := fast(t, func(c *Config) { c.AnswerTokens, c.AnswerSpread = 200, 0.6 })
	sum, n := 0, 20_000
	for i := range n {
		sum += s.answerLength(dice(1, nil, i))
	}
	require.InEpsilon(t, 200, float64(sum)/float64(n), 0.03)
}

// A client that leaves ends the generation, plain or streamed, running or waiting.
func TestClientLeaves(t *testing.T) {
	for _, stream := range []string{"true", "false"} {
		s := fast(t, func(c *Config) { c.TokenRate, c.SequencesMax = 0.001, 1 })
		server := httptest.NewServer(s)
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan struct{}, 2)
		call := func() {
			defer func() { ended <- struct{}{} }()
			body := strings.NewReader(hello + `,"stream":` + stream + `}`)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/chat/completions", body)
			if err != nil {
				return
			}
			if resp, err := server.Client().Do(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		}
		go call()
		go call()
		require.Eventually(t, func() bool {
			lines := metricLines(s)
			return lines[`vllm:generation_tokens_total{engine="0",model_name="m2"} 1`] &&
				lines[`vllm:num_requests_waiting{engine="0",model_name="m2"} 1`]
		}, 10*time.Second, time.Millisecond, "one generates, the other waits for its turn")
		leave()
		<-ended
		<-ended
		server.Close() // waits for the handlers
		lines := metricLines(s)
		for _, want := range []string{
			`vllm:request_success_total{engine="0",finished_reason="abort",model_name="m2"} 2`,
			`vllm:num_requests_waiting{engine="0",model_name="m2"} 0`,
			`vllm:num_requests_running{engine="0",model_name="m2"} 0`,
		} {
			require.Contains(t, lines, want)
		}
	}
}

func get(s http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func metricLines(s http.Handler) map[string]bool {
	lines := map[string]bool{}
	for scan := bufio.NewScanner(get(s, "/metrics").Body); scan.Scan(); {
		lines[scan.Text()] = true
	}
	return lines
}

func TestOtherPaths(t *testing.T) {
	s := fast(t, nil)
	require.Equal(t, http.StatusOK, get(s, "/health").Code)
	require.JSONEq(t, `{"version":"0.11.0"}`, get(s, "/version").Body.String())
	require.JSONEq(t, `{"detail":"Not Found"}`, get(s, "/nothing").Body.String())
	var list modelList
	require.NoError(t, json.Unmarshal(get(s, "/v1/models").Body.Bytes(), &list))
	require.Equal(t, []string{"m1", "m2"}, []string{list.Data[0].ID, list.Data[1].ID})
	require.Equal(t, 32_768, list.Data[0].MaxModelLen)

	plain(t, s, hello+`,"max_tokens":3,"ignore_eos":true}`)
	lines := metricLines(s)
	for _, want := range []string{
		`vllm:num_requests_running{engine="0",model_name="m1"} 0`,
		`vllm:prompt_tokens_total{engine="0",model_name="m2"} 9`,
		`vllm:generation_tokens_total{engine="0",model_name="m2"} 3`,
		`vllm:request_success_total{engine="0",finished_reason="length",model_name="m2"} 1`,
		`vllm:time_to_first_token_seconds_count{engine="0",model_name="m2"} 1`,
		`vllm:inter_token_latency_seconds_count{engine="0",model_name="m2"} 2`,
	} {
		require.Contains(t, lines, want)
	}
}

func TestConfigReportsEveryProblem(t *testing.T) {
	_, err := New(Config{ModelLenMax: 0, AnswerSpread: 4, FailureRate: 2, ToolCallRate: -1, TokenRate: -1, TimeToFirstToken: -1})
	for _, key := range []string{
		"models", "max-model-len", "max-num-seqs", "ttft", "token-rate", "answer-tokens", "answer-spread", "tool-call-rate", "failure-rate",
	} {
		require.ErrorContains(t, err, key+":")
	}
}
