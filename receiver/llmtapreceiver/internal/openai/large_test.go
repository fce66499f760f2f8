package openai

import (
	"strings"
	"testing"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

// list gives a JSON list of as many equal elements.
func list(n int, element string) string {
	return `[` + strings.Repeat(element+",", n-1) + element + `]`
}

func TestMemoryOfLargeRequestsIsInProportion(t *testing.T) {
	for _, message := range []string{
		`"content":[`, `"role":"assistant","content":[`, `"tool_calls":[`, `"images":[`, `"content":[{"content":[`,
		`"role":"assistant","tool_calls":[{"function":{"arguments":[`,
	} {
		begin := `{"messages":[{` + message
		wiretest.LargeRequest(t, DecodeChat, begin, `{}`, closed(begin))
	}
	arguments := `{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":{`
	wiretest.LargeRequest(t, DecodeChat, arguments, `"":1`, closed(arguments))
	wiretest.LargeRequest(t, DecodeChat, `{"messages":[{"content":[`, `1`, `]}]}`)
	wiretest.LargeRequest(t, DecodeChat, `{"messages":[`, `{}`, `]}`)
	for _, member := range []string{"tools", "functions", "stop", "guided_choice"} {
		wiretest.LargeRequest(t, DecodeChat, `{"`+member+`":[`, `""`, `]}`)
	}
	wiretest.LargeRequest(t, DecodeChat, `{"tool_choice":{"type":"allowed_tools","tools":[`, `{}`, `]}}`)
	wiretest.LargeRequest(t, DecodeCompletions, `{"prompt":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeLlama, `{"prompt":[`, `{"multimodal_data":[""]}`, `]}`)
	wiretest.LargeRequest(t, DecodeInfill, `{"input_extra":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeLlama, `{"response_fields":[`, `""`, `]}`)
	wiretest.LargeRequest(t, DecodeGenerate, `{"sampling_params":[`, `{"stop":"a"}`, `],"text":"a"}`)
	wiretest.LargeRequest(t, DecodeGenerate, `{"inputs":"a","parameters":{"stop":[`, `""`, `]}}`)
	wiretest.LargeRequest(t, DecodeEmbeddings, `{"input":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeRerank, `{"documents":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeResponses, `{"input":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeResponses, `{"input":[{"output":[`, `{}`, `]}]}`)
	wiretest.LargeRequest(t, DecodeResponses, `{"include":[`, `{}`, `]}`)
}

// closed gives what closes the brackets that a beginning opens.
func closed(begin string) string {
	end := ""
	for _, c := range begin {
		switch c {
		case '{':
			end = "}" + end
		case '[':
			end = "]" + end
		case '}', ']':
			end = end[1:]
		}
	}
	return end
}

func TestMemoryOfLargeAnswersIsInProportion(t *testing.T) {
	f := func(decode wiretest.Decode, begin, element string) {
		t.Helper()
		wiretest.LargeAnswer(t, decode, begin, element, closed(begin))
	}
	f(DecodeGenerate, `[`, `{"text":"a"}`)
	wiretest.LargeStream(t, DecodeGenerateStream, `{"token":{"text":"a"}}`)
	f(DecodeLlama, `[`, `{"index":9,"content":"a"}`)
	f(DecodeLlama, `{"completion_probabilities":[`, `{}`)
	f(DecodeChat, `{"choices":[`, `{}`)
	f(DecodeChat, `{"choices":[`, `{"message":{"tool_calls":`+list(1024, `{}`)+`}}`)
	f(DecodeChat, `{"choices":[{"message":{"tool_calls":[`, `{}`)
	f(DecodeChat, `{"choices":[{"message":{`, `"function_call":{}`)
	f(DecodeChat, `{"choices":[{"message":{"tool_calls":[{"function":{"arguments":{`, `"":1`)
	f(DecodeChat, `{"choices":[{"message":{"content":[`, `{"text":"a"}`)
	f(DecodeChat, `{"choices":[{"message":{"reasoning_details":[`, `{"text":"a"}`)
	f(DecodeChat, `{"choices":[{"logprobs":{"content":[`, `{}`)
	f(DecodeChat, `{"detail":[`, `{}`)
	f(DecodeCompletions, `{"choices":[`, `{}`)
	f(DecodeEmbeddings, `{"data":[`, `{}`)
	f(DecodeEmbeddings, `{"data":[{"embedding":[`, `1`)
	f(DecodeRerank, `{"results":[`, `{}`)
	f(DecodeResponses, `{"output":[`, `{}`)
	f(DecodeResponses, `{"output":[{"type":"message","content":[`, `{"type":"text"}`)
	f(DecodeResponses, `{"output":[{"type":"function_call","arguments":[`, `{}`)
	f(DecodeResponses, `{"tools":[`, `{}`)
	f(DecodeImages, `{"data":[`, `{}`)
	f(DecodeTranscription, `{"segments":[`, `{}`)
}

func TestMemoryOfLargeStreamsIsInProportion(t *testing.T) {
	f := func(decode wiretest.Decode, data string) {
		t.Helper()
		wiretest.LargeStream(t, decode, data)
	}
	f(DecodeChat, `{"choices":[{"message":{"tool_calls":`+list(1024, `{}`)+`}}]}`)
	f(DecodeChat, `{"choices":[{"delta":{"function_call":{"name":"a"}}}]}`)
	f(DecodeChat, `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"a"}},{"index":0,"function":{"name":"b"}}]}}]}`)
	f(DecodeResponses, `{"type":"response.completed","response":{"output":`+list(1024, `{}`)+`}}`)
	f(DecodeResponses, `{"type":"response.output_item.added","item":{}}`)
	f(DecodeImages, `{"data":`+list(1024, `{}`)+`}`)
}
