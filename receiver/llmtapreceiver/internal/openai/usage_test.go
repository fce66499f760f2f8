package openai

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func TestUsageOfEachServer(t *testing.T) {
	k := genai.Known
	f := func(member string, want genai.Usage) {
		t.Helper()
		want.Source = genai.UsageReported
		whole := decode(t, ok(`{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],`+member+`}`))
		require.Equal(t, want, whole.Usage)
		stream := decode(t, ok(streamed(`{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}`, `{"choices":[],`+member+`}`)))
		require.Equal(t, want, stream.Usage)
	}
	// OpenAI
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1,"image_tokens":2,"cache_write_tokens":3},"completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":6,"image_tokens":7}}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(4), CacheWrite: k(3), Reasoning: k(5), AudioInput: k(1),
			AudioOutput: k(6), ImageInput: k(2), ImageOutput: k(7)})
	// vLLM
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30,"prompt_tokens_details":{"cached_tokens":4,"created_cache_tokens":6,"multimodal_tokens":{"image":3,"audio":2,"video":1}},"completion_tokens_details":{"reasoning_tokens":5}}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(4), CacheWrite: k(6), Reasoning: k(5), ImageInput: k(3), AudioInput: k(2)})
	// OpenAI's models for sound
	f(`"usage":{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":9,"cached_tokens_details":{"text_tokens":1,"audio_tokens":7}}}`,
		genai.Usage{Input: k(10), Output: k(2), CacheRead: k(8), AudioInput: k(9), AudioCacheRead: k(7)})
	// gateways to Anthropic
	f(`"usage":{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cache_creation_tokens":5,"cache_creation_token_details":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3}}}`,
		genai.Usage{Input: k(10), Output: k(2), CacheWrite: k(5), CacheWriteLong: k(3)})
	f(`"usage":{"prompt_tokens":10,"completion_tokens":2,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":3}}`,
		genai.Usage{Input: k(10), Output: k(2), CacheWrite: k(5), CacheWriteLong: k(3)})
	// xAI: completion_tokens without reasoning
	f(`"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":301,"completion_tokens_details":{"reasoning_tokens":290}}`,
		genai.Usage{Input: k(10), Output: k(291), Reasoning: k(290)})
	f(`"usage":{"prompt_tokens":10,"completion_tokens":1,"completion_tokens_details":{"reasoning_tokens":290}}`,
		genai.Usage{Input: k(10), Output: k(291), Reasoning: k(290)})
	// Gemini: reasoning in the total alone
	f(`"model":"gemini-3-flash-preview","usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":103}`,
		genai.Usage{Input: k(9), Output: k(94), Reasoning: k(93)})
	f(`"model":"google/gemini-2.5-pro","usage":{"prompt_tokens":9,"total_tokens":103}`,
		genai.Usage{Input: k(9), Output: k(94), Reasoning: k(94)})
	f(`"model":"gemini-2.5-pro","usage":{"prompt_tokens":9,"completion_tokens":94,"total_tokens":103}`, genai.Usage{Input: k(9), Output: k(94)})
	f(`"model":"google/gemini-2.5-flash","usage":{"prompt_tokens":61,"completion_tokens":10,"total_tokens":71,"completion_tokens_details":{"reasoning_tokens":96}}`,
		genai.Usage{Input: k(61), Output: k(106), Reasoning: k(96)}) // Vercel's gateway: not even there
	f(`"model":"z-ai/glm-4.6","usage":{"prompt_tokens":43,"completion_tokens":10,"total_tokens":53,"completion_tokens_details":{"reasoning_tokens":11}}`,
		genai.Usage{Input: k(43), Output: k(10), Reasoning: k(11)})
	f(`"model":"qwen","usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":103}`, genai.Usage{Input: k(9), Output: k(1)})
	// SGLang
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30,"reasoning_tokens":5,"prompt_tokens_details":null}`,
		genai.Usage{Input: k(10), Output: k(20), Reasoning: k(5)})
	// DeepSeek
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":4}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(6)})
	f(`"usage":{"completion_tokens":20,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":4}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(6)})
	// gateways that fill one name of several
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_cache_hit_tokens":6,"prompt_tokens_details":{"cached_tokens":0}}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(6)})
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":6},"cache_read_input_tokens":0}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(6)})
	// Mistral
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"num_cached_tokens":6}`,
		genai.Usage{Input: k(10), Output: k(20), CacheRead: k(6)})
	// Mistral, with sound
	f(`"usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_audio_seconds":7,"total_tokens":400}`,
		genai.Usage{Input: k(10), Output: k(20), AudioTime: 7 * time.Second})
	// Groq
	f(`"x_groq":{"id":"r","usage":{"prompt_tokens":10,"completion_tokens":20}}`, genai.Usage{Input: k(10), Output: k(20)})
	// OpenAI's completions, of an answer without text
	f(`"usage":{"prompt_tokens":11,"total_tokens":11}`, genai.Usage{Input: k(11), Output: k(0)})
	f(`"usage":{"prompt_tokens":11,"total_tokens":12}`, genai.Usage{Input: k(11)})
	// absent is not zero, and zero not absent
	f(`"usage":{"prompt_tokens":10,"completion_tokens":null}`, genai.Usage{Input: k(10)})
	f(`"usage":{"prompt_tokens":0,"completion_tokens":0}`, genai.Usage{Input: k(0), Output: k(0)})
	f(`"usage":{"prompt_tokens":10,"completion_tokens":-1}`, genai.Usage{Input: k(10)})
}

func TestUsageOnAnyChunk(t *testing.T) {
	call := decode(t, ok(streamed(
		`{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`,
		`{"choices":[{"index":0,"delta":{"content":"b"},"usage":{"prompt_tokens":9,"completion_tokens":2}}]}`,
		`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":3}}`,
		`{"choices":[],"usage":null}`,
	)))
	require.Equal(t, genai.Usage{Input: genai.Known(10), Output: genai.Known(3), Source: genai.UsageReported}, call.Usage)
}

