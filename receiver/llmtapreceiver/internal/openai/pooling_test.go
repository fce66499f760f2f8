package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func counted(input int64) genai.Usage {
	return genai.Usage{Input: genai.Known(input), Source: genai.UsageReported}
}

func TestPooling(t *testing.T) {
	const answered = `{"id":"pool-1","object":"list","created":1,"model":"m","data":[{"index":0,"object":"pooling","data":[[0.1],[0.2]]}],` +
		`"usage":{"prompt_tokens":7,"total_tokens":7,"completion_tokens":0,"prompt_tokens_details":null}}`
	call := read(t, DecodePooling, 200, `{"model":"r","input":["a","b"],"task":"token_embed"}`, answered)
	require.Equal(t, []any{genai.OperationPooling, "vllm", "r", "m", "pool-1", 2}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.ResponseID, call.Turn})
	require.Equal(t, genai.Usage{Input: genai.Known(7), Output: genai.Known(0), Source: genai.UsageReported}, call.Usage)
	plugin := read(t, DecodePooling, 200, `{"model":"prithvi","data":{"url":"x"}}`, `{"request_id":null,"created_at":1,"data":{"type":"tiff","data":"AAAA"}}`)
	require.Equal(t, genai.OutcomeOK, plugin.Outcome)
	require.Equal(t, genai.ErrorInvalidRequest, read(t, DecodePooling, 400, `{"input":[]}`, `{"error":{"message":"Input list cannot be empty.","type":"BadRequestError","code":400}}`).ErrorType)
}

func TestClassify(t *testing.T) {
	const answered = `{"id":"classify-1","object":"list","created":1,"model":"m","data":[{"index":0,"label":"Default","probs":[0.6,0.4],"num_classes":2}],` +
		`"usage":{"prompt_tokens":10,"total_tokens":10}}`
	for _, request := range []string{`{"model":"c","input":"a"}`, `{"model":"c","messages":[{"role":"user","content":"a"}]}`} {
		call := read(t, DecodeClassify, 200, request, answered)
		require.Equal(t, []any{genai.OperationClassify, "vllm", "c", "m", 1}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Turn})
		require.Equal(t, counted(10), call.Usage)
	}
}

// SGLang's own APIs say what they counted of each text.
func TestSGLangPooling(t *testing.T) {
	const one = `{"embedding":[0.1,-2],"meta_info":{"id":"r","finish_reason":{"type":"length","length":0},"prompt_tokens":5,"e2e_latency":0.1}}`
	call := read(t, DecodeEncode, 200, `{"model":"e","text":"a"}`, one)
	require.Equal(t, []any{genai.OperationEmbeddings, "sglang", "e", 1}, []any{call.Operation, call.Provider, call.RequestModel, call.Turn})
	require.Equal(t, counted(5), call.Usage)
	call = read(t, DecodeEncode, 200, `{"input_ids":[[1],[2]],"image_data":["x",null]}`, "["+one+","+one+"]")
	require.Equal(t, []int{2, 1}, []int{call.Turn, call.InputImages})
	require.Equal(t, counted(10), call.Usage)
	call = read(t, DecodeClassify, 200, `{"text":["a","b"]}`, "["+one+","+one+"]")
	require.Equal(t, []any{genai.OperationClassify, "sglang", counted(10)}, []any{call.Operation, call.Provider, call.Usage})
	const document = `{"score":0.9,"document":"b","index":1,"meta_info":{"id":"r","prompt_tokens":5,"cached_tokens":2}}`
	call = read(t, DecodeRerank, 200, `{"query":"q","documents":["a","b"]}`, "["+document+","+strings.Replace(document, `"index":1`, `"index":0`, 1)+"]")
	require.Equal(t, counted(10), call.Usage)
	require.Len(t, call.Detail.Rerank.Results, 2)
	call = read(t, DecodeEncode, 400, `{"text":"a"}`, `{"error":{"message":"This model does not appear to be an embedding model by default."}}`)
	require.Equal(t, genai.OutcomeClientError, call.Outcome)
}

// llama.cpp's own API counts nothing.
func TestLlamaEmbeddings(t *testing.T) {
	call := read(t, DecodeEmbeddings, 200, `{"content":["four","more"]}`, `[{"index":0,"embedding":[[0.1,0.2],[0.3,0.4]]},{"index":1,"embedding":[[0.1,0.2]]}]`)
	require.Equal(t, []any{genai.OperationEmbeddings, "llama.cpp", 2, true}, []any{call.Operation, call.Provider, call.Turn, call.Detail.UsageOff})
	require.Equal(t, genai.Usage{Input: genai.Known(2), Source: genai.UsageEstimated}, call.Usage)
	require.Len(t, call.Detail.Embedding.Vectors, 2)
	require.Equal(t, "openai", read(t, DecodeEmbeddings, 400, `{"input":"a"}`, `[{"error":{"code":400,"message":"bad"}}]`).Provider)
}

