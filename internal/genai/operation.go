package genai

import "strings"

// operations are other words for the conventions' operations and ours: those of OpenLLMetry and older conventions, of
// LiteLLM (acompletion), JetBrains' Tracy (the type of the answer, or the method of Gemini's API), ZeroClaw (llm.response), Paid
// (messages), Spring AI (embedding, image), Semantic Kernel (chat.completions), the Gemini CLI (llm_call), rig (chat_streaming,
// interactions), Pipecat (llm_response, stt, tts), Langtrace (embed, images_generate), xAI's SDK (generate_image), any-agent and
// tRPC-Agent for Python (call_llm), OpenLIT, Microsoft's Agent 365 (TextCompletion), Grafana's SDKs (generateText) and others.
var operations = map[string]Operation{
	"completion":                 OperationTextCompletion,
	"atext_completion":           OperationTextCompletion,
	"textcompletion":             OperationTextCompletion,
	"text.completions":           OperationTextCompletion,
	"text.streaming_completions": OperationTextCompletion,
	"acompletion":                OperationChat,
	"chat_completion":            OperationChat,
	"chat.completions":           OperationChat,
	"chat.streaming_completions": OperationChat,
	"chat_streaming":             OperationChat,
	"chat.completion":            OperationChat,
	"response":                   OperationChat,
	"message":                    OperationChat,
	"messages":                   OperationChat,
	"llm_response":               OperationChat,
	"llm.response":               OperationChat,
	"generatetext":               OperationChat,
	"streamtext":                 OperationChat,
	"call_llm":                   OperationChat,
	"responses":                  OperationChat,
	"aresponses":                 OperationChat,
	"openai.responses.create":    OperationChat,
	"anthropic_messages":         OperationChat,
	"generate_content_stream":    OperationGenerateContent,
	"streamgeneratecontent":      OperationGenerateContent,
	"generatecontent":            OperationGenerateContent,
	"interactions":               OperationGenerateContent,
	"interactions_streaming":     OperationGenerateContent,
	"llm_call":                   OperationGenerateContent,
	"agenerate_content":          OperationGenerateContent,
	"agenerate_content_stream":   OperationGenerateContent,
	"embedding":                  OperationEmbeddings,
	"aembedding":                 OperationEmbeddings,
	"embed":                      OperationEmbeddings,
	"embedcontent":               OperationEmbeddings,
	"batchembedcontents":         OperationEmbeddings,
	"arerank":                    OperationRerank,
	"image":                      OperationImage,
	"generate_image":             OperationImage,
	"aimage_generation":          OperationImage,
	"image_edit":                 OperationImage,
	"aimage_edit":                OperationImage,
	"images_generate":            OperationImage,
	"images_edit":                OperationImage,
	"atranscription":             OperationTranscription,
	"speech_to_text":             OperationTranscription,
	"stt":                        OperationTranscription,
	"speech_to_text_translate":   OperationTranslation,
	"audio":                      OperationSpeech,
	"aspeech":                    OperationSpeech,
	"text_to_speech":             OperationSpeech,
	"tts":                        OperationSpeech,
	"speech_generation":          OperationSpeech,
	"_arealtime":                 OperationRealtime,
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
