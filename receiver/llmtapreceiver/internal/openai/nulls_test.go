package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

// Clients that write out every member of a request say nothing by those that are null, also beside another name for the
// same thing.
func TestNullMembersOfRequestsSayNothing(t *testing.T) {
	f := func(decode wiretest.Decode, request, withNulls string) {
		t.Helper()
		want, got := read(t, decode, 400, request, ""), read(t, decode, 400, withNulls, "")
		require.Equal(t, []int{want.Turn, want.ToolsOffered}, []int{got.Turn, got.ToolsOffered})
		require.Equal(t, want.ResponseFormat, got.ResponseFormat)
		for _, d := range []*genai.Detail{want.Detail, got.Detail} { // which count bytes as they were written
			d.MessageHashes, d.PromptTextBytes, d.BesideTextBytes = nil, 0, 0
		}
		require.Equal(t, want.Detail, got.Detail)
	}
	const tool = `{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object"}}`
	f(DecodeChat, `{"tools":[`+tool+`}]}`, `{"tools":[`+tool+`,"name":null,"type":"function","custom":null,"parameters":null,"strict":null}],"functions":null}`)
	f(DecodeChat, `{"tool_choice":"required"}`, `{"tool_choice":"required","function_call":null}`)
	f(DecodeChat, `{"tool_choice":{"type":"function","function":{"name":"f"}}}`,
		`{"tool_choice":{"type":"function","function":{"name":"f"},"name":null,"custom":null,"allowed_tools":null,"mode":null,"tools":null}}`)
	f(DecodeChat, `{"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"},"strict":true}}}`,
		`{"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"},"strict":true,"name":null},"schema":null},"text":null}`)
	f(DecodeChat, `{"response_format":{"type":"json_schema","json_schema":{"name":"n"}}}`,
		`{"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":null,"strict":null}}}`)
	f(DecodeChat, `{"max_tokens":9,"reasoning_effort":"none"}`,
		`{"max_tokens":9,"max_completion_tokens":null,"reasoning_effort":"none","reasoning":null,"truncation":null,"truncate_prompt_tokens":null}`)
	f(DecodeChat, `{"messages":[{"role":"assistant","content":"Hi"}]}`,
		`{"messages":[{"role":"assistant","content":"Hi","output":null,"arguments":null,"input":null,"tool_calls":null,"type":null,"call_id":null}]}`)
	f(DecodeResponses, `{"input":"Hi","reasoning":{"effort":"none"}}`,
		`{"input":"Hi","reasoning":{"effort":"none"},"reasoning_effort":null,"prompt":null,"conversation":null,"context_management":null}`)
}
