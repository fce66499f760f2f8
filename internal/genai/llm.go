package genai

import (
	"cmp"
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// llmNames are those of OpenLLMetry and OpenInference.
var llmNames = dialect{
	"llm.request.type": func(f *foreign, v pcommon.Value) {
		f.call.Operation = cmp.Or(f.call.Operation, operationOf(v.Str()))
	},
	"llm.system":                 (*foreign).readProvider,
	"llm.vendor":                 (*foreign).readProvider,
	"llm.model_name":             (*foreign).readModel,
	"llm.response.finish_reason": (*foreign).readChoice,
	"llm.response.stop_reason":   (*foreign).readChoice,
	"llm.finish_reason":          (*foreign).readChoice,
	"llm.invocation_parameters":  func(f *foreign, v pcommon.Value) { f.readInvocation(v.Str()) },
	"llm.usage.total_tokens":     (*foreign).readTotal,
	"llm.token_count.total":      (*foreign).readTotal,
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
	c := &f.call
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
	Usage json.RawMessage `json:"usage"`
	// Generations has the first answer to the first prompt: an array keeps no more than it has room for, however many there are.
	Generations [1][1]*langChainAnswer `json:"generations"`
}

// noAnswerID is what the OpenAI Agents SDK for JavaScript gives streams whose chunks have no id, and gave all before 0.4.12
// (agents-openai, openaiChatCompletionsModel.ts): by it calls that run beside each other would be one.
const noAnswerID = "FAKE_ID"

// readLLMAnswer takes a list of one for that one, if it says that it is an answer: other lists are of messages.
func readLLMAnswer(text string) (answer llmAnswer, ok bool) {
	switch {
	case strings.HasPrefix(text, "{"):
		ok = readJSON(text, &answer)
	case strings.HasPrefix(text, "["):
		var list [1]llmAnswer
		ok = readJSON(text, &list) && list[0].Object == "chat.completion"
		answer = list[0]
		if answer.ID == noAnswerID {
			answer.ID = ""
		}
	}
	return answer, ok
}

// readAnswer fills what no attribute says. JSON without choices or usage is no answer of an API, but an object that the application
// asked for, which may have an id, too.
func (f *foreign) readAnswer() {
	answer, ok := readLLMAnswer(f.answer)
	if !ok {
		return
	}
	f.readLangChainAnswer(answer.Generations[0][0])
	if answer.Choices == nil && answer.Usage == nil {
		return
	}
	c := &f.call
	c.ResponseID, c.ServiceTier = cmp.Or(c.ResponseID, answer.ID), cmp.Or(c.ServiceTier, answer.Tier)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, answer.Fingerprint)
	attribute := f.choices // beside them, has that of one
	f.choices = nil
	for i, choice := range answer.Choices {
		f.addChoice(i, choice.FinishReason)
	}
	if len(f.choices) == 0 {
		f.choices = attribute
	}
}
