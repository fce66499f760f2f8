//go:build e2e

package llmtapreceiver

import (
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// llamaServer is the address of a llama-server whose model writes what the prompt names, such as [[tool]].
const llamaServer = "LLMTAP_LLAMA_SERVER"

const (
	offeredTools = `"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",` +
		`"properties":{"city":{"type":"string"}},"required":["city"]}}},{"type":"function","function":{"name":"get_time",` +
		`"parameters":{"type":"object"}}}]`
	responsesTools = `"tools":[{"type":"function","name":"get_weather","parameters":{"type":"object"}}]`
	messagesTools  = `"tools":[{"name":"get_weather","input_schema":{"type":"object"}}]`
	citySchema     = `"response_format":{"type":"json_schema","json_schema":{"name":"c","strict":true,"schema":{"type":"object",` +
		`"properties":{"city":{"type":"string"},"temp":{"type":"integer"}},"required":["city","temp"]}}}`
	asStream = `"stream":true,"stream_options":{"include_usage":true}`
)

func chatBody(scenario string, members ...string) string {
	return `{"model":"scripted","messages":[{"role":"user","content":"[[` + scenario + `]] Hi."}],"max_tokens":200,` +
		strings.Join(append(members, `"temperature":0}`), ",")
}

// A real server's deviations are found in the calls that have them, and in no others.
func TestLlamaServer(t *testing.T) {
	address := os.Getenv(llamaServer)
	if address == "" {
		t.Skip("SKIPPED: " + llamaServer + " names no server")
	}
	r := startBefore(t, address, nil)
	f := func(path, body string, want ...string) {
		t.Helper()
		call := r.ask(t, path, body)
		got := slices.Concat(call.Fidelity.Failed, call.Fidelity.Suspected)
		require.ElementsMatch(t, want, got, "%s %s", path, body)
	}
	const chat, responses, messages = "/v1/chat/completions", "/v1/responses", "/v1/messages"
	f(chat, chatBody("text"))
	f(chat, chatBody("text", asStream))
	f(chat, chatBody("tool", offeredTools))
	f(chat, chatBody("tool", offeredTools, asStream))
	f(chat, chatBody("tool2", offeredTools))
	f(chat, chatBody("tool2", offeredTools, asStream))
	f(chat, chatBody("json", citySchema))
	f(chat, chatBody("text", `"n":2`))
	f(chat, chatBody("text", `"logprobs":true,"top_logprobs":2`))
	f(chat, chatBody("think"), "reasoning.think_tag_in_content")
	f(chat, chatBody("think", asStream), "reasoning.think_tag_in_content")
	f(chat, chatBody("rawmistral", offeredTools), "tools.raw_markup")
	f(chat, chatBody("rawllama", offeredTools), "tools.prose_json_call")
	f(chat, chatBody("tool", offeredTools, `"tool_choice":{"type":"function","function":{"name":"get_time"}}`),
		"tools.choice_named_violated")
	f(chat, chatBody("tool2", offeredTools, `"parallel_tool_calls":false`), "tools.parallel_violated")
	f(chat, chatBody("badname", offeredTools, asStream), "err.midstream", "err.status_mismatch", "stream.no_done")
	f(responses, `{"model":"scripted","input":"[[text]] Hi."}`)
	f(responses, `{"model":"scripted","input":"[[text]] Hi.","stream":true}`,
		"responses.no_content_index", "responses.no_output_index", "responses.no_sequence_number")
	f(responses, `{"model":"scripted","input":"[[tool]] Hi.","stream":true,`+responsesTools+`}`,
		"responses.args_done_missing", "responses.no_output_index", "responses.no_sequence_number")
	f(messages, `{"model":"scripted","max_tokens":100,"messages":[{"role":"user","content":"[[text]] Hi."}]}`)
	f(messages, `{"model":"scripted","max_tokens":100,"messages":[{"role":"user","content":"[[tool]] Hi."}],"stream":true,`+
		messagesTools+`}`, "anthropic.tool_block_no_input")
}

// ask sends a request through the tap and gives the call that it recorded.
func (r *running) ask(t *testing.T, path, body string) *genai.Call {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := r.client.Do(request)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Eventually(t, func() bool { return r.sink.SpanCount() == 1 }, 5*time.Second, time.Millisecond)
	span := r.sink.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	r.sink.Reset()
	var call genai.Call
	require.True(t, genai.ReadSpan(span, &call))
	return &call
}
