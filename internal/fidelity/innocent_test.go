package fidelity

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// What looks like a broken promise and is none.
func TestNothingIsWrongWith(t *testing.T) {
	f := func(check string, c *genai.Call) {
		t.Helper()
		f := verdicts(c)
		require.NotContains(t, slices.Concat(f.Failed, f.Suspected), check)
	}
	thinks := func(reasoning string) func(*genai.Call) {
		return func(c *genai.Call) { choice(c).Reasoning = reasoning }
	}
	ofCall, ofMarkup := thinks(`Write <tool_call>{"name":"weather","arguments":{"city":"Ulm"}}</tool_call>.`), thinks("No <tool_call> tags here.")
	f("tools.raw_markup", with(toolCall(), ofCall))
	f("tools.raw_markup", with(toolCall(), ofMarkup))
	f("tools.raw_markup", with(offered("It is fine."), ofMarkup))
	require.Contains(t, verdicts(with(offered("It is fine."), ofCall)).Suspected, "tools.raw_markup")
	require.Contains(t, verdicts(with(offered("\n"), ofMarkup)).Suspected, "tools.raw_markup")
	require.Contains(t, verdicts(with(offered("\n"), ofCall)).Failed, "tools.raw_markup") // and the server lost it
	released := with(textCall(), func(c *genai.Call) { c.RequestModel, c.ResponseModel = "claude-haiku-latest", "claude-haiku-20241022" })
	require.NotContains(t, verdicts(released).Noted, "model.substituted")
	required := with(toolCall(), func(c *genai.Call) { c.Detail.ToolChoice.Mode, choice(c).FinishReason = "required", "stop" })
	require.NotContains(t, verdicts(required).Failed, "tools.finish_mismatch")
	require.Contains(t, verdicts(required).Suspected, "tools.finish_mismatch")
	ofServer := verdicts(with(required, func(c *genai.Call) { c.Provider = genai.ProviderLlamaCpp }))
	require.Contains(t, ofServer.Failed, "tools.finish_mismatch")
	limited := func(c *genai.Call) { c.Detail.MaxTokens = genai.Known(4) }
	f("structured.enum_choice", with(textCall(), func(c *genai.Call) { // more were asked for than are kept
		c.Detail.AnswerChoice = make([]string, genai.AnswerChoicesMax)
	}))
	f("usage.completion_gt_max", with(messages(with(textCall(), limited)), func(c *genai.Call) {
		choice(c).ServerCalls = []genai.ToolCall{{Name: "web_search"}} // the model answered twice
	}))
	f("tools.choice_named_violated", with(messages(toolCall()), func(c *genai.Call) {
		c.Detail.ToolChoice, choice(c).Other = genai.ToolChoice{Mode: "named", Names: []string{"web_search"}}, true // it ran before
	}))
	f("usage.completion_gt_max", with(with(textCall(), limited), func(c *genai.Call) { c.Usage.Reasoning = genai.Known(1) }))
	two := asJSON("Here it comes.{\"city\":\"Ulm\"}")
	choice(two).LastMessage = len("Here it comes.")
	f("structured.not_json", two)
	f("tools.lost_output", with(textCall(), func(c *genai.Call) { choice(c).Text, c.Usage.Output = "", genai.Known(4) }))
	f("usage.logprobs_len", with(probed(), func(c *genai.Call) { choice(c).LogprobTokens, c.Usage.Output = 2, genai.Known(10) }))
	summary := func(c *genai.Call) {
		choice(c).Reasoning, c.Usage.Output, c.Detail.TotalTokens = strings.Repeat("Hm. ", 100), genai.Known(3000), genai.Count{}
	}
	f("usage.tokens_vs_bytes", with(messages(textCall()), summary))
	f("usage.missing", with(textCall(), func(c *genai.Call) { // a recorder's empty body
		c.ResponseBytes, c.Detail.Choices, c.Usage = 0, nil, genai.Usage{Source: genai.UsageNone}
	}))
	f("usage.missing", with(textCall(), func(c *genai.Call) {
		c.Detail.UsageOff, c.Usage = true, genai.Usage{Source: genai.UsageEstimated}
	}))
}
