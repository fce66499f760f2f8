package includeusage

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// answers are streams as servers send them when asked for usage and when not.
var answers = []struct {
	name           string
	llamaCpp       bool
	asked, unasked string // the latter is empty where nothing is to change
}{
	{
		"OpenAI", false,
		`data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null,"obfuscation":"ab"}

data: {"id":"c","choices":[{"index":0,"delta":{"content":"say \"usage\":null, {\"usage\"} é"},"finish_reason":null}],"usage":null}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}], "usage": null , "obfuscation":"c"}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2},"obfuscation":""}

data: [DONE]

`,
		`data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"obfuscation":"ab"}

data: {"id":"c","choices":[{"index":0,"delta":{"content":"say \"usage\":null, {\"usage\"} é"},"finish_reason":null}]}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}] , "obfuscation":"c"}

data: [DONE]

`,
	},
	{
		"vLLM", false,
		`data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"total_tokens":3,"completion_tokens":2}}

data: [DONE]

`,
		`data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}

data: [DONE]

`,
	},
	{
		"vLLM completions, which always has null", false,
		`data: {"choices":[{"index":0,"text":"a","stop_reason":null}],"usage":null}

data: {"choices":[],"usage":{"prompt_tokens":1}}

data: [DONE]

`,
		`data: {"choices":[{"index":0,"text":"a","stop_reason":null}],"usage":null}

data: [DONE]

`,
	},
	{
		"null always, before the choices", false,
		`data: {"id":"c","usage":null,"choices":[{"index":0,"delta":{"content":"a"}}]}

data: {"id":"c","usage":{"prompt_tokens":1},"choices":[]}

data: [DONE]

`,
		`data: {"id":"c","usage":null,"choices":[{"index":0,"delta":{"content":"a"}}]}

data: [DONE]

`,
	},
	{
		"llama.cpp, two choices", true,
		`data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"a"}}],"id":"c"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"id":"c"}

data: {"choices":[],"id":"c","usage":{"completion_tokens":6},"timings":{"cache_n":26,"x":{"y":1}}}

data: {"choices":[{"finish_reason":"stop","index":1,"delta":{}}],"id":"c"}

data: {"choices":[],"id":"c","usage":{"completion_tokens":6},"timings":{"cache_n":27}}

data: [DONE]

`,
		`data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"a"}}],"id":"c"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"id":"c","timings":{"cache_n":26,"x":{"y":1}}}

data: {"choices":[{"finish_reason":"stop","index":1,"delta":{}}],"id":"c","timings":{"cache_n":27}}

data: [DONE]

`,
	},
	{
		"vLLM since 0.21", false,
		`data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null,"token_ids":null}]}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":106,"token_ids":null}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":34},"system_fingerprint":"vllm-0.28.0-54757788"}

data: [DONE]

`,
		`data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null,"token_ids":null}]}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":106,"token_ids":null}],"system_fingerprint":"vllm-0.28.0-54757788"}

data: [DONE]

`,
	},
	{
		"vLLM behind what adds names and comments", false,
		`data: {"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":"}"}]}
: {"ms":12}

data: {"choices":[],"usage":{"prompt_tokens":34},"system_fingerprint":"vllm-0.28.0-54757788"}

`,
		`data: {"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":"}"}],"system_fingerprint":"vllm-0.28.0-54757788"}
: {"ms":12}

`,
	},
	{
		"vLLM before", false,
		`data: {"id":"c","choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":34}}

data: [DONE]

`,
		`data: {"id":"c","choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}]}

data: [DONE]

`,
	},
	{
		"vLLM behind what writes a fingerprint that is not there as null", false,
		`data: {"system_fingerprint":null,"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}]}

data: {"system_fingerprint":"vllm-0.28.0-54757788","choices":[],"usage":{"prompt_tokens":34}}

`,
		`data: {"system_fingerprint":null,"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}]}

`,
	},
	{
		"vLLM behind what gives each event a fingerprint", false,
		`data: {"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}],"system_fingerprint":"fp_x"}

data: {"choices":[],"usage":{"prompt_tokens":34},"system_fingerprint":"fp_x"}

`,
		`data: {"choices":[{"index":0,"text":"a","finish_reason":"stop","stop_reason":null}],"system_fingerprint":"fp_x"}

`,
	},
	{
		"llama.cpp, broken off after the end of the text", true,
		`data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"id":"c"}

data: {"error":{"message":"\"usage\""}}

`, `data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"id":"c"}

data: {"error":{"message":"\"usage\""}}

`,
	},
	{
		"Azure, with an empty first chunk, names and comments", false,
		`: open

id: 1
event: chunk
data: {"choices":[],"prompt_filter_results":[],"usage":null}

data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":null}

: ping

event: chunk
id: 3
: within
data: {"choices":[],"usage":{"prompt_tokens":1}}

retry: 10

data: [DONE]

`, `: open

id: 1
event: chunk
data: {"choices":[],"prompt_filter_results":[]}

data: {"choices":[{"index":0,"delta":{"content":"a"}}]}

: ping

: within
retry: 10

data: [DONE]

`,
	},
	{
		"usage without choices, at an end without empty line", false,
		`data:{"choices":[{"index":0,"delta":{"content":"a"}}]}

data:{"usage":{"prompt_tokens":1}}`, `data:{"choices":[{"index":0,"delta":{"content":"a"}}]}

`,
	},
	{
		"null behind a byte order mark", false,
		"\ufeff" + `data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":null}

data: {"choices":[],"usage":{"prompt_tokens":1}}

data: [DONE]

`, "\ufeff" + `data: {"choices":[{"index":0,"delta":{"content":"a"}}]}

data: [DONE]

`,
	},
	{
		"LiteLLM, whose last event has a choice", false,
		`data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a","role":"assistant"}}]}

data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"finish_reason":"stop","index":0,"delta":{}}]}

data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}

data: [DONE]

`, `data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a","role":"assistant"}}]}

data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"finish_reason":"stop","index":0,"delta":{}}]}

data: [DONE]

`,
	},
	{
		"usage beside what a choice says stays", false,
		`data: {"choices":[{"index":0,"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":1}}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}

data: {"choices":[{"index":0,"delta":{},"x":1}],"usage":{"prompt_tokens":1}}

data: {"choices":[{"index":0,"delta":null}],"usage":{"prompt_tokens":1}}

data: {"choices":[null],"usage":{"prompt_tokens":1}}

data: {"choices":[{"text":"a","index":0}],"usage":{"prompt_tokens":1}}

data: [DONE]

`, "",
	},
	{
		"what nobody asked for stays", false,
		`data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}

data: {"error":{"message":"x"},"usage":{"prompt_tokens":1}}

data: {"choices":null,"usage":{"total_tokens":0},"base_resp":{"status_code":1002,"status_msg":"rate limit"}}

data: {"choices":[{"usage":null}]}

data: {"usage":
data: null}

data: {"usage":null

data: "usage"

event: "usage"

data: [DONE]`, "",
	},
}

