package genaiprocessor

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// talk is a conversation as one client keeps it: the hashes of its answers, the oldest first.
type talk struct{ wholes, tails []uint64 }

// ask makes a call that continues the talk with an answer of these hashes, and gives it as the rule leaves it.
func (k *talk) ask(r *conversation, user string, whole uint64, tokens int64) genai.Call {
	h := &genai.History{Answers: len(k.wholes), Whole: whole, Tail: whole + 1000, Root: whole}
	for i := range k.wholes {
		h.Wholes, h.Tails = append([]uint64{k.wholes[i]}, h.Wholes...), append([]uint64{k.tails[i]}, h.Tails...)
	}
	if len(k.wholes) > 0 {
		h.Root = k.wholes[0]
	}
	k.wholes, k.tails = append(k.wholes, whole), append(k.tails, whole+1000)
	call := genai.Call{
		History: h, Caller: genai.Caller{UserID: user},
		Usage: genai.Usage{Input: genai.Known(tokens), Output: genai.Known(10), Reasoning: genai.Known(4)},
	}
	r.apply(&call, nil)
	return call
}

func TestCallsThatContinueOneAnother(t *testing.T) {
	r := newConversation(100)
	var k talk
	first := k.ask(r, "ada", 1, 100)
	second := k.ask(r, "ada", 2, 150)
	third := k.ask(r, "ada", 3, 200)
	require.NotEmpty(t, first.DerivedConversationID)
	require.Equal(t, first.DerivedConversationID, second.DerivedConversationID)
	require.Equal(t, first.DerivedConversationID, third.DerivedConversationID)
	require.Equal(t, []int{1, 2, 3}, []int{first.ConversationTurn, second.ConversationTurn, third.ConversationTurn})
	require.Equal(t, genai.Known(0), first.HistoryTokens)
	require.Equal(t, genai.Known(106), second.HistoryTokens)
	require.Equal(t, genai.Known(156), third.HistoryTokens)

	other := new(talk).ask(r, "bob", 1, 100)
	require.NotEqual(t, first.DerivedConversationID, other.DerivedConversationID)
	parallel := new(talk).ask(r, "ada", 4, 100)
	require.NotEqual(t, first.DerivedConversationID, parallel.DerivedConversationID)
}

// Of users that nobody names, what they say first and get as an answer may be the same.
func TestUnknownUsersWithKeysOfTheirOwnShareNoConversation(t *testing.T) {
	r := newConversation(100)
	f := func(caller genai.Caller) string {
		call := genai.Call{Caller: caller, History: &genai.History{Root: 1, Whole: 1, Tail: 2}}
		r.apply(&call, nil)
		return call.DerivedConversationID
	}
	ids := map[string]bool{}
	for _, caller := range []genai.Caller{{}, {KeyHash: "aa"}, {KeyHash: "bb"}, {App: "chat"}, {App: "mail"}, {UserID: "ada"}} {
		ids[f(caller)] = true
	}
	require.Len(t, ids, 6)
	require.Equal(t, f(genai.Caller{UserID: "ada"}), f(genai.Caller{UserID: "ada", KeyHash: "aa", App: "chat"}), "whatever key the user has")
}

func TestForksStayInTheirConversation(t *testing.T) {
	r := newConversation(100)
	var k talk
	first := k.ask(r, "ada", 1, 100)
	k.ask(r, "ada", 2, 150)
	fork := talk{wholes: k.wholes[:1:1], tails: k.tails[:1:1]}
	forked := fork.ask(r, "ada", 5, 120)
	require.Equal(t, first.DerivedConversationID, forked.DerivedConversationID)
	require.Equal(t, 2, forked.ConversationTurn)
	require.Equal(t, genai.Known(106), forked.HistoryTokens)
}

func TestSlidingWindowStaysInItsConversation(t *testing.T) {
	r := newConversation(100)
	var k talk
	first := k.ask(r, "ada", 1, 100)
	for i := range uint64(5) {
		k.ask(r, "ada", 2+i, 100)
	}
	window := talk{wholes: []uint64{91, 92}, tails: k.tails[4:]}
	next := window.ask(r, "ada", 93, 50)
	require.Equal(t, first.DerivedConversationID, next.DerivedConversationID)
	require.Equal(t, 7, next.ConversationTurn)
	require.Equal(t, genai.Known(50), next.HistoryTokens, "never more than the input")
	again := window.ask(r, "ada", 94, 60)
	require.Equal(t, first.DerivedConversationID, again.DerivedConversationID)
	require.Equal(t, 8, again.ConversationTurn)
}

