package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestInvocationsAreCallsOfTheirForm(t *testing.T) {
	f := func(want genai.Operation, request string) {
		t.Helper()
		call := read(t, DecodeInvocations, 200, request, `{"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}`)
		require.Equal(t, want, call.Operation)
		require.Equal(t, genai.Known(3), call.Usage.Input)
	}
	f(genai.OperationChat, `{"input":"a","messages":[]}`)
	f(genai.OperationTextCompletion, `{"prompt":"a"}`)
	f(genai.OperationEmbeddings, `{"model":"m","input":"a"}`)
	f(genai.OperationRerank, `{"query":"a","documents":["b"]}`)
	f(genai.OperationScore, `{"text_1":"a","text_2":"b"}`)
	f(genai.OperationChat, `{}`) // the rest of it could not be read
}
