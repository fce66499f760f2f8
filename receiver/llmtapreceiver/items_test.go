package llmtapreceiver

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// outputItems has an item of each type that the Responses API may put out.
var outputItems = []string{
	`{"id":"i0","type":"reasoning","summary":[{"type":"summary_text","text":"in short"}],"encrypted_content":"gAAA"}`,
	`{"id":"i1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"at length"}]}`,
	`{"id":"i2","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}`,
	`{"id":"i3","type":"file_search_call","status":"completed","queries":["q"],"results":[{"file_id":"f","text":"found"}]}`,
	`{"id":"i4","type":"code_interpreter_call","status":"completed","code":"1+1","container_id":"c","outputs":[{"type":"logs","logs":"2"}]}`,
	`{"id":"i5","type":"image_generation_call","status":"completed","result":"AAAA"}`,
	`{"id":"i6","type":"computer_call","status":"completed","call_id":"k6","action":{"type":"click","x":1,"y":2},"pending_safety_checks":[]}`,
	`{"id":"i7","type":"mcp_list_tools","server_label":"s","tools":[{"name":"n","input_schema":{"type":"object"}}]}`,
	`{"id":"i8","type":"mcp_call","server_label":"s","name":"n","arguments":"{}","output":"out"}`,
	`{"id":"i9","type":"mcp_approval_request","server_label":"s","name":"n","arguments":"{}"}`,
	`{"id":"i10","type":"local_shell_call","status":"completed","call_id":"k10","action":{"type":"exec","command":["ls"],"env":{}}}`,
	`{"id":"i11","type":"shell_call","status":"completed","call_id":"k11","action":{"commands":["ls"]}}`,
	`{"id":"i12","type":"shell_call_output","call_id":"k11","output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]}`,
	`{"id":"i13","type":"apply_patch_call","status":"completed","call_id":"k13","operation":{"type":"update_file","path":"a","diff":"@@"}}`,
	`{"id":"i14","type":"tool_search_call","status":"completed","arguments":{"query":"q"}}`,
	`{"id":"i15","type":"tool_search_output","status":"completed","tools":[{"type":"function","name":"t"}]}`,
	`{"id":"i16","type":"compaction","encrypted_content":"gAAA"}`,
	`{"id":"i17","type":"function_call","status":"completed","call_id":"k17","name":"weather","arguments":"{\"city\":\"Ulm\"}"}`,
	`{"id":"i18","type":"custom_tool_call","status":"completed","call_id":"k18","name":"code","input":"print(1)"}`,
	`{"id":"i19","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"It is","annotations":[{"type":"url_citation","url":"u","text":"no"}],` +
		`"logprobs":[{"token":"It"}]},{"type":"refusal","refusal":"I cannot."}]}`,
	`{"id":"i20","type":"message","role":"assistant","status":"completed","phase":"final","content":[{"type":"output_text","text":" fine.","annotations":[]}]}`,
	`{"id":"i21","type":"vendor:thing","text":"of a vendor"}`,
}

// Items of all types come to the same call from a whole answer, from a stream that ends with them, and from one that does not.
func TestItemsOfAllTypes(t *testing.T) {
	all := "[" + strings.Join(outputItems, ",") + "]"
	response := func(status, output string) string {
		return `{"id":"r1","object":"response","model":"qwen","status":"` + status + `","output":` + output + `,` + usageOfResponse + `}`
	}
	events := []string{`{"type":"response.created","response":` + response("in_progress", "[]") + `}`}
	for i, text := range outputItems {
		var item struct{ ID, Type string }
		require.NoError(t, json.Unmarshal([]byte(text), &item))
		at := `"output_index":` + strconv.Itoa(i)
		events = append(events, `{"type":"response.output_item.added",`+at+`,"item":{"id":"`+item.ID+`","type":"`+item.Type+`","status":"in_progress"}}`,
			`{"type":"response.output_item.done",`+at+`,"item":`+text+`}`)
	}
	whole := decodeFixture(t, answerExchange("/v1/responses", jsonType, response("completed", all)))
	require.Equal(t, genai.Choice{
		Text: "It is fine.", LastMessage: len("It is"), Refusal: "I cannot.", Reasoning: "in shortat length", Logprobs: true, Hidden: true, Other: true,
		FinishReason: "completed", ToolCalls: []genai.ToolCall{
			{ID: "k17", Name: "weather", Kind: "function", Arguments: `{"city":"Ulm"}`}, {ID: "k18", Name: "code", Kind: "custom", Arguments: "print(1)"},
		},
	}, whole.Detail.Choices[0])
	for _, output := range []string{all, "[]"} {
		stream := namedEvents(append(events, `{"type":"response.completed","response":`+response("completed", output)+`}`)...)
		requireSame(t, whole, decodeFixture(t, answerExchange("/v1/responses", sseType, stream)))
	}
}

