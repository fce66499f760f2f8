package genaiprocessor

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// answered gives a call of a history of texts, those of a user and of a model in turns, of which the last is the call's own answer.
func answered(r *conversation, texts ...string) genai.Call {
	var chain genai.Chain
	for i, text := range texts {
		if i%2 == 0 {
			chain.Add(xxhash.Sum64String(text))
		} else {
			chain.Reply().Text = append(chain.Reply().Text, text...)
		}
	}
	call := genai.Call{
		Caller: genai.Caller{UserID: "ada"}, History: chain.End(len(texts)%2 == 0),
		Usage: genai.Usage{Input: genai.Known(100), Output: genai.Known(10)},
	}
	r.apply(&call, nil)
	return call
}

// An application that writes examples before what its user says does not have all its calls in one conversation.
func TestExamplesAreNoAnswersOfTheModel(t *testing.T) {
	f := func(examples ...string) {
		t.Helper()
		r, other := newConversation(1000), newConversation(1000)
		calls := map[string]int{}
		for i := range 50 {
			question, answer := fmt.Sprint("question", i), fmt.Sprint("answer", i)
			call := answered(r, append(slices.Clip(examples), question, answer)...)
			calls[call.DerivedConversationID]++
			next := append(slices.Clip(examples), question, answer, "more", answer+"more")
			second := answered(r, next...)
			require.Equal(t, call.DerivedConversationID, second.DerivedConversationID)
			require.Equal(t, call.ConversationTurn+1, second.ConversationTurn)
			answered(other, append(slices.Clip(examples), question, fmt.Sprint("other answer", i))...)
			if i < examplesMin {
				continue // the first ones may be of a conversation that another tap has seen the beginning of
			}
			require.Equal(t, 1, calls[call.DerivedConversationID])
			require.Equal(t, 1, call.ConversationTurn)
			require.Equal(t, genai.Known(0), call.HistoryTokens)
			elsewhere := answered(other, next...)
			require.Equal(t, call.DerivedConversationID, elsewhere.DerivedConversationID, "another tap knows the examples, too")
			require.Equal(t, 2, elsewhere.ConversationTurn)
			require.False(t, elsewhere.HistoryTokens.Known)
		}
		require.Len(t, calls, 50-examplesMin+2)
	}
	f("I like it", "positive")
	f("I like it", "positive", "I hate it", "negative", "It is there", "neutral")
	var many []string
	for i := range 2 * genai.HistoryAnswersMax {
		many = append(many, fmt.Sprint("example", i), fmt.Sprint("result", i))
	}
	f(many...)
}

// A conversation that another tap has seen the beginning of stays one, when an answer is written anew, and when calls fail or are
// tried again.
func TestFewBranchesAreNoExamples(t *testing.T) {
	begun := []string{"Hi", "Hello", "What is it", "It is"}
	want := answered(newConversation(100), begun[:2]...).DerivedConversationID
	r := newConversation(100)
	for i := range examplesMin - 1 {
		for range 2 * examplesMin {
			require.Equal(t, want, answered(r, append(begun[:4:4], "And")...).DerivedConversationID)
			again := answered(r, append(begun[:4:4], "And", fmt.Sprint("answer", i))...)
			require.Equal(t, want, again.DerivedConversationID)
			require.Equal(t, 3, again.ConversationTurn)
		}
	}
}
