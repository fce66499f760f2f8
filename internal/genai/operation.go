package genai

import "strings"

// operations are other words for the conventions' operations and ours: those of OpenLLMetry and older conventions, of
// LiteLLM (acompletion), JetBrains' Tracy (the type of the answer, or the method of Gemini's API), ZeroClaw (llm.response), Paid
// (messages), Spring AI (embedding, image), Semantic Kernel (chat.completions), the Gemini CLI (llm_call), rig (chat_streaming,
// interactions), Pipecat (llm_response, stt, tts), Langtrace (embed, images_generate), xAI's SDK (generate_image), any-agent and
// tRPC-Agent for Python (call_llm), OpenLIT, Microsoft's Agent 365 (TextCompletion), Grafana's SDKs (generateText), the Vercel AI SDK
// (ai.transcribe, decide) and others.
var operations = byWord(map[Operation][]string{
	OperationTextCompletion: {"completion", "atext_completion", "textcompletion", "text.completions", "text.streaming_completions"},
	OperationChat: {
		"acompletion", "chat_completion", "chat.completions", "chat.streaming_completions", "chat_streaming", "chat.completion",
		"response", "message", "messages", "llm_response", "llm.response", "generatetext", "streamtext", "call_llm", "responses",
		"aresponses", "openai.responses.create", "anthropic_messages",
	},
	OperationGenerateContent: {
		"generate_content_stream", "streamgeneratecontent", "generatecontent", "interactions", "interactions_streaming",
		"llm_call", "agenerate_content", "agenerate_content_stream",
	},
	OperationEmbeddings:    {"embedding", "aembedding", "embed", "embedcontent", "batchembedcontents"},
	OperationRerank:        {"arerank"},
	OperationImage:         {"image", "generate_image", "aimage_generation", "image_edit", "aimage_edit", "images_generate", "images_edit"},
	OperationDecision:      {"decide"},
	OperationTranscription: {"atranscription", "speech_to_text", "stt", "ai.transcribe", "ai.streamtranscribe"},
	OperationTranslation:   {"speech_to_text_translate"},
	OperationSpeech:        {"audio", "aspeech", "text_to_speech", "tts", "speech_generation", "ai.generatespeech"},
	OperationRealtime:      {"_arealtime"},
})

// byWord turns around a table of what has several words, of which each must stand there once.
func byWord[T comparable](table map[T][]string) map[string]T {
	all := make(map[string]T)
	for meaning, words := range table {
		for _, word := range words {
			if _, twice := all[word]; twice {
				panic(word + " stands there twice")
			}
			all[word] = meaning
		}
	}
	return all
}

// operationOf gives an operation in the conventions' words; what is none stays what it is. Agent 365 has capitals.
func operationOf(name string) Operation {
	word := strings.ToLower(name)
	if op := Operation(word); isModelCall(op) {
		return op
	}
	if op, ok := operations[word]; ok {
		return op
	}
	return Operation(name)
}

const typeError = "error"

// isTracyError knows a failed call to Anthropic: Tracy has the type of the answer for an operation.
func isTracyError(scope, operation string) bool { return scope == "tracy" && operation == typeError }

// readOperation takes an operation in other words than the conventions'.
func (f *foreign) readOperation(word string) {
	if word != typeError {
		f.call.Operation = operationOf(word)
	}
	f.call.Stream = f.call.Stream || strings.Contains(word, "stream")
	f.spoken = true
}

func isModelCall(op Operation) bool {
	switch op {
	case OperationChat, OperationTextCompletion, OperationEmbeddings, OperationGenerateContent, OperationRetrieval,
		OperationFetchResponse, OperationCancelResponse, OperationCompact, OperationCountTokens, OperationRerank,
		OperationScore, OperationClassify, OperationPooling, OperationDecision, OperationTranscription, OperationTranslation,
		OperationSpeech, OperationImage, OperationRealtime:
		return true
	}
	return false
}

// NoOutput tells whether such calls give no tokens out, so that their servers count none.
func (o Operation) NoOutput() bool {
	switch o {
	case OperationEmbeddings, OperationRerank, OperationRetrieval, OperationClassify, OperationPooling:
		return true
	}
	return false
}

// AboutResponse tells whether such calls are about a response that another call made.
func (o Operation) AboutResponse() bool {
	return o == OperationFetchResponse || o == OperationCancelResponse
}

// NoModelWork tells whether such calls make no model work, and cost nothing.
func (o Operation) NoModelWork() bool { return o.AboutResponse() || o == OperationCountTokens }
