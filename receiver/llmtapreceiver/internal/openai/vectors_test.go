package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
)

func TestEmbeddingsUsage(t *testing.T) {
	f := func(want genai.Usage, answer string) {
		t.Helper()
		call := read(t, DecodeEmbeddings, 200, `{"model":"m","input":["four","more"]}`, answer)
		require.Equal(t, want, call.Usage)
		require.Equal(t, 2, call.Turn)
	}
	known := genai.Known
	f(genai.Usage{Input: known(8), Source: genai.UsageReported}, `{"data":[{"embedding":[1,2]}],"usage":{"prompt_tokens":8,"total_tokens":8}}`)
	f(genai.Usage{Input: known(8), Output: known(0), Source: genai.UsageReported}, `{"usage":{"prompt_tokens":8,"completion_tokens":0,"total_tokens":8}}`)
	f(genai.Usage{Input: known(18), Source: genai.UsageReported}, `{"usage":{"total_tokens":18}}`)
	f(genai.Usage{Input: known(2), Source: genai.UsageEstimated}, `{"data":[]}`)
}

func TestInputsOfEmbeddings(t *testing.T) {
	f := func(want int, input string) {
		t.Helper()
		require.Equal(t, want, read(t, DecodeEmbeddings, 200, `{"input":`+input+`}`, `{}`).Turn)
	}
	f(1, `"text"`)
	f(3, `["a","b","c"]`)
	f(1, `[1,2,3]`)
	f(2, `[[1,2],[3]]`)
	f(0, `[]`)
}

// What is not kept of an answer is known to be missing.
func TestTooManyVectors(t *testing.T) {
	f := func(n int, want bool) {
		t.Helper()
		data := strings.Repeat(`,{"embedding":[1]}`, n)[1:]
		call := read(t, DecodeEmbeddings, 200, `{"input":["a"]}`, `{"data":[`+data+`],"usage":{"prompt_tokens":1}}`)
		require.Equal(t, want, call.ResponseTruncated)
		require.Len(t, call.Detail.Embedding.Vectors, answer.VectorsMax)
	}
	f(answer.VectorsMax, false)
	f(answer.VectorsMax+1, true)
}

// vLLM takes pictures as documents, in an object.
func TestDocumentsInAnObject(t *testing.T) {
	call := read(t, DecodeRerank, 200, `{"query":"x","documents":{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}}`, `{"results":[]}`)
	require.Equal(t, 2, call.Detail.Rerank.Documents)
}

// SGLang and TEI give the ranking itself.
func TestRankingWithoutAnObject(t *testing.T) {
	for _, request := range []string{`{"query":"x","texts":["a","b"]}`, `{"model":"q","query":"x","documents":["a","b"]}`} {
		call := read(t, DecodeRerank, 200, request, `[{"index":1,"score":0.9,"document":"b","meta_info":{}},{"index":0,"score":0.1}]`)
		require.Equal(t, &genai.Rerank{Documents: 2, Results: []genai.RerankResult{{Index: 1, Score: 0.9}, {Index: 0, Score: 0.1}}}, call.Detail.Rerank)
		require.Equal(t, genai.OutcomeOK, call.Outcome)
	}
}

// NVIDIA's NIM calls documents passages and scores logits.
func TestRankingOfPassages(t *testing.T) {
	call := read(t, DecodeRerank, 200, `{"model":"q","query":{"text":"x"},"passages":[{"text":"a"},{"text":"b"}],"truncate":"END"}`,
		`{"rankings":[{"index":1,"logit":2.5},{"index":0,"logit":-1.2421875}],"usage":{"prompt_tokens":57,"total_tokens":57}}`)
	require.Equal(t, &genai.Rerank{Documents: 2, Results: []genai.RerankResult{{Index: 1, Score: 2.5}, {Index: 0, Score: -1.2421875}}}, call.Detail.Rerank)
	require.Equal(t, genai.Usage{Input: genai.Known(57), Source: genai.UsageReported}, call.Usage)
	require.Equal(t, []any{2, "q"}, []any{call.Turn, call.RequestModel})
}

func TestRerank(t *testing.T) {
	f := func(wantUsage genai.Usage, wantModel, answer string) {
		t.Helper()
		call := read(t, DecodeRerank, 200, `{"model":"q","query":"x","documents":["a",{"text":"b"},"c"],"top_n":2,"top_k":2}`, answer)
		require.Equal(t, genai.OperationRerank, call.Operation)
		require.Equal(t, wantUsage, call.Usage)
		require.Equal(t, wantModel, call.ResponseModel)
		require.Equal(t, &genai.Rerank{Documents: 3, TopN: genai.Known(2), Results: []genai.RerankResult{{Index: 2, Score: 0.9}, {Index: 0, Score: -0.5}}},
			call.Detail.Rerank)
	}
	reported := genai.Usage{Input: genai.Known(57), Source: genai.UsageReported}
	f(reported, "m", `{"id":"r","model":"m","results":[{"index":2,"relevance_score":0.9,"document":{"text":"c"}},{"index":0,"relevance_score":-0.5}],"usage":{"total_tokens":57}}`)
	f(reported, "m", `{"object":"list","data":[{"relevance_score":0.9,"index":2},{"relevance_score":-5e-1,"index":0}],"model":"m","usage":{"total_tokens":57}}`)
	f(reported, "m", `{"results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":-0.5}],"total_tokens":57,"model":"m"}`)
	estimated := genai.Usage{Input: genai.Known(4), Source: genai.UsageEstimated}
	f(estimated, "", `{"results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":-0.5}],"meta":{"billed_units":{"search_units":1}}}`)
}

func TestScore(t *testing.T) {
	call := read(t, DecodeScore, 200, `{"model":"m","text_1":"a","text_2":["b","c"]}`,
		`{"id":"embd-1","object":"list","model":"m","data":[{"index":0,"object":"score","score":0.3}],"usage":{"prompt_tokens":7,"total_tokens":7,"completion_tokens":0}}`)
	require.Equal(t, genai.OperationScore, call.Operation)
	require.Equal(t, genai.Usage{Input: genai.Known(7), Output: genai.Known(0), Source: genai.UsageReported}, call.Usage)
}

func TestCompletions(t *testing.T) {
	call := read(t, DecodeCompletions, 200, `{"model":"m","prompt":["a","b"],"n":1,"max_tokens":5,"logprobs":1}`,
		`{"id":"cmpl","object":"text_completion","model":"m","choices":[{"index":0,"text":"x","finish_reason":"stop","logprobs":{"tokens":["x"]}},
		{"index":1,"text":"y","finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}`)
	require.Equal(t, genai.OperationTextCompletion, call.Operation)
	require.Equal(t, []string{"stop", "length"}, call.FinishReasons)
	require.Equal(t, []string{"x", "y"}, []string{call.Detail.Choices[0].Text, call.Detail.Choices[1].Text})
	require.True(t, call.Detail.LogprobsAsked && call.Detail.Choices[0].Logprobs)
	require.Equal(t, 2, call.Turn)
	require.Equal(t, genai.Known(5), call.Detail.MaxTokens)
}