// Each turn goes through another tap, each with a processor of its own.
func TestSeveralTapsFindOneConversation(t *testing.T) {
	var k talk
	var ids []string
	for turn := range uint64(4) {
		call := k.ask(newConversation(100), "ada", 1+turn, 100)
		ids = append(ids, call.DerivedConversationID)
		require.Equal(t, int(turn)+1, call.ConversationTurn)
		require.Equal(t, turn == 0, call.HistoryTokens.Known)
	}
	require.Equal(t, []string{ids[0], ids[0], ids[0], ids[0]}, ids)
}

func TestGivenIDGoesBeforeADerivedOne(t *testing.T) {
	r := newConversation(100)
	call := genai.Call{ConversationID: "s-1", History: &genai.History{Root: 1, Whole: 1, Tail: 2}}
	r.apply(&call, nil)
	require.Empty(t, call.DerivedConversationID)
	next := genai.Call{History: &genai.History{Answers: 1, Root: 1, Wholes: []uint64{1}, Tails: []uint64{2}}}
	r.apply(&next, nil)
	require.Equal(t, "s-1", next.DerivedConversationID)
	require.Empty(t, next.ConversationID)
}

func TestStoredResponsesAreContinuedByTheirID(t *testing.T) {
	r := newConversation(100)
	first := genai.Call{ResponseID: "resp_1", History: &genai.History{Root: 1, Whole: 1, Tail: 2}}
	r.apply(&first, nil)
	second := genai.Call{ResponseID: "resp_2", PreviousResponseID: "resp_1", History: &genai.History{Root: 9, Whole: 9, Tail: 10}}
	r.apply(&second, nil)
	third := genai.Call{PreviousResponseID: "resp_2", History: &genai.History{Root: 11, Whole: 11, Tail: 12}}
	r.apply(&third, nil)
	require.Equal(t, first.DerivedConversationID, third.DerivedConversationID)
	require.Equal(t, []int{1, 2, 3}, []int{first.ConversationTurn, second.ConversationTurn, third.ConversationTurn})
	lost := genai.Call{PreviousResponseID: "resp_0", History: &genai.History{Root: 13, Whole: 13, Tail: 14}}
	r.apply(&lost, nil)
	require.Empty(t, lost.DerivedConversationID)
	require.Zero(t, lost.ConversationTurn)
	require.False(t, lost.HistoryTokens.Known)
}

func TestResponsesInTheBackgroundAreContinued(t *testing.T) {
	r := newConversation(100)
	first := genai.Call{APIType: genai.APIResponses, ResponseID: "resp_1", History: &genai.History{}}
	r.apply(&first, nil)
	require.NotEmpty(t, first.DerivedConversationID)
	second := genai.Call{APIType: genai.APIResponses, ResponseID: "resp_2", PreviousResponseID: "resp_1", History: &genai.History{}}
	r.apply(&second, nil)
	require.Equal(t, first.DerivedConversationID, second.DerivedConversationID)
	require.Equal(t, []int{1, 2}, []int{first.ConversationTurn, second.ConversationTurn})
	failed := genai.Call{APIType: genai.APIChatCompletions, ResponseID: "c", History: &genai.History{}}
	r.apply(&failed, nil)
	require.Empty(t, failed.DerivedConversationID)
}

func TestMemoryOfAnswersIsBounded(t *testing.T) {
	r := newConversation(16)
	for i := range uint64(100) {
		new(talk).ask(r, "ada", i*7+1, 1)
	}
	require.LessOrEqual(t, r.known.Len(), 16)
}