// run passes a stream through a filter, cut at the places given.
func run(f *Filter, stream string, cuts ...int) string {
	var out []byte
	from := 0
	for _, cut := range append(cuts, len(stream)) {
		out = f.Next(out, []byte(stream[from:cut]))
		from = cut
	}
	return string(f.Last(out))
}

var lineEnds = []string{"\n", "\r\n", "\r"}

func TestFilter(t *testing.T) {
	for _, a := range answers {
		for _, end := range lineEnds {
			t.Run(fmt.Sprintf("%s %q", a.name, end), func(t *testing.T) {
				asked, unasked := strings.ReplaceAll(a.asked, "\n", end), strings.ReplaceAll(cmp.Or(a.unasked, a.asked), "\n", end)
				filter := func() *Filter { return NewFilter(EventBytesMax, a.llamaCpp) }
				require.Equal(t, unasked, run(filter(), asked))
				for first := range len(asked) + 1 {
					require.Equal(t, unasked, run(filter(), asked, first), "cut at %d", first)
				}
				every := make([]int, len(asked))
				for i := range every {
					every[i] = i
				}
				require.Equal(t, unasked, run(filter(), asked, every...), "cut everywhere")
				random := rand.New(rand.NewPCG(1, 1))
				for range 2000 {
					first := random.IntN(len(asked) + 1)
					second := first + random.IntN(len(asked)-first+1)
					require.Equal(t, unasked, run(filter(), asked, first, second), "cut at %d and %d", first, second)
				}
				if unasked != asked && !strings.Contains(a.name, "null") {
					require.Equal(t, unasked, run(filter(), unasked), "a server that does not add anything")
				}
			})
		}
	}
}

