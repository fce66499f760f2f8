package llmtapreceiver

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a request asks for may stand behind the end of its copy: wherever that is, no answer that keeps the promises is accused.
func TestPromisesOfRequestsThatWereNotAllSeen(t *testing.T) {
	for name, k := range keeping {
		k.accusedOfNothingUnseen(t, name)
	}
	for _, d := range deviations {
		for name := range strings.SplitSeq(d.of, ", ") {
			if d.checks != "" {
				continue
			}
			k := keeping[name]
			if d.under != nil {
				d.under(&k)
			}
			k.edited(d.edits)
			first := k.ask(d.asks)
			first.accusedOfNothingUnseen(t, name)
			if d.asks != "" {
				last := k.askLast(d.asks)
				last.accusedOfNothingUnseen(t, name)
			}
		}
	}
}

// askLast adds members to the end of the request.
func (k kept) askLast(members string) kept {
	if end := strings.LastIndexByte(k.request, '}'); members != "" && end >= 0 {
		k.request = k.request[:end] + "," + members + "}"
	}
	return k
}

// accusedOfNothingUnseen lets the copy of the request end in each place behind its first name, by which some APIs are told apart.
func (k *kept) accusedOfNothingUnseen(t *testing.T, name string) {
	t.Helper()
	for seen := strings.IndexByte(k.request, ':') + 1; seen < len(k.request); seen++ {
		d, _ := newDecoder()
		for i := range k.before {
			d.call(k.before[i].exchange())
		}
		x := k.exchange()
		x.Request.Body, x.Request.Truncated = x.Request.Body[:seen], true
		f := d.call(x).Fidelity
		require.Empty(t, slices.Concat(f.Failed, f.Suspected), "%s: %s", name, x.Request.Body)
	}
}

// A response that repeats the bound of its request tells that it was not cut, or that it may have been: llama.cpp calls both completed.
func TestBoundOfAResponseWhoseRequestWasNotSeen(t *testing.T) {
	const check = "tools.args_not_json"
	f := func(failed bool, echo string) {
		t.Helper()
		d, _ := newDecoder()
		x := answerExchange("/v1/responses", "application/json", `{"object":"response","status":"completed",`+echo+`"output":[`+
			`{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"a\":","status":"completed"}],`+
			`"usage":{"input_tokens":9,"output_tokens":5,"total_tokens":14}}`)
		x.Request.Body, x.Request.Truncated = []byte(`{"model":"m","input":"Hi`), true
		x.Response.Size = int64(len(x.Response.Body))
		got := d.call(x).Fidelity
		require.Equal(t, failed, slices.Contains(got.Failed, check))
		require.Equal(t, !failed, slices.Contains(got.Undecidable, check))
	}
	f(false, "")
	f(true, `"max_output_tokens":null,`)
	f(true, `"max_output_tokens":6,`)
	f(false, `"max_output_tokens":5,`)
}

// A choice that was seen asks for a call, though the tools stand behind the end of the copy.
func TestToolChoiceOfToolsThatWereNotSeen(t *testing.T) {
	f := func(failed, name, asks string) {
		t.Helper()
		d, _ := newDecoder()
		k := keeping[name].ask(asks)
		x := k.exchange()
		x.Request.Body, x.Request.Truncated = x.Request.Body[:strings.Index(k.request, `"tools"`)], true
		require.Equal(t, failed, strings.Join(d.call(x).Fidelity.Failed, " "))
	}
	f("tools.choice_required_violated", "chat", `"tool_choice":"required"`)
	f("tools.choice_required_violated", "chat stream", `"tool_choice":"required"`)
	f("tools.choice_required_violated", "messages", `"tool_choice":{"type":"any"}`)
	f("tools.choice_named_violated", "chat", `"tool_choice":{"type":"function","function":{"name":"clock"}}`)
	f("", "chat", `"tool_choice":"auto"`)
}
