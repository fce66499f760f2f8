package llmtapreceiver

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// endedBy is an edit of an answer by which the server says what ended it.
func endedBy(member string) edit {
	return all(`"finish_reason":"stop"`, `"finish_reason":"stop",`+member)
}

// stoppedDeviations are of answers that say whether a stop string ended them: vLLM's stop_reason is the string, a token or null for
// the model's own end, SGLang's matched_stop the string or a token.
var stoppedDeviations = []deviation{
	{"structured.not_json", "chat, chat stream", wantsJSON["chat"] + `,"stop":["}"]`, inAnswer(once("It is fine.", `{\"city\":`), endedBy(`"stop_reason":"}"`)),
		[]edit{once(`"stop_reason":"}"`, `"stop_reason":null`)}},
	{"structured.not_json", "chat, chat stream", wantsJSON["chat"] + `,"stop":["}"]`, inAnswer(once("It is fine.", `{\"city\":`), endedBy(`"matched_stop":"}"`)),
		[]edit{once(`"matched_stop":"}"`, `"matched_stop":151645`)}},
	{"structured.not_json", "chat, chat stream", wantsJSON["chat"] + `,"stop_token_ids":[92]`, inAnswer(once("It is fine.", `{\"city\":`), endedBy(`"stop_reason":92`)),
		[]edit{once(`"stop_reason":92`, `"stop_reason":null`)}},
	{"structured.not_json", "chat, chat stream", wantsJSON["chat"] + `,"stop_regex":"\\d"`, inAnswer(once("It is fine.", `{\"city\":`), endedBy(`"matched_stop":"\\d"`)),
		[]edit{once(`{\"city\":`, `It is {\"city\":`)}},
	{"tools.lost_output", "chat, chat stream", `"stop":["x"]`, inAnswer(once("It is fine.", ""), endedBy(`"matched_stop":null`)), // of SGLang no answer
		[]edit{once(`"matched_stop":null`, `"matched_stop":151645`)}},
	{"structured.not_json", "chat stream", wantsJSON["chat"] + `,"stop":["}"]`, // KServe's null is in each chunk, and says nothing
		inAnswer(once("It is fine.", `{\"city\":`), all(`"finish_reason":`, `"stop_reason":null,"finish_reason":`)),
		[]edit{once(`{\"city\":`, `It is {\"city\":`)}},
	{"tools.lost_output", "sglang", "", inAnswer(once(`"It is fine."`, `""`), once(`"completion_tokens":4`, `"completion_tokens":9`), all(`"finish_reason":{"type":"stop"`, `"finish_reason":{"matched":"x","type":"stop"`)),
		[]edit{once(`"matched":"x"`, `"matched":151645`)}},
	{"tools.args_not_json", "chat call, chat call stream", `"stop":["{"]`, inAnswer(once(`{\"city\":\"Ulm\"}`, `{\"city\":`)), // llama.cpp says tool_calls of it
		[]edit{once(`"finish_reason":"tool_calls"`, `"finish_reason":"tool_calls","stop_reason":null`)}},
	{"tools.args_not_json", "messages call stream", `"stop_sequences":["{"]`, inAnswer(once(`\"Ulm\"}`, "")), []edit{once(`{\"city\":`, `{\"city\"]`)}},
	{"tools.args_not_json", "chat two, chat two stream", `"stop":["{"]`, nil, []edit{once(`{\"city\":\"Ulm\"}`, `{\"city\":`)}}, // which is not the last
}

// Of a request that was not all seen, vLLM's answer tells that none of its stop strings and tokens ended the answer.
func TestAnswersTellOfStopsUnseen(t *testing.T) {
	f := func(decided bool, member string) {
		t.Helper()
		k := keeping["chat"]
		k.edited([]edit{once(`"content":"It is fine."`, `"reasoning":"Hm.","content":null`), endedBy(member)})
		x := k.exchange()
		x.Request.Truncated = true
		d, _ := newDecoder()
		judged := d.call(x).Fidelity
		require.Equal(t, decided, slices.Contains(judged.Suspected, "tools.only_reasoning"), member)
		require.Equal(t, !decided, slices.Contains(judged.Undecidable, "tools.only_reasoning"), member)
	}
	f(true, `"stop_reason":null`)
	f(false, `"stop_reason":92`) // stop_token_ids may have it
	f(false, `"stop_reason":"x"`)
	f(false, `"matched_stop":null`)
}
