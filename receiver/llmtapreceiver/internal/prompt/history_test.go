package prompt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// historyOf gives the history of a request that was answered as call says.
func historyOf(request []byte, call *genai.Call) *genai.History {
	x := &exchange.Exchange{Request: exchange.Message{Body: request, Size: int64(len(request))}}
	_ = Read(x, nil, call, func(p *Prompt, key []byte, r *jsonscan.Reader) {
		switch {
		case string(key) != "messages" && string(key) != "input":
		case r.Kind() == jsonscan.String:
			p.Said(r)
		default:
			p.Messages(r)
		}
	})
	return history.End(call)
}

// read gives the history of a request with these messages, answered by the choice.
func read(t *testing.T, messages string, choice genai.Choice) *genai.History {
	t.Helper()
	h := historyOf([]byte(`{"model":"m",`+messages+`}`), &genai.Call{Detail: &genai.Detail{Choices: []genai.Choice{choice}}})
	require.NotNil(t, h)
	return h
}

func said(text string) genai.Choice { return genai.Choice{Text: text} }

func called(name, arguments string) genai.Choice {
	return genai.Choice{ToolCalls: []genai.ToolCall{{ID: "call_1", Name: name, Arguments: arguments}}}
}

// A request that holds an earlier one and its answer begins with it, in whatever form its client writes them down.
func TestHistoryBeginsWithTheEarlierCall(t *testing.T) {
	f := func(first string, answer genai.Choice, second string) {
		t.Helper()
		before := read(t, first, answer)
		next := read(t, second, said("next"))
		require.NotZero(t, before.Whole)
		require.NotEmpty(t, next.Wholes)
		require.Equal(t, before.Whole, next.Wholes[0])
		require.Equal(t, before.Tail, next.Tails[0])
		require.Equal(t, before.Root, next.Root)
		require.Equal(t, before.Answers+1, next.Answers)
	}
	user := `{"role":"user","content":"Hi"}`
	more := `,{"role":"user","content":"More"}]`
	chat := `"messages":[` + user + `]`
	f(chat, said("Hello."), `"messages":[`+user+`,{"role":"assistant","content":"Hello."}`+more)
	f(chat, said("\n\nHello. "), `"messages":[`+user+`,{"role":"assistant","content":"Hello."}`+more)
	f(chat, said("<think>Hm</think>\n\nHello."), `"messages":[`+user+`,{"role":"assistant","content":"Hello."}`+more)
	f(chat, said("Hm, <b> or </b>?\n</think>\n\nHello."), `"messages":[`+user+`,{"role":"assistant","content":"Hello."}`+more)
	f(chat, said("Say <think>a</think> b."), `"messages":[`+user+`,{"role":"assistant","content":"Say <think>a</think> b."}`+more)
	f(chat, said("Héllo\n\"x\""), `"messages":[`+user+`,{"role":"assistant","content":"H\u00e9llo\n\"x\""}`+more)
	f(chat, genai.Choice{Refusal: "No."}, `"messages":[`+user+`,{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]}`+more)
	f(chat, said("Hello."), `"messages":[`+user+`,{"content":[{"type":"text","text":"Hello."}],"role":"assistant","reasoning_content":"Hm"}`+more)
	f(`"messages":[{"role":"system","content":"It is 10:00"},`+user+`]`, said("Hello."),
		`"messages":[{"role":"system","content":"It is 10:01"},{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":"Hello."}`+more)
	f(chat, called("f", `{"a": 1, "b": 2}`), `"messages":[`+user+
		`,{"role":"assistant","content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{\"b\":2,\"a\":1}"}}]},`+
		`{"role":"tool","tool_call_id":"x","content":"3"}]`)
	f(chat, called("f", `{"a":1}`), `"messages":[`+user+
		`,{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},{"role":"tool","content":"3"}]`)
	f(chat, called("now", ``), `"messages":[`+user+`,{"role":"assistant","tool_calls":[{"id":"x","function":{"name":"now","arguments":"{}"}}]},{"role":"tool","content":"3"}]`)
	for _, both := range []string{`"function_call":{"name":"f","arguments":"{\"a\":1}"}`,
		`"function_call":{"name":"f","arguments":"{}"},"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{\"a\":1}"}}]`} {
		f(chat, called("f", `{"a":1}`), `"messages":[`+user+`,{"role":"assistant","content":null,`+both+`},{"role":"function","name":"f","content":"3"}]`)
	}
	// The Messages API, with a mark for the cache that moves on.
	f(`"messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]`,
		genai.Choice{Text: "Let me see.", ToolCalls: []genai.ToolCall{{Name: "f", Arguments: `{"a":1}`}}},
		`"messages":[`+user+`,{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"Let me see."},`+
			`{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"3"}]}]`)
	// The Responses API, whose items make one answer.
	f(`"input":"Hi"`, genai.Choice{Text: "Let me see.", ToolCalls: []genai.ToolCall{{Name: "f", Arguments: `{"a":1}`}}},
		`"input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"reasoning","id":"rs_1","summary":[]},`+
			`{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Let me see.","annotations":[]}]},`+
			`{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{\"a\":1}","status":"completed"},`+
			`{"type":"function_call_output","call_id":"c","output":"3"}]`)
	f(`"input":"Hi"`, said("It rains."), `"input":[{"role":"user","content":"Hi"},{"type":"mcp_list_tools","id":"mcpl_1","server_label":"s","tools":[]},`+
		`{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"x"}},`+
		`{"type":"mcp_call","id":"mcp_1","name":"f","arguments":"{}","output":"3"},{"type":"tool_search_output","tools":[]},{"type":"compaction","encrypted_content":"x"},`+
		`{"role":"assistant","content":[{"type":"output_text","text":"It rains."}]},{"role":"user","content":"More"}]`)
	// Answers without words.
	for _, kind := range []string{"shell_call", "computer_call", "image_generation_call", "mcp_approval_request", "tool_search_call"} {
		f(`"input":"Hi"`, genai.Choice{Other: true}, `"input":[{"role":"user","content":"Hi"},{"type":"reasoning","summary":[]},{"type":"`+kind+`","id":"x","call_id":"c"},`+
			`{"type":"tool_search_output","call_id":"c","output":"3"}]`)
	}
	f(chat, genai.Choice{Other: true}, `"messages":[`+user+`,{"role":"assistant","audio":{"id":"audio_1"}}`+more)
}

