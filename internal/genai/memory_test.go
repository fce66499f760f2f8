package genai

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// JSON in an attribute may list as much as there is room for. Reading it takes memory in proportion.
func TestMemoryForListsInAttributes(t *testing.T) {
	f := func(attributes map[string]string, name, begin, element, end string) {
		t.Helper()
		const bytes, timesMax = 1 << 19, 32
		span := ptrace.NewSpan()
		for name, value := range attributes {
			span.Attributes().PutStr(name, value)
		}
		span.Attributes().PutStr(name, begin+strings.Repeat(element+",", bytes/len(element+","))+element+end)
		var c Call
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ok := ReadSpan(span, &c)
		ReadContent(span, &c)
		runtime.ReadMemStats(&after)
		require.True(t, ok)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(timesMax*bytes))
	}
	chat := map[string]string{AttrOperationName: string(OperationChat)}
	f(chat, AttrOutputMessages, `[`, `{}`, `]`)
	f(chat, AttrOutputMessages, `[{"role":"assistant","parts":[`, `{"type":"text","content":"as long as the rest of it"}`, `]}]`)
	f(chat, AttrOutputMessages, `[{"role":"assistant","parts":[`, `{"type":"reasoning","content":"as long as the rest of it"}`, `]}]`)
	f(chat, "gen_ai.response.finish_reason", ``, `a`, ``)
	langChain := map[string]string{"openinference.span.kind": "LLM"}
	f(langChain, "output.value", `{"generations":[[`, `{}`, `]]}`)
	f(langChain, "output.value", `{"generations":[`, `[{}]`, `]}`)
	f(langChain, "output.value", `[`, `{}`, `]`)
	genkit := map[string]string{"genkit:metadata:subtype": "model", "genkit:name": "googleai/gemini-2.5-flash"}
	f(genkit, "genkit:output", `{"candidates":[`, `{}`, `]}`)
	braintrust := map[string]string{"braintrust.span_attributes": `{"type":"llm"}`}
	f(braintrust, "braintrust.output_json", `[`, `{}`, `]`)
	f(braintrust, "braintrust.output_json", `{"candidates":[`, `{}`, `]}`)
	f(braintrust, "braintrust.metadata", `{"tools":[`, `{}`, `]}`)
	f(braintrust, "braintrust.metadata", `{"user":[`, `{}`, `]}`)
	f(langChain, "llm.invocation_parameters", `{"user":[`, `{}`, `]}`)
	f(chat, "langfuse.observation.model.parameters", `{"user":[`, `{}`, `]}`)
	f(chat, "langfuse.observation.output", `{"tool_calls":[`, `{}`, `]}`)
	f(chat, "langfuse.observation.output", `[`, `{"tool_calls":[{}]}`, `]`)
	f(chat, "gcp.vertex.agent.llm_response", `{"content":{"parts":[`, `{}`, `]}}`)
}
