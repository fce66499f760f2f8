package openai

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// llama.cpp b11669 writes no output_index, and ends the reasoning when the next item has long begun.
func TestItemsWithoutIndexThatOverlap(t *testing.T) {
	const (
		thinks  = `{"type":"response.output_item.added","item":{"id":"rs_1","summary":[],"type":"reasoning","content":[],"status":"in_progress"}}`
		thought = `{"type":"response.reasoning_text.delta","delta":"Hm.","item_id":"rs_1"}`
		thinksD = `{"type":"response.output_item.done","item":{"id":"rs_1","summary":[],"type":"reasoning","content":[{"text":"Hm.","type":"reasoning_text"}]}}`
		says    = `{"type":"response.output_item.added","item":{"content":[],"id":"msg_1","role":"assistant","status":"in_progress","type":"message"}}`
		part    = `{"type":"response.content_part.added","item_id":"msg_1","part":{"type":"output_text","text":""}}`
		text    = `{"type":"response.output_text.delta","item_id":"msg_1","delta":"42"}`
		textD   = `{"type":"response.output_text.done","item_id":"msg_1","text":"42"}`
		partD   = `{"type":"response.content_part.done","item_id":"msg_1","part":{"type":"output_text","annotations":[],"text":"42"}}`
		saysD   = `{"type":"response.output_item.done","item":{"type":"message","status":"completed","id":"msg_1","content":[{"type":"output_text","text":"42"}],"role":"assistant"}}`
		calls   = `{"type":"response.output_item.added","item":{"id":"fc_1","arguments":"","call_id":"call_1","name":"f","type":"function_call","status":"in_progress"}}`
		args    = `{"type":"response.function_call_arguments.delta","item_id":"fc_1","delta":"{}"}`
		callsD  = `{"type":"response.output_item.done","item":{"id":"fc_1","type":"function_call","status":"completed","arguments":"{}","call_id":"call_1","name":"f"}}`
	)
	watched := []genai.Flaw{
		genai.FlawDoneNotAdded, genai.FlawPartNotDone, genai.FlawItemNotDone, genai.FlawItemIDChanges,
		genai.FlawNoReasoningDone, genai.FlawNoArgumentsDone,
	}
	f := func(want []genai.Flaw, data ...string) {
		t.Helper()
		flaws := &read(t, DecodeResponses, 200, "{}", events(append(data, `{"type":"response.completed","response":{"status":"completed"}}`)...)).Detail.Flaws
		require.Equal(t, want, slices.DeleteFunc(slices.Clone(watched), func(flaw genai.Flaw) bool { return !flaws.Has(flaw) }))
	}
	silent := genai.FlawNoReasoningDone
	f([]genai.Flaw{silent}, thinks, thought, says, part, text, thinksD, textD, partD, saysD)
	f([]genai.Flaw{silent, genai.FlawNoArgumentsDone}, thinks, thought, calls, args, thinksD, callsD)
	f([]genai.Flaw{genai.FlawPartNotDone, silent}, thinks, thought, says, part, text, thinksD, textD, saysD)
	f([]genai.Flaw{genai.FlawItemNotDone, silent}, thinks, thought, calls, thinksD)
	f([]genai.Flaw{genai.FlawDoneNotAdded, silent}, thinks, thought, says, saysD, thinksD, saysD)
	f([]genai.Flaw{genai.FlawItemIDChanges}, says, `{"type":"response.output_item.done","item":{"type":"message","id":"msg_2"}}`)
}

// OpenAI's clients begin with the output of the first event's response: openai-node fails at the first item where there is none.
func TestFirstEventHasTheOutput(t *testing.T) {
	f := func(want bool, response string) {
		t.Helper()
		flaws := &read(t, DecodeResponses, 200, "{}", events(
			`{"type":"response.created","sequence_number":0,"response":`+response+`}`,
			`{"type":"response.in_progress","sequence_number":1,"response":{"id":"r","status":"in_progress"}}`,
			`{"type":"response.completed","sequence_number":2,"response":{"id":"r","status":"completed","output":[]}}`)).Detail.Flaws
		require.Equal(t, want, flaws.Has(genai.FlawNullField))
	}
	f(false, `{"id":"r","object":"response","status":"in_progress","output":[]}`)
	f(true, `{"id":"r","object":"response","status":"in_progress"}`) // llama.cpp b11669
	f(true, `{"id":"r","object":"response","status":"in_progress","output":null}`)
}

// OpenAI itself gives a search for tools another call_id when it is done.
func TestIDOfASearchForTools(t *testing.T) {
	item := func(event, item string) string {
		return `{"type":"response.output_item.` + event + `","output_index":0,"item":{"id":"i",` + item + `}}`
	}
	f := func(want bool, added, done string) {
		t.Helper()
		flaws := &read(t, DecodeResponses, 200, "{}", events(item("added", added), item("done", done))).Detail.Flaws
		require.Equal(t, want, flaws.Has(genai.FlawDoneNotAdded))
	}
	f(false, `"type":"tool_search_call","call_id":"call_1"`, `"type":"tool_search_call","call_id":"call_2"`)
	f(true, `"type":"function_call","call_id":"call_1","name":"f"`, `"type":"function_call","call_id":"call_2","name":"f"`)
}
