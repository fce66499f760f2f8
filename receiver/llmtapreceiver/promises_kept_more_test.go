package llmtapreceiver

import (
	"maps"
	"strings"
)

var keeping = func() map[string]kept {
	list := maps.Clone(keepingPlainly)
	maps.Copy(list, keepingOtherwise)
	maps.Copy(list, keepingUntold)
	for name, edits := range keptDifferently {
		of, what, _ := strings.Cut(name, ": ")
		k := list[of]
		k.edited(edits)
		list[what] = k
	}
	return list
}()

const (
	clockCall   = `{"id":"call_2","type":"function","function":{"name":"clock","arguments":"{}"}}`
	clockPart   = `{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"clock","arguments":"{}"}}]},"finish_reason":null}`
	clockItem   = `{"id":"f2","type":"function_call","status":"completed","call_id":"call_2","name":"clock","arguments":"{}"}`
	thoughtItem = `{"id":"t1","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}`
	askText     = `{"model":"qwen","prompt":"Hi"}`
	askFIM      = `{"model":"qwen","prompt":"def f(","suffix":"return"}`
	askVectors  = `{"model":"bge","input":["a","b"],"dimensions":2}`
	askRanking  = `{"model":"bge","query":"q","documents":["a","b","c"],"top_n":2}`
	errorObject = `{"error":{"message":"temperature must be positive","type":"invalid_request_error","param":"temperature","code":"invalid_value"}}`
	endOfLlama  = `"model":"qwen","tokens_predicted":4,"tokens_evaluated":2,"stop_type":"eos","stopping_word":"","tokens_cached":5,` +
		`"timings":{"cache_n":1,"prompt_n":1,"predicted_n":4}}`
	endOfSGLang   = `"output_ids":[1],"meta_info":{"id":"r","finish_reason":{"type":"stop"},"prompt_tokens":2,"completion_tokens":4,"cached_tokens":1}}`
	endOfLMStudio = `"stats":{"input_tokens":30,"total_output_tokens":5,"reasoning_output_tokens":2,"tokens_per_second":43.7,` +
		`"time_to_first_token_seconds":0.7},"response_id":"resp_2"}`
	thoughtOfLMStudio = `{"type":"reasoning","content":"Hm."}`
	textAnswer        = `{"id":"c1","object":"text_completion","created":1,"model":"qwen","choices":[{"index":0,"text":`
)

// prepared is a request of TensorRT-LLM, the prompt of which has been made tokens.
func prepared(request string) string {
	return `{"schema_version":1,"kind":"chat","fingerprint":{},"token_ids":[1,2],"tokens_trusted":true,"context":{},"request":` + request + `}`
}

