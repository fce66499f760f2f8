package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

const (
	llamaAsked = `{"prompt":"hi there"}`
	// What llama.cpp b11669 says, without most of its generation_settings.
	llamaWhole = `{"index":0,"content":"Hello from a","tokens":[],"id_slot":0,"stop":true,"model":"m","tokens_predicted":4,"tokens_evaluated":9,` +
		`"generation_settings":{"n_predict":-1,"stop":["x"],"stream":false},"prompt":"hi there","truncated":false,"stop_type":"word",` +
		`"stopping_word":" model","tokens_cached":12,"timings":{"cache_n":8,"prompt_n":1,"predicted_n":4}}`
	llamaFirst = `{"index":0,"content":"Hello","tokens":[387],"stop":false,"id_slot":-1,"tokens_predicted":1,"tokens_evaluated":9}`
	llamaNext  = `{"index":0,"content":" from a","tokens":[288],"stop":false,"id_slot":-1,"tokens_predicted":4,"tokens_evaluated":9}`
)

var llamaLast = strings.Replace(llamaWhole, "Hello from a", "", 1)

func TestLlama(t *testing.T) {
	for _, decode := range []wiretest.Decode{DecodeLlama, DecodeCompletions} {
		for _, body := range []string{llamaWhole, events(llamaFirst, llamaNext, llamaLast)} {
			call := read(t, decode, 200, llamaAsked, body)
			require.Equal(t, []any{genai.OperationTextCompletion, "llama.cpp", "m", 1}, []any{call.Operation, call.Provider, call.ResponseModel, call.Turn})
			require.Equal(t, genai.OutcomeOK, call.Outcome)
			require.Equal(t, []string{"word"}, call.FinishReasons)
			require.Equal(t, "Hello from a", call.Detail.Choices[0].Text)
			require.Equal(t, genai.Usage{
				Input: genai.Known(9), Output: genai.Known(4), CacheRead: genai.Known(8), Source: genai.UsageReported,
			}, call.Usage)
		}
	}
	call := read(t, DecodeCompletions, 200, llamaAsked, `{"error":{"code":400,"message":"no","type":"invalid_request_error"}}`)
	require.Equal(t, "openai", call.Provider, "nothing tells")
}

func TestLlamaBrokenOff(t *testing.T) {
	x := ok(events(llamaFirst, llamaNext))
	x.Request.Body, x.End = []byte(llamaAsked), exchange.ClientGone
	call := &genai.Call{}
	require.NoError(t, DecodeLlama(x, nil, call))
	require.Equal(t, genai.ErrorClientAbort, call.ErrorType)
	require.Equal(t, 2, call.Chunks)
	require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(4), Source: genai.UsageReported}, call.Usage)

	x.End = exchange.Completed
	require.NoError(t, DecodeLlama(x, nil, call))
	require.Equal(t, genai.ErrorStreamBroken, call.ErrorType)
}

// Its counts are there whether the tap has asked for usage or not.
func TestLlamaUsageIsNeverInjected(t *testing.T) {
	x := ok(events(llamaFirst, llamaLast))
	x.UsageInjected = true
	call := &genai.Call{}
	require.NoError(t, DecodeCompletions(x, nil, call))
	require.Equal(t, genai.UsageReported, call.Usage.Source)
}

func TestLlamaSeveralPrompts(t *testing.T) {
	part := func(index, text, counts string) string {
		return `{"index":` + index + `,"content":"` + text + `","stop":true,"stop_type":"eos",` + counts + `}`
	}
	const first, second = `"tokens_evaluated":3,"tokens_predicted":2,"timings":{"cache_n":2}`, `"tokens_evaluated":6,"tokens_predicted":5,"timings":{"cache_n":0}`
	for _, body := range []string{
		"[" + part("0", "a", first) + "," + part("1", "b", second) + "]",
		events("null", part("1", "b", second), part("0", "a", first)),
	} {
		call := read(t, DecodeLlama, 200, `{"prompt":["x","y"]}`, body)
		require.Equal(t, 2, call.Turn)
		require.Equal(t, []string{"eos", "eos"}, call.FinishReasons)
		require.Equal(t, "b", call.Detail.Choices[1].Text)
		require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(7), CacheRead: genai.Known(2), Source: genai.UsageReported}, call.Usage)
		require.Zero(t, call.Detail.Flaws)

		call = read(t, DecodeLlama, 200, `{"prompt":"x","n_cmpl":2}`, body)
		require.Equal(t, 2, call.Detail.ChoiceCount)
		require.Equal(t, int64(7), call.Usage.Output.N)
		require.NotEqual(t, int64(9), call.Usage.Input.N, "one prompt is evaluated once")
	}
	call := read(t, DecodeLlama, 200, `{"prompt":["x",{"prompt_string":"y","multimodal_data":["AA","BB"]}]}`, llamaWhole)
	require.Equal(t, []int{2, 2}, []int{call.Turn, call.InputFiles})
	call = read(t, DecodeLlama, 200, `{"prompt":{"prompt_string":"y","multimodal_data":["AA"]}}`, llamaWhole)
	require.Equal(t, []int{1, 1}, []int{call.Turn, call.InputFiles})
	require.Equal(t, 1, read(t, DecodeLlama, 200, `{"prompt":[12,"x",4]}`, llamaWhole).Turn)
}

