package fidelity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmtap/llmtap/internal/genai"
)

func benchmark(b *testing.B, c *genai.Call) {
	b.Helper()
	j := NewJudge()
	ids := make([]string, 1<<17) // more than are remembered
	for i := range ids {
		ids[i] = fmt.Sprintf("chatcmpl-%d", i)
	}
	c.Detail.MessageHashes = make([]uint64, 2) // of the system and the user
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		c.ResponseID = ids[n%len(ids)]
		c.Detail.MessageHashes[1] = uint64(n)
		n++
		j.Apply(c)
	}
}

func text1KB() string { return strings.Repeat("The weather in Ulm is fine today, ", 30) }

// ordinary gives a call for a text without tools or schema, plain and as a stream.
func ordinary() [2]*genai.Call {
	text := func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			choice(c).Text, c.Usage.Output, c.Detail.TotalTokens = text1KB(), genai.Known(250), genai.Known(280)
		})
	}
	return [...]*genai.Call{text(), streamed(text())}
}

func BenchmarkText(b *testing.B) { benchmark(b, ordinary()[0]) }

func BenchmarkStreamedText(b *testing.B) { benchmark(b, ordinary()[1]) }

// An answer of 1 KB with two calls of offered tools, whose arguments are validated.
func BenchmarkTwoTools(b *testing.B) {
	benchmark(b, streamed(with(twoCalls(), func(c *genai.Call) {
		choice(c).Text, c.Usage.Output, c.Detail.TotalTokens = text1KB()[:800], genai.Known(250), genai.Known(280)
		call(c).Arguments = `{"city":"` + strings.Repeat("Ulm ", 40) + `"}`
	})))
}

// An answer of 1 KB in JSON, validated by its schema.
func BenchmarkJSON1KB(b *testing.B) {
	benchmark(b, with(asJSON(`{"city":"`+text1KB()+`"}`), func(c *genai.Call) { c.Usage.Output, c.Detail.TotalTokens = genai.Known(250), genai.Known(280) }))
}