// keptDifferently are exchanges of keeping with other answers: "of: name".
var keptDifferently = map[string][]edit{
	"chat call: chat two":               {once(`}}]},"finish_reason"`, `}},`+clockCall+`]},"finish_reason"`)},
	"chat call stream: chat two stream": {before(`"finish_reason":"tool_calls"`, chunk(clockPart))},
	"responses call: responses two":     {once(callItem, callItem+","+clockItem)},
	"messages call: messages two":       {once(`"input":{"city":"Ulm"}}`, `"input":{"city":"Ulm"}},{"type":"tool_use","id":"call_2","name":"clock","input":{}}`)},
	"messages call stream: messages two stream": {before(`message_delta`, namedEvents(
		`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"call_2","name":"clock","input":{}}}`,
		`{"type":"content_block_stop","index":1}`))},
	"messages stream: messages thinking stream": {all(`"index":0`, `"index":1`), before(`content_block_start`, namedEvents(
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`,
		`{"type":"content_block_stop","index":0}`)), once(`"output_tokens":5`, `"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}`)},
	"responses stream: responses thinking stream": {all(`"output_index":0`, `"output_index":1`), before(`response.output_item.added`, namedEvents(
		`{"type":"response.output_item.added","sequence_number":#,"output_index":0,"item":{"id":"t1","type":"reasoning","status":"in_progress","summary":[],"content":[]}}`,
		`{"type":"response.content_part.added","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"part":{"type":"reasoning_text","text":""}}`,
		`{"type":"response.reasoning_text.delta","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"delta":"Hm."}`,
		`{"type":"response.reasoning_text.done","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"text":"Hm."}`,
		`{"type":"response.content_part.done","sequence_number":#,"output_index":0,"item_id":"t1","content_index":0,"part":{"type":"reasoning_text","text":"Hm."}}`,
		`{"type":"response.output_item.done","sequence_number":#,"output_index":0,"item":`+thoughtItem+`}`)),
		once(`"completed","output":[`, `"completed","output":[`+thoughtItem+","),
		all(`"output_tokens_details":{}`, `"output_tokens_details":{"reasoning_tokens":2}`)},
}

// chunk gives one event of a chat stream.
func chunk(choice string) string {
	event, _, _ := strings.Cut(chunks(choice), "\n\n")
	return event + "\n\n"
}

var keepingOtherwise = map[string]kept{
	"completions": {path: "/v1/completions", mediaType: jsonType, request: askText,
		answer: textAnswer + `"It is fine.","logprobs":null,"finish_reason":"stop"}],` + usageOfChat + `}`},
	"completions stream": {path: "/v1/completions", mediaType: sseType, request: `{"stream_options":{"include_usage":true},` + streamAsked(askText)[1:],
		answer: "data: " + textAnswer + `"It is fine.","logprobs":null,"finish_reason":null}]}` + "\n\n" +
			"data: " + textAnswer + `"","logprobs":null,"finish_reason":"stop"}]}` + "\n\n" +
			`data: {"id":"c1","object":"text_completion","created":1,"model":"qwen","choices":[],` + usageOfChat + "}\n\ndata: [DONE]\n\n"},
	"chat n": {path: "/v1/chat/completions", mediaType: jsonType, request: `{"n":2,` + askChat[1:],
		answer: `{"id":"c1","object":"chat.completion","created":1,"model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"It is fine."},` +
			`"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"It rains."},"finish_reason":"stop"}],` + usageOfChat + `}`},
	"chat n stream": {path: "/v1/chat/completions", mediaType: sseType, request: `{"n":2,` + askChatSSE[1:], answer: chunks(
		`{"index":0,"delta":{"role":"assistant","content":"It is fine."},"finish_reason":null}`,
		`{"index":1,"delta":{"role":"assistant","content":"It rains."},"finish_reason":null}`,
		`{"index":0,"delta":{},"finish_reason":"stop"}`, `{"index":1,"delta":{},"finish_reason":"stop"}`)},
	"chat error": {path: "/v1/chat/completions", mediaType: jsonType, request: askChat, status: 400, answer: errorObject},
	"chat wait": {path: "/v1/chat/completions", mediaType: jsonType, request: askChat, status: 429, header: "Retry-After: 3\r\n",
		answer: `{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}`},
	"messages error": {path: "/v1/messages", mediaType: jsonType, request: askMessages, status: 400,
		answer: `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"},"request_id":"q1"}`},
	"ollama error": {path: "/api/chat", mediaType: jsonType, request: askChat, status: 404, answer: `{"error":"model 'qwen' not found"}`},
	"ollama loads": {path: "/api/generate", mediaType: jsonType, request: `{"model":"qwen","keep_alive":"10m"}`,
		answer: `{"model":"qwen","created_at":"2026-11-01T00:00:00Z","response":"","done":true,"done_reason":"load"}`},
	"ollama loads stream": {path: "/api/chat", mediaType: linesType, request: `{"model":"qwen","messages":[],"keep_alive":0}`,
		answer: `{"model":"qwen","created_at":"2026-11-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"unload"}` + "\n"},
	"fim": {path: "/v1/fim/completions", mediaType: jsonType, request: askFIM, answer: `{"id":"c1","object":"chat.completion","created":1,"model":"qwen",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"It is fine."},"finish_reason":"stop"}],` + usageOfChat + `}`},
	"fim stream": {path: "/v1/fim/completions", mediaType: sseType, request: streamAsked(askFIM), answer: chunks(
		`{"index":0,"delta":{"role":"assistant","content":"It is fine."},"finish_reason":null}`, `{"index":0,"delta":{},"finish_reason":"stop"}`)},
	"edits": {path: "/v1/edits", mediaType: jsonType, request: `{"model":"qwen","instruction":"Fix it","input":"It is fin."}`,
		answer: `{"object":"edit","created":1,"choices":[{"index":0,"text":"It is fine."}],` + usageOfChat + `}`},
	"llama.cpp": {path: "/completion", mediaType: jsonType, request: `{"prompt":"Hi","n_predict":9,"stop":["\n"]}`,
		answer: `{"index":0,"content":"It is fine.","tokens":[],"stop":true,` + endOfLlama},
	"llama.cpp stream": {path: "/infill", mediaType: sseType, request: `{"input_prefix":"It","input_suffix":"","prompt":"","stream":true}`,
		answer: `data: {"index":0,"content":"It is fine.","tokens":[1],"stop":false,"tokens_predicted":4,"tokens_evaluated":2}` + "\n\n" +
			`data: {"index":0,"content":"","tokens":[],"stop":true,` + endOfLlama + "\n\n"},
	"llama.cpp chosen": {path: "/infill", mediaType: jsonType, request: `{"input_prefix":"It","input_suffix":"","prompt":"","response_fields":["tokens_predicted"]}`,
		answer: `{"tokens_predicted":40}`},
	"llama.cpp error": {path: "/completion", mediaType: jsonType, request: `{"n_predict":9}`, status: 400,
		answer: `{"error":{"code":400,"message":"key 'prompt' not found","type":"invalid_request_error"}}`},
	"vllm text": {path: "/inference/v1/generate", mediaType: jsonType, request: `{"token_ids":[1,2],"sampling_params":{"logprobs":1},"output_mode":"text"}`,
		answer: `{"request_id":"r","output_mode":"text","choices":[{"index":0,"text":"It is fine.","token_ids":[5,6],"finish_reason":"stop","logprobs":{"content":[` +
			`{"token":"It","logprob":-0.1,"top_logprobs":[]},{"token":" is fine.","logprob":-0.1,"top_logprobs":[]}]}}],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}`},
	"trtllm prepared":        {path: "/generate", mediaType: jsonType, request: prepared(askChat), answer: keepingPlainly["chat call"].answer},
	"trtllm prepared stream": {path: "/generate", mediaType: sseType, request: prepared(askChatSSE), answer: keepingPlainly["chat stream"].answer},
	"sglang": {path: "/generate", mediaType: jsonType, request: `{"text":"Hi","sampling_params":{"stop":"x"}}`,
		answer: `{"text":"It is fine.",` + endOfSGLang},
	"sglang stream": {path: "/generate", mediaType: sseType, request: `{"text":"Hi","sampling_params":{},"stream":true}`,
		answer: `data: {"text":"It is fine",` + strings.Replace(endOfSGLang, `{"type":"stop"}`, "null", 1) + "\n\n" +
			`data: {"text":"It is fine.",` + endOfSGLang + "\n\ndata: [DONE]\n\n"},
	"tgi": {path: "/generate", mediaType: jsonType, request: `{"inputs":"Hi","parameters":{"stop":["."]}}`, answer: `{"generated_text":"It is fine."}`},
	"tgi stream": {path: "/generate_stream", mediaType: sseType, request: `{"inputs":"Hi","parameters":{"details":true}}`,
		answer: `data:{"index":1,"token":{"id":1,"text":"It is fine.","logprob":-0.1,"special":false},"generated_text":null,"details":null}` + "\n\n" +
			`data:{"index":2,"token":{"id":2,"text":"</s>","logprob":-0.1,"special":true},"generated_text":"It is fine.","details":` +
			`{"finish_reason":"eos_token","generated_tokens":2,"seed":null,"input_length":2}}` + "\n\n"},
	"tgi error": {path: "/generate", mediaType: jsonType, request: `{"inputs":""}`, status: 422, answer: `{"error":"Input validation error","error_type":"validation"}`},
	"lmstudio": {path: "/api/v1/chat", mediaType: jsonType, request: `{"model":"qwen","input":"Hi","max_output_tokens":9}`,
		answer: `{"model_instance_id":"qwen","output":[{"type":"message","content":"It is fine."}],` + endOfLMStudio},
	"lmstudio calls": {path: "/api/v1/chat", mediaType: jsonType, request: `{"model":"qwen","input":"Hi","integrations":["mcp/weather"],"previous_response_id":"resp_1"}`,
		answer: `{"model_instance_id":"qwen","output":[` + thoughtOfLMStudio + `,{"type":"tool_call","tool":"weather","arguments":{"city":"Ulm"},"output":"[]"},` +
			`{"type":"message","content":"It is fine."}],` + endOfLMStudio},
	"lmstudio thinks too long": {path: "/api/v1/chat", mediaType: jsonType, request: `{"model":"qwen","input":"Hi","max_output_tokens":5}`,
		answer: `{"model_instance_id":"qwen","output":[` + thoughtOfLMStudio + `],` + endOfLMStudio},
	"lmstudio stream": {path: "/api/v1/chat", mediaType: sseType, request: `{"model":"qwen","input":[{"type":"text","content":"Hi"}],"stream":true}`,
		answer: namedEvents(`{"type":"chat.start","model_instance_id":"qwen"}`, `{"type":"prompt_processing.progress","progress":0.5}`,
			`{"type":"reasoning.start"}`, `{"type":"reasoning.delta","content":"Hm."}`, `{"type":"reasoning.end"}`,
			`{"type":"tool_call.start","tool":"weather"}`, `{"type":"tool_call.success","tool":"weather","arguments":{"city":"Ulm"},"output":"[]"}`,
			`{"type":"message.start"}`, `{"type":"message.delta","content":"It is fine."}`, `{"type":"message.end"}`,
			`{"type":"chat.end","result":{"model_instance_id":"qwen","output":[`+thoughtOfLMStudio+
				`,{"type":"tool_call","tool":"weather","arguments":{"city":"Ulm"},"output":"[]"},{"type":"message","content":"It is fine."}],`+endOfLMStudio+`}`)},
	"lmstudio error": {path: "/api/v1/chat", mediaType: jsonType, request: `{"input":"Hi"}`, status: 400,
		answer: `{"error":{"type":"invalid_request","message":"\"model\" is required","code":"missing_required_parameter","param":"model"}}`},
	"transcript": {path: "/v1/audio/transcriptions", mediaType: jsonType, request: `{"model":"whisper"}`, answer: `{"text":"It is fine."}`},
	"tei error":  {path: "/embed", mediaType: jsonType, request: `{"inputs":""}`, status: 413, answer: `{"error":"Input validation error","error_type":"Validation"}`},
	"rerank error": {path: "/v2/rerank", mediaType: jsonType, request: askRanking, status: 400,
		answer: `{"id":"q1","message":"invalid request: top_n must be positive"}`}, // Cohere
	"fim error": {path: "/v1/fim/completions", mediaType: jsonType, request: askFIM, status: 400,
		answer: `{"object":"error","message":"Invalid model: qwen","type":"invalid_model","param":null,"code":"1500"}`}, // Mistral
	"score error": {path: "/v1/score", mediaType: jsonType, request: `{"model":"bge","text_1":"a","text_2":["b"]}`, status: 400,
		answer: `{"object":"error","message":"no such model","type":"BadRequest","param":null,"code":400}`}, // SGLang
	"embeddings": {path: "/v1/embeddings", mediaType: jsonType, request: askVectors, answer: `{"object":"list","model":"bge","data":[` +
		`{"object":"embedding","index":0,"embedding":[0.6,0.8]},{"object":"embedding","index":1,"embedding":[1,0]}],"usage":{"prompt_tokens":4,"total_tokens":4}}`},
	"embeddings several": {path: "/v1/embeddings", mediaType: jsonType, request: `{"model":"jina","input":["a"],"return_multivector":true}`, answer: `{"object":"list",` +
		`"model":"jina","data":[{"object":"embeddings","index":0,"embeddings":[[0.6,0.8],[1,0]]}],"usage":{"prompt_tokens":4,"total_tokens":4}}`},
	"embeddings base64": {path: "/v1/embeddings", mediaType: jsonType, request: `{"encoding_format":"base64",` + askVectors[1:], answer: `{"object":"list",` +
		`"model":"bge","data":[{"object":"embedding","index":0,"embedding":"mpkZP83MTD8="},{"object":"embedding","index":1,"embedding":"AACAPwAAAAA="}],` +
		`"usage":{"prompt_tokens":4,"total_tokens":4}}`},
	"ollama embeddings": {path: "/api/embeddings", mediaType: jsonType, request: `{"model":"bge","prompt":"a"}`, answer: `{"embedding":[0.6,0.8]}`},
	"ollama vectors": {path: "/api/embed", mediaType: jsonType, request: `{"model":"bge","input":["a","b"],"dimensions":2}`,
		answer: `{"model":"bge","embeddings":[[0.6,0.8],[1,0]],"total_duration":9,"prompt_eval_count":4}`},
	"rerank": {path: "/v1/rerank", mediaType: jsonType, request: askRanking, answer: `{"id":"k1","model":"bge","usage":{"total_tokens":12},"results":[` +
		`{"index":2,"document":{"text":"c"},"relevance_score":0.9},{"index":0,"document":{"text":"a"},"relevance_score":0.1}]}`},
}
