//go:build e2e

package e2e

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

const (
	chatTools = `"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",` +
		`"properties":{"city":{"type":"string"}},"required":["city"]}}},{"type":"function","function":{"name":"get_time",` +
		`"parameters":{"type":"object"}}}]`
	responsesTools = `"tools":[{"type":"function","name":"get_weather","parameters":{"type":"object"}}]`
	messagesTools  = `"tools":[{"name":"get_weather","input_schema":{"type":"object"}}]`
	citySchema     = `"response_format":{"type":"json_schema","json_schema":{"name":"c","strict":true,"schema":{"type":"object",` +
		`"properties":{"city":{"type":"string"},"temp":{"type":"integer"}},"required":["city","temp"]}}}`
	asStream = `"stream":true,"stream_options":{"include_usage":true}`
)

func askChat(script string, members ...string) string {
	return `{"model":"scripted","messages":[{"role":"user","content":"[[` + script + `]] Hi."}],"max_tokens":200,` +
		strings.Join(append(members, `"temperature":0}`), ",")
}

func askResponses(script string, members ...string) string {
	return "{" + strings.Join(append(members, `"model":"scripted","input":"[[`+script+`]] Hi."}`), ",")
}

func askMessages(script string, members ...string) string {
	return "{" + strings.Join(append(members, `"model":"scripted","max_tokens":100,"messages":[{"role":"user","content":"[[`+script+`]] Hi."}]}`), ",")
}

// What llama-server promises and does not do is found in the calls that have it, and in no others.
func TestPromisesOfLlamaServer(t *testing.T) {
	const chat, responses, messages = "/v1/chat/completions", "/v1/responses", "/v1/messages"
	calls := []struct{ path, body, broken string }{
		{chat, askChat("text"), ""},
		{chat, askChat("text", asStream), ""},
		{chat, askChat("tool", chatTools), ""},
		{chat, askChat("tool", chatTools, asStream), ""},
		{chat, askChat("two", chatTools), ""},
		{chat, askChat("two", chatTools, asStream), ""},
		{chat, askChat("json", citySchema), ""},
		{chat, askChat("text", `"n":2`), ""},
		{chat, askChat("text", `"logprobs":true,"top_logprobs":2`), ""},
		{chat, askChat("think"), "reasoning.think_tag_in_content"},
		{chat, askChat("think", asStream), "reasoning.think_tag_in_content"},
		{chat, askChat("mistral", chatTools), "tools.raw_markup"},
		{chat, askChat("mistral", chatTools, asStream), "tools.raw_markup"},
		{chat, askChat("bare", chatTools), "tools.prose_json_call"},
		{chat, askChat("tool", chatTools, `"tool_choice":"required"`), ""},
		{chat, askChat("tool", chatTools, `"tool_choice":{"type":"function","function":{"name":"get_time"}}`), "tools.choice_named_violated"},
		{chat, askChat("two", chatTools, `"parallel_tool_calls":false`), "tools.parallel_violated"},
		{chat, askChat("unknown", chatTools, asStream), "err.midstream err.status_mismatch stream.no_done"},
		{responses, askResponses("text"), ""},
		{responses, askResponses("text", `"stream":true`), "responses.no_content_index responses.no_output_index responses.no_sequence_number responses.required_fields_null"},
		{responses, askResponses("tool", `"stream":true`, responsesTools), "responses.args_done_missing responses.no_output_index responses.no_sequence_number responses.required_fields_null"},
		{messages, askMessages("text"), ""},
		{messages, askMessages("text", `"stream":true`), ""},
		{messages, askMessages("tool", `"stream":true`, messagesTools), "anthropic.tool_block_no_input"},
		{"/completion", `{"prompt":"<|script_text|>"}`, ""},
		{"/completion", `{"prompt":["<|script_text|>","<|script_json|>"],"stream":true,"n_predict":3,"n_probs":2}`, ""},
		{"/completion", `{"prompt":"<|script_text|>","stop":[" model"],"return_tokens":true,"seed":1}`, ""},
		{"/completion", `{"prompt":"<|script_text|>","stream":true,"response_fields":["tokens_predicted"]}`, ""},
		{"/completion", `{"n_predict":3}`, ""},
		{"/infill", `{"input_prefix":"def f(","input_suffix":"):","stream":true}`, ""},
		{"/infill", `{"input_prefix":"def f(","input_suffix":"):","prompt":"","response_fields":["content","timings/predicted_n","tokens_cached"]}`, ""},
		{"/infill", `{"input_prefix":"","input_suffix":"","prompt":"","n_predict":0,"response_fields":[""]}`, ""},
	}
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), llamaServer(t))
	var answers []string
	for i, call := range calls {
		request, err := http.NewRequest(http.MethodPost, c.tap+call.path, strings.NewReader(call.body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("x-llmtap-user", strconv.Itoa(i))
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		said, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		answers = append(answers, string(said))
		require.NoError(t, answer.Body.Close())
	}
	db := c.store(t)
	untilCalls(t, db, uint64(len(calls)))
	for i, call := range calls {
		var found string
		require.NoError(t, db.QueryRow(context.Background(), `SELECT arrayStringConcat(arraySort(arrayConcat(fidelity_failed, fidelity_suspected)), ' ')
			FROM llmtap.calls WHERE user_id = ?`, strconv.Itoa(i)).Scan(&found))
		require.Equal(t, call.broken, found, "%s %s\n%s", call.path, call.body, answers[i])
	}
}