// requireSame wants the streamed form of an answer to be the same call.
func requireSame(t *testing.T, whole, stream *genai.Call, what ...any) {
	t.Helper()
	require.True(t, stream.Stream && stream.Detail.Done && !whole.Stream, what...)
	stream.Stream, stream.Chunks, stream.Detail.Done = false, 0, false
	for _, call := range []*genai.Call{whole, stream} { // the form differs, and what is judged of it
		call.Detail.Flaws, call.Fidelity = genai.Flaws{}, genai.Fidelity{}
	}
	require.Equal(t, whole, stream, what...)
}

// contentBlocks has a block of each type that the Messages API may put out, with the deltas of those that come in pieces.
var contentBlocks = []struct {
	start, whole string
	deltas       []string
}{
	{`{"type":"thinking","thinking":"","signature":""}`, `{"type":"thinking","thinking":"Hm.","signature":"s"}`,
		[]string{`{"type":"thinking_delta","thinking":"H"}`, `{"type":"thinking_delta","thinking":"m."}`, `{"type":"signature_delta","signature":"s"}`}},
	{"", `{"type":"redacted_thinking","data":"gAAA"}`, nil},
	{`{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}`, `{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}}`,
		[]string{`{"type":"input_json_delta","partial_json":"{\"query\""}`, `{"type":"input_json_delta","partial_json":":\"q\"}"}`}},
	{"", `{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e"}]}`, nil},
	{"", `{"type":"code_execution_tool_result","tool_use_id":"s2","content":{"type":"code_execution_result","stdout":"1","stderr":"","return_code":0,"content":[]}}`, nil},
	{"", `{"type":"mcp_tool_use","id":"m1","name":"n","server_name":"s","input":{"a":1}}`, nil},
	{"", `{"type":"mcp_tool_result","tool_use_id":"m1","is_error":false,"content":[{"type":"text","text":"no"}]}`, nil},
	{"", `{"type":"container_upload","file_id":"f"}`, nil},
	{`{"type":"text","text":"","citations":[]}`, `{"type":"text","text":"It is fine.","citations":[{"type":"web_search_result_location","cited_text":"no"}]}`,
		[]string{`{"type":"text_delta","text":"It is"}`, `{"type":"citations_delta","citation":{"type":"web_search_result_location","cited_text":"no"}}`, `{"type":"text_delta","text":" fine."}`}},
	{`{"type":"tool_use","id":"t1","name":"weather","input":{}}`, `{"type":"tool_use","id":"t1","name":"weather","input":{"city":"Ulm"}}`,
		[]string{`{"type":"input_json_delta","partial_json":""}`, `{"type":"input_json_delta","partial_json":"{\"city\":"}`, `{"type":"input_json_delta","partial_json":"\"Ulm\"}"}`}},
	{`{"type":"tool_use","id":"t2","name":"clock","input":{}}`, `{"type":"tool_use","id":"t2","name":"clock","input":{}}`, nil},
}

func TestBlocksOfAllTypes(t *testing.T) {
	usage := `"usage":{"input_tokens":3,"output_tokens":9,"cache_read_input_tokens":5,"cache_creation_input_tokens":7,` +
		`"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},"server_tool_use":{"web_search_requests":1},"service_tier":"standard"}`
	message := `{"id":"m1","type":"message","role":"assistant","model":"qwen","stop_reason":`
	var content []string
	events := []string{`{"type":"message_start","message":` + message + `null,"content":[],` + strings.Replace(usage, `"output_tokens":9`, `"output_tokens":1`, 1) + `}}`}
	for i, block := range contentBlocks {
		at := `"index":` + strconv.Itoa(i)
		content = append(content, block.whole)
		if block.start == "" {
			block.start = block.whole
		}
		events = append(events, `{"type":"content_block_start",`+at+`,"content_block":`+block.start+`}`)
		for _, delta := range block.deltas {
			events = append(events, `{"type":"content_block_delta",`+at+`,"delta":`+delta+`}`)
		}
		events = append(events, `{"type":"content_block_stop",`+at+`}`)
	}
	events = append(events, `{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}`, `{"type":"message_stop"}`)
	whole := decodeFixture(t, answerExchange("/v1/messages", jsonType, message+`"tool_use","content":[`+strings.Join(content, ",")+`],`+usage+`}`))
	require.Equal(t, genai.Choice{
		Text: "It is fine.", Reasoning: "Hm.", Hidden: true, Other: true, FinishReason: "tool_use",
		ToolCalls: []genai.ToolCall{
			{ID: "t1", Name: "weather", Kind: "function", Arguments: `{"city":"Ulm"}`}, {ID: "t2", Name: "clock", Kind: "function", Arguments: "{}"},
		},
		ServerCalls: []genai.ToolCall{
			{ID: "s1", Name: "web_search", Kind: "function", Arguments: `{"query":"q"}`}, {ID: "m1", Name: "n", Kind: "function", Arguments: `{"a":1}`},
		},
	}, whole.Detail.Choices[0])
	require.Equal(t, genai.Known(15), whole.Usage.Input)
	requireSame(t, whole, decodeFixture(t, answerExchange("/v1/messages", sseType, namedEvents(events...))))
}