// What hosts charge for besides the tokens: OpenRouter's searches, xAI's sources and tools, more of what Perplexity finds.
func TestHostedToolsInUsage(t *testing.T) {
	f := func(want bool, more string) {
		t.Helper()
		usage := decode(t, ok(`{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,`+more+`}}`)).Usage
		require.Equal(t, want, usage.HostedTools)
	}
	f(false, `"server_tool_use":{"web_search_requests":0},"num_sources_used":0,"num_server_side_tools_used":0,"search_context_size":"low"`)
	f(true, `"server_tool_use":{"web_search_requests":1}`)
	f(false, `"server_tool_use_details":{"web_search_requests":null,"tool_calls_executed":2}`)
	f(true, `"server_tool_use_details":{"web_search_requests":1,"tool_calls_executed":2}`)
	f(true, `"num_sources_used":3`)
	f(true, `"num_server_side_tools_used":1`)
	f(false, `"num_server_side_tools_used":2,"server_side_tool_usage_details":{"web_search_calls":0,"mcp_calls":2}`)
	f(true, `"num_server_side_tools_used":2,"server_side_tool_usage_details":{"web_search_calls":1,"mcp_calls":1}`)
	f(true, `"search_context_size":"medium"`)
	f(true, `"search_context_size":"high"`)
}

// Moonshot charges for an answer that calls its own search.
func TestMoonshotsSearch(t *testing.T) {
	f := func(want bool, name string) {
		t.Helper()
		calls := `[{"index":0,"id":"c","type":"builtin_function","function":{"name":"` + name + `","arguments":"{}"}}]`
		whole := decode(t, ok(`{"choices":[{"message":{"tool_calls":`+calls+`},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`))
		require.Equal(t, want, whole.Usage.HostedTools)
		stream := decode(t, ok(streamed(`{"choices":[{"delta":{"tool_calls":`+calls+`},"finish_reason":"tool_calls"}]}`, `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`)))
		require.Equal(t, want, stream.Usage.HostedTools)
	}
	f(true, "$web_search")
	f(false, "web_search")
}

func TestHostedToolsOfResponses(t *testing.T) {
	f := func(want bool, item string) {
		t.Helper()
		response := `{"id":"r","status":"completed","output":[` + item + `,{"type":"message","content":[{"type":"output_text","text":"x"}]}],"usage":{"input_tokens":1,"output_tokens":2}}`
		require.Equal(t, want, read(t, DecodeResponses, 200, `{"input":"x"}`, response).Usage.HostedTools)
		stream := events(`{"type":"response.output_item.done","output_index":0,"item":`+item+`}`, `{"type":"response.completed","response":`+response+`}`)
		require.Equal(t, want, read(t, DecodeResponses, 200, `{"input":"x","stream":true}`, stream).Usage.HostedTools)
	}
	f(false, `{"type":"reasoning","summary":[]}`)
	f(false, `{"type":"function_call","name":"f","arguments":"{}"}`)
	f(false, `{"type":"mcp_call","name":"f","arguments":"{}"}`)
	for _, kind := range []string{"web_search_call", "x_search_call", "file_search_call", "code_interpreter_call", "image_generation_call"} {
		f(true, `{"type":"`+kind+`","id":"w","status":"completed"}`)
	}
}

