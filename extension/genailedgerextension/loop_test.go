package genailedgerextension

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestLoops(t *testing.T) {
	f := func(name string, calls []genai.Call, want ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			l, err := newLoops(createDefaultConfig().(*Config).Loop)
			require.NoError(t, err)
			var got []string
			for i := range calls {
				for _, alert := range l.check(&calls[i]) {
					require.Equal(t, "loop", alert.Kind)
					got = append(got, alert.Unit)
				}
			}
			require.Equal(t, want, got)
		})
	}
	tools := func(conversation string, hashes ...uint64) (calls []genai.Call) {
		for i, hash := range hashes {
			calls = append(calls, genai.Call{ConversationID: conversation, ToolCallHash: hash, PromptHash: uint64(100 + i)})
		}
		return calls
	}
	f("four in a row are none", tools("c", 1, 1, 1, 1, 2))
	f("five in a row", tools("c", 1, 1, 1, 1, 1, 1), "same tool call in a row")
	f("ten times", tools("c", 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 4, 1, 5, 1, 6, 1, 7, 1, 8, 1, 9, 1), "same tool call")
	f("in turns", tools("c", 1, 2, 1, 2, 1, 2, 1, 2), "two tool calls in turns")
	f("two conversations", append(tools("a", 1, 1, 1), tools("b", 1, 1, 1)...))
	shared := tools("1", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	for i := range shared {
		shared[i].Caller = genai.Caller{UserID: []string{"ada", "bob"}[i%2], App: []string{"a", "b", "c"}[i%3]}
	}
	f("two users and three applications with the same id", shared[:8])
	f("one of them in a row", append(shared[:8], shared[0], shared[0], shared[0]), "same tool call in a row")
	f("no conversation", tools("", 1, 1, 1, 1, 1, 1))
	same := func(call genai.Call) (calls []genai.Call) { return slices.Repeat([]genai.Call{call}, 6) }
	f("the same request", same(genai.Call{DerivedConversationID: "d", PromptHash: 7, ConversationTurn: 3}), "same request")
	f("the same request in the application's conversation", same(genai.Call{ConversationID: "c", PromptHash: 7, ConversationTurn: 1}), "same request")
	f("the same request outside of any", same(genai.Call{PromptVersion: 1, PromptHash: 7}), "same request")
	f("a probe", same(genai.Call{DerivedConversationID: "d", PromptHash: 7, ConversationTurn: 1}))
	f("a task that begins with a tool call", same(genai.Call{DerivedConversationID: "d", PromptHash: 7, ToolCallHash: 8, ConversationTurn: 1}),
		"same tool call in a row", "same request")
	f("an SDK that tries again", same(genai.Call{ConversationID: "c", PromptHash: 7, ConversationTurn: 3, Retry: 1}))
}