// llama.vim chooses the members of its answers, and warms the cache without wanting any.
func TestLlamaChosenMembers(t *testing.T) {
	asked := `{"input_prefix":"def f(","input_suffix":"):\n","input_extra":[{"text":"import os","filename":"a"}],"prompt":"","n_predict":4,"response_fields":["content"]}`
	k := genai.Known
	f := func(answer string, want genai.Usage) {
		t.Helper()
		call := read(t, DecodeInfill, 200, asked, answer)
		require.Equal(t, genai.OutcomeOK, call.Outcome)
		require.Equal(t, []any{1, k(4), true}, []any{call.Turn, call.Detail.MaxTokens, call.Detail.UsageOff})
		want.Source = genai.UsageEstimated
		require.Equal(t, want, call.Usage)
	}
	timed := genai.Usage{Input: k(12), Output: k(4), CacheRead: k(5)}
	f(`{"content":"abcdefgh","timings/prompt_n":7,"timings/predicted_n":4,"truncated":false,"tokens_cached":15}`, timed)
	f(`{"content":"abcdefgh","timings":{"prompt_n":7,"cache_n":5,"predicted_n":4}}`, timed)
	f(events(`{"index":0,"content":"abcdefgh","stop":false}`, `{"timings":{"prompt_n":7,"cache_n":5,"predicted_n":4}}`), timed)
	text := genai.Usage{Input: k(6), Output: k(2)}
	f(`{"content":"abcdefgh","timings/prompt_n":7,"timings/predicted_n":4,"truncated":true,"tokens_cached":15}`, text)
	f(`{"content":"abcdefgh","timings/prompt_n":7,"timings/predicted_n":4}`, text)
	f(`{"content":"abcdefgh"}`, text)
	f(`{}`, genai.Usage{Input: k(6)})

	call := read(t, DecodeInfill, 200, strings.Replace(asked, `"n_predict":4`, `"n_predict":0`, 1), `{}`)
	require.Equal(t, genai.Usage{Input: k(6), Output: k(0), Source: genai.UsageEstimated}, call.Usage)
	call = read(t, DecodeInfill, 200, asked, `{"stop_type":"eos","tokens_predicted":11}`)
	require.True(t, call.Detail.Choices[0].Other, "there is text that is not shown")
}

func TestLlamaRequests(t *testing.T) {
	call := read(t, DecodeLlama, 200, `{"prompt":"x","n_predict":-1,"stop":["a","b"],"stream":true,"temperature":0,"seed":7,"json_schema":{"type":"object"}}`, llamaWhole)
	d := call.Detail
	require.Equal(t, []any{genai.Known(genai.Unbounded), []string{"a", "b"}, true, true, true}, []any{d.MaxTokens, d.Stop, d.StreamAsked, d.Sampling.Seed.Known, d.Sampling.Temperature == (genai.Number{Known: true})})
	require.Equal(t, []string{"json_schema", `{"type":"object"}`}, []string{call.ResponseFormat, string(d.ResponseSchema)})

	require.False(t, read(t, DecodeLlama, 200, `{"seed":-1}`, llamaWhole).Detail.Sampling.Seed.Known, "a seed by chance")
	require.False(t, read(t, DecodeLlama, 200, `{"seed":7,"t_max_predict_ms":100}`, llamaWhole).Detail.Sampling.Seed.Known, "time decides")
	require.True(t, read(t, DecodeLlama, 200, `{"t_max_predict_ms":0,"seed":7}`, llamaWhole).Detail.Sampling.Seed.Known)
}