func TestWhatDiffersIsAnotherHistory(t *testing.T) {
	one := read(t, `"messages":[{"role":"user","content":"Hi"}]`, said("Hello."))
	for _, other := range []*genai.History{
		read(t, `"messages":[{"role":"user","content":"Ho"}]`, said("Hello.")),
		read(t, `"messages":[{"role":"tool","content":"Hi"}]`, said("Hello.")),
		read(t, `"messages":[{"role":"user","content":"Hi"}]`, said("Hello!")),
		read(t, `"messages":[{"role":"user","content":"Hi"}]`, called("Hello.", "")),
		read(t, `"messages":[{"role":"user","content":"Hi"},{"role":"user","content":"Hi"}]`, said("Hello.")),
		read(t, `"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:"}}]}]`, said("Hello.")),
	} {
		require.NotEqual(t, one.Whole, other.Whole)
	}
}

// turns writes user and assistant messages in turn, from turn first to before last, and a last user message.
func turns(first, last int) string {
	var b strings.Builder
	b.WriteString(`"messages":[{"role":"system","content":"You help."}`)
	for i := first; i < last; i++ {
		fmt.Fprintf(&b, `,{"role":"user","content":"question %d"},{"role":"assistant","content":"answer %d"}`, i, i)
	}
	fmt.Fprintf(&b, `,{"role":"user","content":"question %d"}]`, last)
	return b.String()
}

func TestSlidingWindowKeepsTheTail(t *testing.T) {
	before := read(t, turns(0, 20), said("answer 20"))
	next := read(t, turns(15, 21), said("answer 21"))
	require.NotEqual(t, before.Whole, next.Wholes[0])
	require.NotEqual(t, before.Root, next.Root)
	require.Equal(t, before.Tail, next.Tails[0])
}

