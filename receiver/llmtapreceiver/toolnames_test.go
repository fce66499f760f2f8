package llmtapreceiver

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that cannot parse what its model wrote takes text for the name of a tool: without content capture it is none.
func TestToolNamesHoldNoText(t *testing.T) {
	d, _ := newDecoder()
	f := func(name, want string) {
		t.Helper()
		quoted, err := json.Marshal(name)
		require.NoError(t, err)
		for path, answer := range map[string]string{
			"/v1/chat/completions": `{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":NAME,"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
			"/v1/responses":        `{"object":"response","status":"completed","output":[{"type":"function_call","id":"f","call_id":"1","name":NAME,"arguments":"{}"}]}`,
			"/v1/messages":         `{"type":"message","role":"assistant","content":[{"type":"tool_use","id":"1","name":NAME,"input":{}}],"stop_reason":"tool_use"}`,
			"/api/chat":            `{"message":{"role":"assistant","tool_calls":[{"function":{"name":NAME,"arguments":{}}}]},"done":true,"done_reason":"stop"}`,
		} {
			x := answerExchange(path, "application/json", strings.ReplaceAll(answer, "NAME", string(quoted)))
			x.Request.Body = []byte(`{"model":"m","tools":[{"type":"function","name":"天气 now","function":{"name":"天气 now","parameters":{"type":"object"}}}]}`)
			call := d.call(x)
			require.Equal(t, []string{want}, call.ToolNames, path)
			require.Equal(t, 1, call.ToolCalls)
			require.Equal(t, name, call.Detail.Choices[0].ToolCalls[0].Name, "the checks see it as it is")
		}
	}
	f("天气 now", "天气 now") // offered
	f("functions.get_weather:0", "functions.get_weather:0")
	f("files/read", "files/read")
	f("get_weather<|channel|>commentary", "get_weather<|channel|>commentary")
	f(strings.Repeat("x", 128), strings.Repeat("x", 128))
	f(strings.Repeat("x", 129), "_other")
	f(`get_weather", "arguments": {"ssn": "078-05-1120"}`, "_other")
	f("Ada Lovelace has a cold", "_other")
	f("艾达感冒了", "_other")
}