// Versions before there was stop_type, which llamafile still has.
func TestLlamaOlderVersions(t *testing.T) {
	call := read(t, DecodeLlama, 200, llamaAsked, `{"content":"a","stop":true,"stopped_eos":false,"stopped_limit":true,"stopped_word":false,`+
		`"tokens_evaluated":9,"tokens_predicted":1,"timings":{"prompt_n":2,"predicted_n":1}}`)
	require.Equal(t, []string{"limit"}, call.FinishReasons)
	require.Equal(t, genai.Known(7), call.Usage.CacheRead)
	require.Equal(t, []string{"stop"}, read(t, DecodeLlama, 200, llamaAsked, `{"content":"a","stop":true}`).FinishReasons)
}

func TestLlamaErrors(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		call := read(t, DecodeLlama, status, llamaAsked, body)
		require.Equal(t, want, call.ErrorType)
		require.Empty(t, call.FinishReasons)
	}
	f(400, `{"error":{"code":400,"message":"request (6000 tokens) exceeds the available context size (1024 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6000,"n_ctx":1024}}`, genai.ErrorContextLength)
	f(503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, genai.ErrorOverloaded)
	f(200, events(`{"error":{"code":500,"message":"context shift is disabled","type":"server_error"}}`), genai.ErrorServerError)
}

// What b11669 says to two prompts, and to n_cmpl, where the request chose members: the results have no index.
func TestLlamaResultsWithoutIndex(t *testing.T) {
	const answer = `[{"content":" one","timings/prompt_n":1,"timings/predicted_n":1},{"content":" two","timings/prompt_n":1,"timings/predicted_n":1}]`
	for _, asked := range []string{`{"prompt":["x","y"],`, `{"prompt":"x","n_cmpl":2,`} {
		call := read(t, DecodeLlama, 200, asked+`"response_fields":["content","timings/prompt_n","timings/predicted_n"]}`, answer)
		require.Len(t, call.Detail.Choices, 2)
		require.Equal(t, " two", call.Detail.Choices[1].Text)
	}
}

// A server with one slot begins the second result when the first one is done: a client that leaves between them has not had all.
func TestLlamaLeftBetweenResults(t *testing.T) {
	second := strings.Replace(llamaLast, `"index":0`, `"index":1`, 1)
	choices := func(index string) string {
		return `{"choices":[{"text":"a","index":` + index + `,"finish_reason":"stop"}],"object":"text_completion","id":"c",` +
			`"usage":{"completion_tokens":1,"prompt_tokens":2,"total_tokens":3},"timings":{"cache_n":0,"prompt_n":2,"predicted_n":1}}`
	}
	f := func(decode wiretest.Decode, end exchange.End, request, want string, parts ...string) {
		t.Helper()
		x := ok(events(parts...))
		x.Request.Body, x.End = []byte(request), end
		call := &genai.Call{}
		require.NoError(t, decode(x, nil, call))
		require.Equal(t, want, call.ErrorType)
	}
	const prompts, several = `{"prompt":["x","y"],"stream":true}`, `{"prompt":"x","n_cmpl":2,"stream":true}`
	for _, asked := range []string{prompts, several} {
		f(DecodeLlama, exchange.ClientGone, asked, genai.ErrorClientAbort, "null", llamaLast)
		f(DecodeLlama, exchange.ClientGone, asked, "", "null", llamaLast, second)
		f(DecodeLlama, exchange.UpstreamBroken, asked, genai.ErrorStreamBroken, "null", llamaLast)
		f(DecodeLlama, exchange.Completed, asked, "", "null", llamaLast) // of servers that know no n_cmpl
	}
	f(DecodeLlama, exchange.ClientGone, llamaAsked, "", llamaLast)
	f(DecodeCompletions, exchange.ClientGone, prompts, genai.ErrorClientAbort, "null", choices("0"))
	f(DecodeCompletions, exchange.ClientGone, prompts, "", "null", choices("0"), choices("1"))
	f(DecodeChat, exchange.ClientGone, `{"messages":[{"role":"user","content":"a"}],"n":2}`, genai.ErrorClientAbort, choices("0"))
	f(DecodeChat, exchange.ClientGone, `{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}`, "", choices("0"))
}
