package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

func (f *foreign) readLLM(name string, v pcommon.Value) bool {
	switch name {
	case "request.type":
		f.call.Operation = cmp.Or(f.call.Operation, operationOf(v.Str()))
	case "system", "vendor":
		f.call.Provider = cmp.Or(f.call.Provider, v.Str())
	case "model_name":
		f.model = v.Str()
	case "response.finish_reason", "response.stop_reason", "finish_reason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "invocation_parameters":
		f.readInvocation(v.Str())
	default:
		return f.readIndexed(name, v)
	}
	return true
}

// readInvocation reads the parameters that OpenInference keeps as JSON.
func (f *foreign) readInvocation(text string) {
	var parameters struct {
		Model  string `json:"model"`
		Stream bool   `json:"stream"`
		User   string `json:"user"`
		Format struct {
			Type string `json:"type"`
		} `json:"response_format"`
	}
	if !readParameters(text, &parameters) {
		return
	}
	c := f.call
	c.RequestModel, c.ResponseFormat = cmp.Or(parameters.Model, c.RequestModel), cmp.Or(parameters.Format.Type, c.ResponseFormat)
	c.Stream = c.Stream || parameters.Stream
	f.user = parameters.User
}

// llmAnswer is what OpenInference has no attributes for.
type llmAnswer struct {
	ID          string `json:"id"`
	Object      string `json:"object"`
	Fingerprint string `json:"system_fingerprint"`
	Tier        string `json:"service_tier"`
	Choices     []struct {
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	// Generations has the first answer to the first prompt: an array keeps no more than it has room for, however many there are.
	Generations [1][1]*langChainAnswer `json:"generations"`
}

// readLLMAnswer takes a list of one for that one, if it says that it is an answer: other lists are of messages.
func readLLMAnswer(text string) (answer llmAnswer, ok bool) {
	switch {
	case strings.HasPrefix(text, "{"):
		ok = readJSON(text, &answer)
	case strings.HasPrefix(text, "["):
		var list [1]llmAnswer
		ok = readJSON(text, &list) && list[0].Object == "chat.completion"
		answer = list[0]
	}
	return answer, ok
}

func (f *foreign) readAnswer() {
	answer, ok := readLLMAnswer(f.answer)
	if !ok {
		return
	}
	f.call.ResponseID, f.call.SystemFingerprint, f.call.ServiceTier = answer.ID, answer.Fingerprint, answer.Tier
	f.readLangChainAnswer(answer.Generations[0][0])
	var choices []indexed
	for i, choice := range answer.Choices {
		if choice.FinishReason != "" {
			choices = append(choices, indexed{[2]int{i}, choice.FinishReason})
		}
	}
	if len(choices) > 0 { // an attribute beside them has that of one
		f.choices = choices
	}
}
