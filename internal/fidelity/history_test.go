package fidelity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// judged lets one judge see the calls in order and gives the verdicts of the last.
func judged(calls ...*genai.Call) genai.Fidelity {
	j := NewJudge()
	for _, c := range calls {
		j.Apply(c)
	}
	return calls[len(calls)-1].Fidelity
}

func said(c *genai.Call, hashes ...uint64) *genai.Call {
	c.Detail.MessageHashes = append(c.Detail.MessageHashes, hashes...)
	return c
}

func TestIDCollision(t *testing.T) {
	other := func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.PromptHash, choice(c).Text = 8, "It rains." })
	}
	require.Contains(t, judged(textCall(), other()).Failed, "state.id_collision")
	require.NotContains(t, judged(textCall(), textCall()).Failed, "state.id_collision", "a retry")
	cached := with(textCall(), func(c *genai.Call) { c.PromptHash = 8 })
	require.NotContains(t, judged(textCall(), cached).Failed, "state.id_collision", "from a cache")
	for _, id := range []string{"msg_REDACTED_1", "resp_01" + strings.Repeat("0", maskedBytes)} {
		masked := func(c *genai.Call) { c.ResponseID = id }
		require.NotContains(t, judged(with(textCall(), masked), with(other(), masked)).Failed, "state.id_collision", id)
	}
	asked := func(c *genai.Call) { c.ResponseID, c.ClientRequestID = "chatcmpl-task-7", "task-7" } // vLLM makes the one of the other
	require.NotContains(t, judged(with(textCall(), asked), with(other(), asked)).Failed, "state.id_collision", "the client's own")
	notIn := func(c *genai.Call) { c.ClientRequestID = "task-7" }
	require.Contains(t, judged(with(textCall(), notIn), with(other(), notIn)).Failed, "state.id_collision")
	elsewhere := with(other(), func(c *genai.Call) { c.Upstream = "b" })
	require.NotContains(t, judged(textCall(), elsewhere).Failed, "state.id_collision")
}

func TestPreviousResponseIsCounted(t *testing.T) {
	first := func(input int64) *genai.Call {
		return with(responses(textCall()), func(c *genai.Call) {
			c.ResponseID, c.Usage.Input, c.Detail.TotalTokens = "resp_1", genai.Known(input), genai.Count{}
		})
	}
	require.NotContains(t, judged(first(20), continuing()).Failed, "state.previous_response_id_ignored")
	require.NotContains(t, judged(first(60), continuing()).Failed, "state.previous_response_id_ignored", "reasoning may be left out")
	require.Contains(t, judged(first(61), continuing()).Failed, "state.previous_response_id_ignored")
	searched := with(first(61), func(c *genai.Call) { choice(c).Other = true })
	require.NotContains(t, judged(searched, continuing()).Failed, "state.previous_response_id_ignored", "after results of tools")
	shortened := with(continuing(), func(c *genai.Call) { c.Detail.ShorteningAsked = true })
	require.NotContains(t, judged(first(61), shortened).Failed, "state.previous_response_id_ignored")
	instructed := func(bytes int64) *genai.Call {
		return with(first(61), func(c *genai.Call) { c.PromptVersion, c.Detail.BesideTextBytes = 3, bytes })
	}
	require.NotContains(t, judged(instructed(2), continuing()).Failed, "state.previous_response_id_ignored", "instructions are not taken over")
	require.Contains(t, judged(instructed(1), continuing()).Failed, "state.previous_response_id_ignored")
	again := with(continuing(), func(c *genai.Call) { c.PromptVersion = 3 })
	require.Contains(t, judged(instructed(100), again).Failed, "state.previous_response_id_ignored", "the same instructions")
	guessed := with(first(61), func(c *genai.Call) { c.Usage.Source = genai.UsageEstimated })
	require.NotContains(t, judged(guessed, continuing()).Failed, "state.previous_response_id_ignored", "after an estimate")
	otherwise := with(first(61), func(c *genai.Call) { c.RequestModel = "gpt-4o-mini" }) // of which a picture has 33 times the tokens
	require.NotContains(t, judged(otherwise, continuing()).Failed, "state.previous_response_id_ignored", "another model")
	for _, hide := range []func(*genai.Call){
		func(c *genai.Call) { c.Detail.Tools = []genai.Tool{{Kind: "image_generation"}} },
		func(c *genai.Call) { c.Detail.ResponseSchema = []byte(`{"type":"object"}`) },
		func(c *genai.Call) { c.Detail.MoreTools = true },
	} {
		require.NotContains(t, judged(with(first(61), hide), continuing()).Failed, "state.previous_response_id_ignored", "tokens of no text")
		require.Contains(t, judged(with(first(61), hide), with(continuing(), hide)).Failed, "state.previous_response_id_ignored", "they are there again")
		require.Contains(t, judged(first(61), with(continuing(), hide)).Failed, "state.previous_response_id_ignored")
	}
	ignored := with(continuing(), func(c *genai.Call) { c.Detail.EchoedResponseID = "" })
	require.NotContains(t, judged(first(20), ignored).Suspected, "state.previous_response_unknown_accepted", "it is known")
}

