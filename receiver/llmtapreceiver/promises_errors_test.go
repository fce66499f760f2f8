package llmtapreceiver

func under(status int, header string) func(*kept) {
	return func(k *kept) { k.status, k.header = status, header }
}

// errorDeviations are of errors, by the server that sends them so.
var errorDeviations = []deviation{
	{"err.body_not_json", "chat error, messages error, ollama error", "", nil, []edit{anew("Internal Server Error")}},
	{"err.body_not_json err.html_body", "chat error, messages error", "", nil, []edit{anew("<html><head><title>502 Bad Gateway</title></head></html>")}},
	{"err.no_error_object", "chat error", "", nil, []edit{anew( // SGLang, vLLM before 0.10
		`{"object":"error","message":"temperature must be positive","type":"BadRequestError","param":null,"code":400}`)}},
	{"err.no_error_object", "chat error, messages error", "", nil, []edit{anew(`{"error":"temperature must be positive"}`)}},           // LM Studio
	{"err.no_error_object", "chat error", "", nil, []edit{anew(`{"error":"temperature must be positive","error_type":"validation"}`)}}, // TGI
	{"err.no_error_object", "chat error", "", nil, []edit{anew(`{"detail":[{"loc":["body"],"msg":"Field required","type":"missing"}]}`)}},
	{"err.no_error_object", "messages error", "", nil, []edit{once(`{"type":"error",`, `{`)}},
	{"err.missing_fields", "chat error", "", nil, []edit{once(`,"param":"temperature"`, ``)}},
	{"err.missing_fields", "chat error", "", nil, []edit{anew(`{"error":{"code":"401","message":"Access denied"}}`)}},                                 // Azure
	{"err.code_type", "chat error", "", nil, []edit{once(`"code":"invalid_value"`, `"code":400`)}},                                                    // vLLM
	{"err.code_type err.missing_fields", "chat error", "", nil, []edit{anew(`{"error":{"code":400,"message":"no","type":"invalid_request_error"}}`)}}, // llama.cpp
	{"", "chat error, messages error, ollama error", "", nil, []edit{before("error", "\ufeff")}},                                                      // of .NET's gateways
	{"err.context_length err.500_for_client_fault", "chat error", "", under(500, ""), []edit{
		once("temperature must be positive", "request (5000 tokens) exceeds the available context size (4096 tokens)")}},
	{"err.500_for_client_fault", "chat error", "", under(500, ""), []edit{once(`"code":"invalid_value"`, `"code":"model_not_found"`)}},
	{"err.retry_after_missing", "chat wait", "", func(k *kept) { k.header = "" }, nil},
	{"", "chat wait", "", under(503, "retry-after-ms: 20\r\n"), nil},
	{"err.status_mismatch", "chat, responses", "", nil, []edit{anew(errorObject)}},
	{"err.status_mismatch", "chat, messages", "", nil, []edit{anew(`{"code":500,"msg":"404 NOT_FOUND","success":false}`)}}, // Z.ai
	{"err.status_mismatch", "ollama", "", nil, []edit{anew(`{"error":"out of memory"}`)}},
	{"err.status_mismatch err.midstream", "chat stream", "", nil, []edit{anew( // vLLM, its engine dead
		`data: {"error":{"message":"EngineCore encountered an issue","type":"InternalServerError","param":null,"code":500}}` + "\n\ndata: [DONE]\n\n")}},
	{"err.midstream", "chat stream", "", nil, []edit{before(`"finish_reason":"stop"`,
		`data: {"error":{"message":"out of memory","type":"server_error","param":null,"code":null}}`+"\n\n")}},
	{"err.midstream", "chat stream", "", nil, []edit{once(`"finish_reason":"stop"`, `"finish_reason":"abort"`)}},                       // vLLM
	{"err.status_mismatch", "chat", "", nil, []edit{once(`"finish_reason":"stop"`, `"finish_reason":"insufficient_system_resource"`)}}, // DeepSeek
	{"err.midstream stream.no_done", "chat stream", "", nil, []edit{drop("[DONE]"), drop(`"choices":[],`), atEvent(`"finish_reason":"stop"`, by(
		`data: {"error":{"message":"out of memory","type":"server_error","code":500}}`+"\n\n"))}},
}
