//go:build !race

package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// recordAllocationsMax is what a call of 1 KB each way may allocate from the exchange to the span; two thirds of it are the
// span itself. The race detector counts differently.
const recordAllocationsMax = 58

func TestAllocationsOfARecord(t *testing.T) {
	w, x := newWorker(benchRecorder(t)), typicalExchange()
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { w.record(x) }), float64(recordAllocationsMax))
}

// What an answer without text is read with is all that it allocates; an embedding has its detail and its vectors, too.
func TestAllocationsOfAnswersWithoutText(t *testing.T) {
	f := func(path, body string, most float64) {
		t.Helper()
		x := answerExchange(path, "application/json", body)
		x.Request.Body = nil
		found, _ := benchPaths.api(x.Method, path)
		var call genai.Call
		call.Reuse()
		require.LessOrEqual(t, testing.AllocsPerRun(200, func() {
			call.Become(genai.Call{})
			_ = found.decode(x, benchFields, &call)
		}), most)
	}
	f("/v1/embeddings", `{"object":"list","model":"m","data":[{"index":0,"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`, 3)
	f("/v1/rerank", `{"results":[{"index":1,"relevance_score":0.5}],"usage":{"total_tokens":4}}`, 1)
	f("/v1/score", `{"object":"list","data":[{"index":0,"object":"score","score":0.5}]}`, 1)
}
