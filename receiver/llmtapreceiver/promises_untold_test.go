package llmtapreceiver

// keepingUntold are exchanges whose answers have no text, or no counts, as their APIs allow.
var keepingUntold = map[string]kept{
	"sglang tokens": {path: "/generate", mediaType: jsonType, request: `{"input_ids":[1,2],"sampling_params":{}}`, // without a tokenizer
		answer: `{"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":{"type":"stop"},"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}`},
	"sglang tokens stream": {path: "/generate", mediaType: sseType, request: `{"input_ids":[1,2],"sampling_params":{},"stream":true}`,
		answer: `data: {"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":null,"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}` + "\n\n" +
			`data: {"output_ids":[5,6,7,8,9,10,11],"meta_info":{"id":"r","finish_reason":{"type":"stop"},"prompt_tokens":2,"completion_tokens":7,"cached_tokens":1}}` +
			"\n\ndata: [DONE]\n\n"},
	"vllm tokens": {path: "/inference/v1/generate", mediaType: jsonType, request: `{"token_ids":[1,2],"sampling_params":{"max_tokens":9}}`,
		answer: `{"request_id":"r","choices":[{"index":0,"token_ids":[5,6,7,8,9,10,11],"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":7,"total_tokens":9}}`},
	"embeddings bytes": {path: "/v1/embeddings", mediaType: "application/octet-stream", request: `{"model":"bge","input":["a","b"],"encoding_format":"bytes_only"}`,
		answer: "\x00\x00\x80\x3f\x00\x00\x80\x3f"},
	"embeddings of pictures": {path: "/v2/embed", mediaType: jsonType, request: `{"model":"embed-v4.0","images":["data:image/png;base64,AA=="]}`, // Cohere
		answer: `{"id":"e","embeddings":{"float":[[0.6,0.8]]},"meta":{"api_version":{"version":"2"},"billed_units":{"images":1}}}`},
	"ollama picture": {path: "/api/generate", mediaType: jsonType, request: `{"model":"flux","prompt":"A cat","stream":false}`,
		answer: `{"model":"flux","response":"","done":true,"done_reason":"stop","image":"AAAA","total_duration":1}`},
	"ollama picture stream": {path: "/api/generate", mediaType: linesType, request: `{"model":"flux","prompt":"A cat"}`,
		answer: `{"model":"flux","response":"","done":false,"completed":1,"total":2}` + "\n" +
			`{"model":"flux","response":"","done":true,"done_reason":"stop","image":"AAAA","total_duration":1}` + "\n"},
}