// Each event passes as soon as its last byte is there.
func TestFilterHoldsNothingBack(t *testing.T) {
	for _, end := range lineEnds {
		f := NewFilter(EventBytesMax, false)
		for i := range 5 {
			event := fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"content":"%d"},"finish_reason":"stop"}]}`, i) + end + end
			require.Equal(t, event, string(f.Next(nil, []byte(event))))
		}
	}
}

// Lines that end in CR are read in one pass: these streams would not end if each line were searched for a LF.
func TestFilterReadsManyLinesInOnePass(t *testing.T) {
	f := func(stream string) {
		t.Helper()
		require.Len(t, run(NewFilter(EventBytesMax, false), stream), len(stream))
	}
	const size = 4 << 20
	f(strings.Repeat("\r", size))
	f(strings.Repeat("data:1\r\r", size/8))
	f(strings.Repeat("\r", size) + "\n")
	f(strings.Repeat("\n", size) + "\r")
	head, tail := `data: "usage"`, "\rdata:1\r\r"
	f(head + strings.Repeat("\r:", (EventBytesMax-len(head)-len(tail))/2) + tail) // an event that is examined
}

func TestFilterLimit(t *testing.T) {
	const limit = 200
	usage := func(size int) string {
		head, tail := `data: {"choices":[],"usage":{},"x":"`, "\"}\n\n"
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	f := func(size, wantTooLong int, keep bool) {
		t.Helper()
		filter := NewFilter(limit, false)
		stream := usage(size) + "data: [DONE]\n\n"
		var out []byte
		for _, b := range []byte(stream) {
			out = filter.Next(out, []byte{b})
			require.LessOrEqual(t, len(filter.event), limit)
		}
		want := "data: [DONE]\n\n"
		if keep {
			want = stream
		}
		require.Equal(t, want, string(filter.Last(out)))
		require.Equal(t, wantTooLong, filter.TooLong)
	}
	f(limit, 0, false)
	f(limit+1, 1, true)
	f(3*limit, 1, true)
}

// A stream without usage, whatever its bytes, comes out as it went in.
func FuzzFilter(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(strings.ReplaceAll(a.asked, `"usage"`, `"usagE"`)), 7, a.llamaCpp)
	}
	f.Fuzz(func(t *testing.T, stream []byte, step int, llamaCpp bool) {
		if step < 1 || bytes.Contains(stream, []byte(`"usage"`)) {
			return
		}
		filter := NewFilter(1<<10, llamaCpp)
		var out []byte
		for rest := stream; len(rest) > 0; {
			n := min(step, len(rest))
			out = filter.Next(out, rest[:n])
			rest = rest[n:]
		}
		require.Equal(t, string(stream), string(filter.Last(out)))
	})
}

// Wherever a stream is cut, the same bytes come out.
func FuzzFilterCuts(f *testing.F) {
	for _, a := range answers {
		f.Add(a.asked, 10, 20, a.llamaCpp)
	}
	f.Fuzz(func(t *testing.T, stream string, first, second int, llamaCpp bool) {
		if len(stream) > 1<<10 || first < 0 || second < first || second > len(stream) {
			return
		}
		require.Equal(t, run(NewFilter(1<<10, llamaCpp), stream), run(NewFilter(1<<10, llamaCpp), stream, first, second))
	})
}

func benchmarkFilter(b *testing.B, event string) {
	b.Helper()
	piece := []byte(event)
	f := NewFilter(EventBytesMax, false)
	dst := f.Next(make([]byte, 0, 2*len(piece)), piece)
	b.SetBytes(int64(len(piece)))
	b.ReportAllocs()
	for b.Loop() {
		dst = f.Next(dst[:0], piece)
	}
}

const benchEvent = `data: {"id":"chatcmpl-7Qyqpwdf","object":"chat.completion.chunk","created":1760000000,"model":"qwen3-32b",` +
	`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]`

func BenchmarkFilterPlain(b *testing.B) { benchmarkFilter(b, benchEvent+"}\n\n") }

func BenchmarkFilterNull(b *testing.B) { benchmarkFilter(b, benchEvent+`,"usage":null}`+"\n\n") }

func BenchmarkAdd2KB(b *testing.B) { benchmarkAdd(b, 2<<10) }

func BenchmarkAdd256KB(b *testing.B) { benchmarkAdd(b, 256<<10) }

func benchmarkAdd(b *testing.B, size int) {
	b.Helper()
	text := strings.Repeat(`The quick brown fox said: \"jumps over the lazy dog\".\n`, 36)
	body := []byte(`{"model":"m","stream":true,"messages":[` +
		strings.Repeat(`{"role":"user","content":"`+text+`"},`, max(1, size/len(text))) + `{}]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := Add(body); !ok {
			b.Fatal("not added")
		}
	}
}

// An event costs no allocation, whole or in pieces.
func TestFilterAllocations(t *testing.T) {
	for _, event := range []string{benchEvent + "}\n\n", benchEvent + `,"usage":null}` + "\n\n"} {
		f := NewFilter(EventBytesMax, false)
		dst := make([]byte, 0, 4<<10)
		piece := []byte(event)
		run := func() {
			dst = f.Next(dst[:0], piece[:50])
			dst = f.Next(dst[:0], piece[50:])
			dst = f.Next(dst[:0], piece)
		}
		run()
		require.Zero(t, testing.AllocsPerRun(100, run))
	}
}