func TestPromptShrinksWithinAConversation(t *testing.T) {
	turn := func(bytes, tokens int64, messages ...uint64) *genai.Call {
		return said(long(bytes, tokens)(), messages...)
	}
	first := func() *genai.Call { return turn(20_000, 5000, 1) }
	require.NotContains(t, judged(first(), turn(21_000, 5200, 1, 2, 3)).Suspected, "state.prompt_shrink")
	require.Contains(t, judged(first(), turn(21_000, 4999, 1, 2, 3)).Suspected, "state.prompt_shrink")
	require.Contains(t, judged(first(), turn(60_000, 6000, 1, 2, 3)).Suspected, "state.prompt_shrink", "half of what grew")
	require.NotContains(t, judged(first(), turn(21_000, 4999, 9, 2, 3)).Suspected, "state.prompt_shrink", "another conversation")
	require.NotContains(t, judged(turn(20_000, 10_000, 1), turn(62_000, 14_700, 1, 2, 3)).Suspected, "state.prompt_shrink", "prose after dense JSON")
	thought := with(turn(41_000, 3000, 1, 2, 3), func(c *genai.Call) { c.Detail.PastReasoning = true })
	require.NotContains(t, judged(turn(40_000, 9000, 1), thought).Suspected, "state.prompt_shrink", "without the reasoning of the turn before")
	searched := with(turn(20_000, 50_000, 1), func(c *genai.Call) { choice(c).ServerCalls = []genai.ToolCall{{Name: "web_search"}} })
	require.NotContains(t, judged(searched, turn(21_000, 5000, 1, 2, 3)).Suspected, "state.prompt_shrink", "after results of tools")
	offered := func(c *genai.Call) { c.PromptVersion = 3 }
	require.NotContains(t, judged(with(first(), offered), turn(21_000, 4999, 1, 2, 3)).Suspected, "state.prompt_shrink", "without the tools of the turn before")
	require.Contains(t, judged(with(first(), offered), with(turn(21_000, 4999, 1, 2, 3), offered)).Suspected, "state.prompt_shrink", "with the same tools")
	formed := with(first(), func(c *genai.Call) { c.Detail.ResponseSchema = []byte(`{"type":"object"}`) })
	require.NotContains(t, judged(formed, turn(21_000, 4999, 1, 2, 3)).Suspected, "state.prompt_shrink", "after a form that took tokens")
	asked := with(turn(21_000, 50, 1, 2, 3), func(c *genai.Call) { c.Detail.ShorteningAsked = true })
	require.NotContains(t, judged(first(), asked).Suspected, "state.prompt_shrink", "as the request lets the server")
}

