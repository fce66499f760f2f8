package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// A chunk of a stream is read and folded without a new allocation.
func TestChunkAllocations(t *testing.T) {
	data := []byte(`{"id":"chatcmpl-7Qyqpwdf","object":"chat.completion.chunk","created":1760000000,"model":"qwen3-32b",` +
		`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}`)
	var a choicesAnswer
	var c chunk
	run := func() {
		r := jsonscan.New(data)
		c.read(&r, &a.usage)
		a.fold(&c)
		a.Replace(&a.Choices[0].Text, nil)
	}
	run()
	require.Zero(t, testing.AllocsPerRun(100, run))
}