// An id may stand in a text of any length, of which nothing else is kept.
func TestMemoryOfGivenIDs(t *testing.T) {
	a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	inUse := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	const calls, most = 64, 8 << 20
	before := inUse()
	for i := range calls {
		traces := ptrace.NewTraces()
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		tapSpan(span, i)
		span.Attributes().PutStr(genai.AttrConversationID, strings.Repeat(" ", 1<<20)+strconv.Itoa(i))
		_, err := a.processTraces(t.Context(), traces)
		require.NoError(t, err)
	}
	require.Less(t, inUse(), before+most)
	runtime.KeepAlive(a)
}

func TestCallsWithoutMessagesKeepWhatTheyHave(t *testing.T) {
	call := genai.Call{DerivedConversationID: "d", ConversationTurn: 2, HistoryTokens: genai.Known(3)}
	want := call
	newConversation(8).apply(&call, nil)
	require.Equal(t, want, call)
}

// said is a conversation in words, of which many say the same.
type said struct {
	group    int
	elements []uint64 // users and answers in turns
	tap      int      // that saw the latest turn
}

// call gives the history of the next turn, without all but the newest answers if keep is not 0, and goes on.
func (s *said) call(r *rand.Rand, keep int) *genai.History {
	s.elements = append(s.elements, 1000+r.Uint64N(100))
	var chain genai.Chain
	begin := 0
	if keep > 0 {
		begin = max(len(s.elements)-1-2*keep, 0)
	}
	for i, element := range s.elements[begin:] {
		if (begin+i)%2 == 1 {
			chain.Reply().Text = append(chain.Reply().Text, fmt.Sprint(element)...)
		} else {
			chain.Add(element)
		}
	}
	answer := 2000 + r.Uint64N(100)
	chain.Reply().Text = append(chain.Reply().Text, fmt.Sprint(answer)...)
	s.elements = append(s.elements, answer)
	return chain.End(true)
}

// Agents with one system prompt, forks, taps that each see a part, and windows that slide, all of one user and in few
// words: what is one conversation may be told apart, but two are never taken for one.
func TestConversationsAreNeverMixedUp(t *testing.T) {
	const sure = 6 // elements, three answers; of less, one is enough to be recognized by
	r := rand.New(rand.NewPCG(31, 32))
	taps := []*conversation{newConversation(1 << 16), newConversation(1 << 16), newConversation(1 << 16)}
	groupOf, idOf := map[string]int{}, map[int]string{}
	var talks []*said
	branches := map[string]int{} // that a tap sees of one history: of many it cannot be sure that the model gave its answers
	var windows, kept int
	for i := range 20_000 {
		talk := &said{group: i, tap: r.IntN(len(taps))}
		switch pick := r.IntN(10); {
		case len(talks) > 0 && pick == 0:
			from := talks[r.IntN(len(talks))]
			talk.group, talk.elements, talk.tap = from.group, slices.Clone(from.elements), from.tap
			if fork := 2 * r.IntN(len(from.elements)/2); fork >= sure {
				talk.elements = talk.elements[:fork]
			}
			talks = append(talks, talk)
		case len(talks) > 0 && pick < 9:
			talk = talks[r.IntN(len(talks))]
		default:
			talk.elements = []uint64{uint64(1_000_000 + i), 2000} // what begins it is its own
			talks = append(talks, talk)
		}
		keep := 0
		if r.IntN(4) == 0 {
			keep = 3 + r.IntN(3)
		} else if len(talk.elements) >= sure {
			talk.tap = r.IntN(len(taps))
		}
		branch := fmt.Sprint(talk.tap, talk.elements)
		if branches[branch]++; branches[branch] >= examplesMin {
			continue
		}
		windowed := keep > 0 && len(talk.elements) > 2*keep
		call := genai.Call{Caller: genai.Caller{UserID: "ada"}, History: talk.call(r, keep)}
		taps[talk.tap].apply(&call, nil)
		id := call.DerivedConversationID
		if group, ok := groupOf[id]; ok {
			require.Equal(t, group, talk.group, "window %t", windowed)
		}
		if !windowed {
			groupOf[id] = talk.group
			if known, ok := idOf[talk.group]; ok {
				require.Equal(t, known, id)
			}
			idOf[talk.group] = id
			continue
		}
		windows++
		if id == idOf[talk.group] {
			kept++
		}
	}
	t.Logf("%d of %d calls with a window stayed in their conversation", kept, windows)
}