// A greeting that the application writes is no answer, by which all that begins with it would be one conversation. Nor is what
// a window begins with: without it, it is seen that the window has fewer answers than there were.
func TestAnswerToNothingIsNone(t *testing.T) {
	greeting := `"messages":[{"role":"system","content":"You help."},{"role":"assistant","content":"How can I help?"},{"role":"user","content":`
	one, other := read(t, greeting+`"Hi"}]`, said("Hello.")), read(t, greeting+`"Ho"}]`, said("Hello."))
	require.NotEqual(t, one.Root, other.Root)
	require.Equal(t, one.Whole, one.Root)
	require.Zero(t, one.Answers)
	next := read(t, greeting+`"Hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":"More"}]`, said("Yes."))
	require.Equal(t, []uint64{one.Whole}, next.Wholes)
	require.Equal(t, one.Root, next.Root)
	require.Equal(t, 1, next.Answers)
	window := read(t, strings.Replace(turns(0, 3), `{"role":"user","content":"question 0"},`, "", 1), said("answer 3"))
	require.Equal(t, 2, window.Answers)
	require.Equal(t, read(t, turns(0, 2), said("answer 2")).Tail, window.Tails[0])
}

func TestNewestAnswersAreTold(t *testing.T) {
	for _, answers := range []int{genai.HistoryAnswersMax, genai.HistoryAnswersMax + 1} {
		h := read(t, turns(0, answers), said("x"))
		require.Equal(t, answers, h.Answers)
		require.Len(t, h.Wholes, genai.HistoryAnswersMax)
		require.Len(t, h.Tails, genai.HistoryAnswersMax)
		require.Equal(t, read(t, turns(0, answers-1), said(fmt.Sprint("answer ", answers-1))).Whole, h.Wholes[0])
	}
}

func TestBegunAnswerIsContinued(t *testing.T) {
	begun := read(t, `"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hel"}]`, said("lo."))
	require.Equal(t, read(t, `"messages":[{"role":"user","content":"Hi"}]`, said("Hello.")).Whole, begun.Whole)
	require.Zero(t, begun.Answers)
}

// Of answers that only the server knows, those of a conversation or of items that the request refers to, nothing is told:
// neither that they are none, nor that a conversation begins.
func TestAnswersThatTheServerKnows(t *testing.T) {
	f := func(want bool, detail genai.Detail, items string) {
		t.Helper()
		detail.Choices = []genai.Choice{said("Hello.")}
		h := historyOf([]byte(`{"input":[{"role":"user","content":"Hi"},`+items+`{"role":"user","content":"More"}]}`), &genai.Call{Detail: &detail})
		require.Equal(t, want, h != nil, items)
	}
	f(true, genai.Detail{}, ``)
	f(false, genai.Detail{MoreTurns: true}, ``)
	f(false, genai.Detail{}, `{"type":"item_reference","id":"msg_1"},`)
	f(true, genai.Detail{}, `{"type":"item_reference","id":"rs_1"},{"role":"assistant","content":"Hello."},`)
}

func TestNothingToTell(t *testing.T) {
	for _, request := range []string{``, `{}`, `{"messages":[]}`, `{"messages":[{"role":"system","content":"x"}]}`, `{"messages":[{"role":"user"`, `[1]`} {
		require.Nil(t, historyOf([]byte(request), &genai.Call{}), request)
	}
	h := historyOf([]byte(`{"messages":[{"role":"user","content":"Hi"}]}`), &genai.Call{})
	require.Equal(t, &genai.History{Wholes: []uint64{}, Tails: []uint64{}}, h)
	cut := genai.Call{ResponseTruncated: true, Detail: &genai.Detail{Choices: []genai.Choice{said("x")}}}
	require.Zero(t, historyOf([]byte(`{"messages":[{"role":"user","content":"Hi"}]}`), &cut).Whole)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}`))
	f.Add([]byte(`{"input":[{"type":"function_call","name":"f","arguments":{}},{"output":[1]}]}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		call := genai.Call{Detail: &genai.Detail{Choices: []genai.Choice{said("x")}}}
		h := historyOf(request, &call)
		again := genai.Call{Detail: &genai.Detail{Choices: []genai.Choice{said("x")}}}
		require.Equal(t, h, historyOf(request, &again))
		if h != nil {
			require.LessOrEqual(t, len(h.Wholes), genai.HistoryAnswersMax)
			require.Len(t, h.Tails, len(h.Wholes))
		}
	})
}