// Cached and reasoning tokens are those of the last usage, too, though one under two names has the larger count: llama.cpp counts each
// prompt by itself.
func TestDetailsOfTheLastUsage(t *testing.T) {
	f := func(cached, reasoning int64, decode wiretest.Decode, request string, chunks ...string) {
		t.Helper()
		usage := read(t, decode, 200, request, events(append(chunks, "[DONE]")...)).Usage
		require.Equal(t, []genai.Count{genai.Known(cached), genai.Known(reasoning)}, []genai.Count{usage.CacheRead, usage.Reasoning})
	}
	chunk := func(index, cached, reasoning int) string {
		return fmt.Sprintf(`{"choices":[{"index":%d,"text":"four","finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":6,`+
			`"prompt_tokens_details":{"cached_tokens":%d},"input_tokens_details":{"cached_tokens":0},"reasoning_tokens":0,`+
			`"completion_tokens_details":{"reasoning_tokens":%d}},"timings":{"prompt_n":1}}`, index, cached, reasoning)
	}
	f(8, 5, DecodeCompletions, `{"prompt":["x","y"],"stream":true}`, chunk(0, 8, 4), chunk(1, 0, 1))
	f(9, 4, DecodeCompletions, `{"prompt":["x","y"],"stream":true}`, chunk(1, 9, 1), chunk(0, 0, 3))
	f(7, 2, DecodeCompletions, `{"prompt":"x","stream":true}`, chunk(0, 8, 4), chunk(0, 7, 2))
}

// What vLLM and TensorRT-LLM report beside a choice is the count of that choice, and at the end that of all.
func TestCountsOfSeveralChoices(t *testing.T) {
	f := func(want bool, last int64, counts ...[2]int) {
		t.Helper()
		var chunks []string
		for _, c := range counts {
			chunks = append(chunks, fmt.Sprintf(`{"choices":[{"index":%d,"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":%d}}`, c[0], c[1]))
		}
		call := decode(t, ok(streamed(append(chunks, fmt.Sprintf(`{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":%d}}`, last))...)))
		require.Equal(t, want, call.Detail.Flaws.Has(genai.FlawUsageFalls))
		require.Equal(t, genai.Known(last), call.Usage.Output)
	}
	f(false, 5, [2]int{0, 1}, [2]int{0, 2}, [2]int{1, 1}, [2]int{0, 3}, [2]int{1, 2})
	f(false, 5, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 3}, [2]int{1, 5})
	f(true, 5, [2]int{0, 2}, [2]int{1, 1}, [2]int{0, 1})
	f(true, 2, [2]int{0, 3}, [2]int{1, 1})
	f(true, 2, [2]int{0, 3})
}