func TestCohereEmbeddings(t *testing.T) {
	const request = `{"model":"e","input_type":"search_query","texts":["four","more"],"embedding_types":["float"]}`
	for _, meta := range []string{`{"api_version":{"version":"2"},"tokens":{"input_tokens":6}}`, `{"billed_units":{"input_tokens":6}}`} {
		call := read(t, DecodeEmbed, 200, request, `{"id":"embd-1","embeddings":{"float":[[0.1],[0.2]]},"texts":["four","more"],"meta":`+meta+`}`)
		require.Equal(t, []any{genai.OperationEmbeddings, "cohere", "e", "embd-1", 2}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseID, call.Turn})
		require.Equal(t, counted(6), call.Usage)
	}
	vectors := read(t, DecodeEmbed, 200, `{"inputs":["four","more"]}`, `[[0.1],[0.2]]`)
	require.Equal(t, genai.Usage{Input: genai.Known(2), Source: genai.UsageEstimated}, vectors.Usage)
	require.Equal(t, []any{"tei", true}, []any{vectors.Provider, vectors.Detail.UsageOff})
}

// TEI counts in a header. At / and /invocations it answers what its model is for; the requests are like those of TGI.
func TestTEI(t *testing.T) {
	f := func(decode wiretest.Decode, want genai.Operation, turn int, request, answered string) {
		t.Helper()
		x := ok(answered)
		x.Request.Body, x.Response.Header = []byte(request), exchange.Header("Content-Type: application/json\r\nx-compute-tokens: 12\r\n")
		call := &genai.Call{}
		require.NoError(t, decode(x, nil, call))
		require.Equal(t, []any{want, turn, genai.OutcomeOK, counted(12)}, []any{call.Operation, call.Turn, call.Outcome, call.Usage})
		if want != genai.OperationRerank {
			require.Equal(t, "tei", call.Provider)
		}
	}
	const two = `{"inputs":["four","more"],"truncate":true}`
	f(DecodeEmbed, genai.OperationEmbeddings, 2, two, `[[0.1],[0.2]]`)
	f(DecodeRerank, genai.OperationRerank, 2, `{"query":"q","texts":["a","b"]}`, `[{"index":1,"score":0.9},{"index":0,"score":0.1}]`)
	for _, decode := range []wiretest.Decode{DecodeGenerate, DecodeInvocation} {
		f(decode, genai.OperationEmbeddings, 2, two, `[ [-0.1],[0.2]]`)
		f(decode, genai.OperationEmbeddings, 1, `{"inputs":"four"}`, `[[{"index":7,"value":0.5}]]`)
		f(decode, genai.OperationClassify, 1, `{"inputs":"four"}`, `[{"score":0.9,"label":"joy"}]`)
		f(decode, genai.OperationClassify, 2, two, `[[{"score":0.9,"label":"joy"}],[{"score":0.8,"label":"joy"}]]`)
	}
	generated := read(t, DecodeGenerate, 200, `{"inputs":"Hi"}`, `[{"generated_text":"Hello"}]`)
	require.Equal(t, []any{genai.OperationTextCompletion, "tgi"}, []any{generated.Operation, generated.Provider})
}

// vLLM describes in a header what it sends as bytes.
func TestEmbeddingsInBytes(t *testing.T) {
	x := ok("\x00\x01\xff\xfe")
	x.Request.Body = []byte(`{"model":"m","input":["a","b"],"encoding_format":"bytes"}`)
	x.Response.Header = exchange.Header("Content-Type: application/octet-stream\r\nmetadata: {\"id\": \"embd-1\", \"created\": 1, \"model\": \"m\", \"data\": [" +
		`{"index": 0, "embed_dtype": "float32", "endianness": "native", "start": 0, "end": 2, "shape": [1]}, {"index": 1, "start": 2, "end": 4, "shape": [1]}], ` +
		"\"usage\": {\"prompt_tokens\": 4, \"total_tokens\": 4}}\r\n")
	call := &genai.Call{}
	require.NoError(t, DecodeEmbeddings(x, nil, call))
	require.Equal(t, []any{"m", "embd-1", counted(4)}, []any{call.ResponseModel, call.ResponseID, call.Usage})
	require.True(t, call.Detail.Embedding.Packed)
	require.Len(t, call.Detail.Embedding.Vectors, 2)

	x, call = ok("\x00\x01\xff\xfe"), &genai.Call{}
	x.Response.Header = exchange.Header("Content-Type: application/octet-stream\r\n")
	require.NoError(t, DecodePooling(x, nil, call))
	require.Equal(t, []any{genai.OutcomeOK, genai.UsageEstimated}, []any{call.Outcome, call.Usage.Source})
}

func TestGenerativeScoring(t *testing.T) {
	call := read(t, DecodeScore, 200, `{"model":"m","query":"Is it?","items":["Paris","Oslo"],"label_token_ids":[1,2]}`,
		`{"id":"generative-scoring-1","object":"list","created":1,"model":"m","data":[{"index":0,"object":"score","score":0.9},{"index":1,"object":"score","score":0.1}],`+
			`"usage":{"prompt_tokens":45,"total_tokens":47,"completion_tokens":2}}`)
	require.Equal(t, []any{genai.OperationScore, 2}, []any{call.Operation, call.Turn})
	require.Equal(t, genai.Usage{Input: genai.Known(45), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
}