// A prompt that must not be cut may have a little less than before all the same.
func TestTruncationDisabledWithinAConversation(t *testing.T) {
	turn := func(bytes, tokens int64, messages ...uint64) *genai.Call {
		return with(said(long(bytes, tokens)(), messages...), func(c *genai.Call) { c.Detail.TruncationOff = true })
	}
	require.NotContains(t, judged(turn(20_000, 5000, 1), turn(21_000, 4999, 1, 2, 3)).Failed, "state.truncation_disabled_violated")
	require.Contains(t, judged(turn(20_000, 5000, 1), turn(60_000, 6000, 1, 2, 3)).Failed, "state.truncation_disabled_violated")
}

func TestShrinkLimits(t *testing.T) {
	f := func(bytes, tokens int64, want bool) {
		t.Helper()
		if want {
			require.Contains(t, verdicts(long(bytes, tokens)()).Suspected, "state.prompt_shrink")
		} else {
			require.NotContains(t, verdicts(long(bytes, tokens)()).Suspected, "state.prompt_shrink")
		}
	}
	f(shrinkTextBytesMin-1, 10, false)
	f(shrinkTextBytesMin, 10, true)
	f(20_000, 20_000/promptBytesPerToken, false)
	f(20_000, 20_000/promptBytesPerToken-1, true)
	f(15_000, 2048, true)
	f(15_000, 2050, true)
	f(15_000, 2051, false)
	f(2048*contextBytesPerToken, 2048, false)
}

func TestStreamParity(t *testing.T) {
	call := func() *genai.Call { return said(toolCall(), 1) }
	markup := func() *genai.Call {
		return said(streamed(offered(`<tool_call>{"name":"weather","arguments":{}}</tool_call>`)), 1)
	}
	require.Contains(t, judged(call(), markup()).Suspected, "tools.stream_parity")
	require.Contains(t, judged(markup(), call()).Suspected, "tools.stream_parity")
	require.NotContains(t, judged(call(), said(streamed(toolCall()), 1)).Suspected, "tools.stream_parity")
	require.NotContains(t, judged(call(), said(streamed(offered("Hi.")), 1)).Suspected, "tools.stream_parity", "sampling")
	require.NotContains(t, judged(call(), said(markup(), 2)).Suspected, "tools.stream_parity", "another request")
}

func TestSeed(t *testing.T) {
	seeded := func(text string) *genai.Call {
		return said(with(textCall(), func(c *genai.Call) {
			c.Detail.Sampling, choice(c).Text = genai.Sampling{Seed: genai.Known(7), Temperature: genai.Number{Known: true}}, text
		}), 1)
	}
	require.Contains(t, judged(seeded("a"), seeded("b")).Suspected, "chat.seed_not_deterministic")
	require.NotContains(t, judged(seeded("a"), seeded("a")).Suspected, "chat.seed_not_deterministic")
}

// What is remembered has a limit, and what is beyond it is forgotten, the oldest first.
func TestHistoryLimit(t *testing.T) {
	const size = 1024
	j := NewJudge()
	j.history = newHistory(size)
	numbered := func(n int) *genai.Call {
		return said(with(toolCall(), func(c *genai.Call) {
			c.ResponseID, c.PromptHash, c.Detail.PromptTextBytes = fmt.Sprint("c", n), uint64(n), turnTextBytesMin
		}), uint64(n))
	}
	for n := range 4 * size {
		j.Apply(numbered(n + 1))
	}
	for _, remembered := range []int{j.history.responses.Len(), j.history.turns.Len(), j.history.requests.Len()} {
		require.LessOrEqual(t, remembered, size)
		require.Greater(t, remembered, size/2)
	}
	again := func(n int) []string {
		c := with(numbered(n), func(c *genai.Call) { c.PromptHash, call(c).Arguments = 1<<40, `{"city":"Bonn"}` })
		j.Apply(c)
		return c.Fidelity.Failed
	}
	require.Contains(t, again(4*size), "state.id_collision")
	require.NotContains(t, again(1), "state.id_collision")
}