// llama.cpp counts each choice when it ends, in a chat without saying which it is; vLLM and SGLang, asked for it, with each chunk, and
// all of them at the end, which a stream that breaks off does not reach.
func TestCountsOfEachChoice(t *testing.T) {
	const twice, continuous, prompts = `{"n":2}`, `{"n":2,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}`, `{"prompt":["x","y"]}`
	counted := func(input, output int, more string) string {
		return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d}}%s}`, input, output, input+output, input-1, more)
	}
	last := func(input, output int) string { return counted(input, output, `,"timings":{"prompt_n":1}`) }
	choice := func(index int, finish string) string {
		return fmt.Sprintf(`{"choices":[{"index":%d,"text":"four","finish_reason":%s}],`, index, finish)
	}
	chat := func(index int, finish string) string {
		return strings.Replace(choice(index, finish), `"text":"four"`, `"delta":{"content":"four"}`, 1)
	}
	begun := func(chunk string) string { return strings.TrimSuffix(chunk, ",") + "}" }
	const stop = `"stop"`
	f := func(decode wiretest.Decode, request string, source genai.UsageSource, input, output int64, chunks ...string) {
		t.Helper()
		x := ok("data: " + strings.Join(chunks, "\n\ndata: ") + "\n\n")
		x.Request.Body = []byte(request)
		call := &genai.Call{}
		require.NoError(t, decode(x, nil, call))
		require.Equal(t, []any{genai.Known(input), genai.Known(output), source}, []any{call.Usage.Input, call.Usage.Output, call.Usage.Source})
		require.False(t, call.Detail.Flaws.Has(genai.FlawUsageFalls))
		if total := call.Detail.TotalTokens; total.Known {
			require.Equal(t, input+output, total.N)
		}
	}
	all := func(input, output int) string { return `{"choices":[],` + counted(input, output, "") }
	f(DecodeChat, twice, genai.UsageReported, 9, 8, begun(chat(0, "null")), begun(chat(1, stop)), `{"choices":[],`+last(9, 6), begun(chat(0, stop)), `{"choices":[],`+last(9, 2), "[DONE]")
	f(DecodeChat, twice, genai.UsageEstimated, 9, 2, begun(chat(0, "null")), begun(chat(1, stop)), `{"choices":[],`+last(9, 6))
	f(DecodeChat, twice, genai.UsageReported, 9, 8, begun(chat(0, stop)), begun(chat(1, stop)), `{"choices":[],`+last(9, 8), "[DONE]") // of all
	f(DecodeChat, `{}`, genai.UsageReported, 9, 6, begun(chat(0, stop)), `{"choices":[],`+last(9, 6), "[DONE]")
	f(DecodeCompletions, prompts, genai.UsageReported, 14, 8, choice(1, stop)+last(5, 2), choice(0, stop)+last(9, 6), "[DONE]")
	f(DecodeCompletions, prompts, genai.UsageEstimated, 2, 2, choice(1, stop)+last(5, 2), begun(choice(0, "null")))
	f(DecodeChat, continuous, genai.UsageReported, 9, 5, chat(0, "null")+counted(9, 4, ""), chat(1, "null")+counted(9, 1, ""))
	f(DecodeChat, continuous, genai.UsageReported, 9, 7, chat(0, stop)+counted(9, 4, ""), chat(1, stop)+counted(9, 1, ""), all(9, 7), "[DONE]")
	f(DecodeChat, twice, genai.UsageReported, 9, 7, chat(0, stop)+counted(9, 4, ""), chat(1, stop)+counted(9, 7, ""), "[DONE]") // of all so far
}

// A text that begins with the prompt is no output up to there.
func TestEstimateOfAnEcho(t *testing.T) {
	prompt := strings.Repeat("to be or not to be ", 20)
	f := func(request string) genai.Usage {
		call := &genai.Call{}
		x := ok(`{"choices":[{"text":"` + prompt + `and so on","finish_reason":"stop"}]}`)
		x.Request.Body = []byte(request)
		require.NoError(t, DecodeCompletions(x, nil, call))
		return call.Usage
	}
	usage := f(`{"prompt":"` + prompt + `","echo":true}`)
	require.Less(t, usage.Output.N, int64(9))
	require.Equal(t, f(`{"prompt":"`+prompt+`"}`).Output.N-usage.Input.N, usage.Output.N)
}

func TestUsageInjected(t *testing.T) {
	x := ok(forms[0].stream)
	x.UsageInjected = true
	require.Equal(t, genai.UsageInjected, decode(t, x).Usage.Source)
	x = ok(forms[1].stream)
	x.UsageInjected = true
	require.Equal(t, genai.UsageEstimated, decode(t, x).Usage.Source)
}

func TestTimingsServeAsEstimate(t *testing.T) {
	call := decode(t, ok(streamed(`{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"timings":{"cache_n":29,"prompt_n":1,"predicted_n":18}}`)))
	require.Equal(t, genai.Usage{
		Input: genai.Known(30), Output: genai.Known(18), CacheRead: genai.Known(29), Source: genai.UsageEstimated,
	}, call.Usage)
	call = decode(t, ok(`{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"timings":{"cache_n":9223372036854775807,"prompt_n":1,"predicted_n":18}}`))
	require.Equal(t, genai.Count{}, call.Usage.Input, "no sum of absurd counts")
}

func TestEstimate(t *testing.T) {
	x := ok(`{"choices":[{"message":{"content":"eight ch","tool_calls":[{"function":{"name":"four","arguments":"{12}"}}]},"finish_reason":"stop"}]}`)
	x.Request.Body = []byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"日本 ab"},{"type":"image_url","image_url":{"url":"data:AAAAAAAAAAAAAAAA"}}]}]}`)
	call := decode(t, x)
	require.Equal(t, genai.Known(4), call.Usage.Output)
	require.Equal(t, genai.Known(3), call.Usage.Input)
}

// Counts of nothing that stand at the beginning are none of an answer that broke off; what was counted by then is.
func TestUsageOfAnswersThatBreakOff(t *testing.T) {
	f := func(want genai.Usage, decode wiretest.Decode, request, answer string) {
		t.Helper()
		require.Equal(t, want, read(t, decode, 200, request, answer).Usage)
	}
	known := genai.Known
	const chat, responses = `{"messages":[{"role":"user","content":"eight ch"}]}`, `{"input":"eight ch"}`
	chunk := func(usage string) string {
		return events(`{"choices":[{"index":0,"delta":{"content":"four"}}],"usage":` + usage + `}`)
	}
	f(genai.Usage{Input: known(2), Output: known(1), Source: genai.UsageEstimated}, DecodeChat, chat, chunk(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`))
	f(genai.Usage{Input: known(9), Output: known(1), Source: genai.UsageEstimated}, DecodeChat, chat, chunk(`{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}`))
	f(genai.Usage{Input: known(9), Output: known(3), Source: genai.UsageReported}, DecodeChat, chat, chunk(`{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}`))
	created := `{"type":"response.created","response":{"id":"r","status":"in_progress","output":[],"usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}}}`
	f(genai.Usage{Input: known(2), Output: known(1), Source: genai.UsageEstimated}, DecodeResponses, responses, events(created,
		`{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"m","delta":"four"}`))
}
