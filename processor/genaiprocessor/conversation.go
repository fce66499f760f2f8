package genaiprocessor

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// conversation finds the conversation of a call: one whose history begins with an earlier call's messages and answer
// belongs to it. The id is a hash of the messages up to the first answer, so that every tap finds the same without
// knowing of the others. A history that lost its beginning is recognized by its newest answers, as long as the calls
// that gave them are remembered and no other ended in the same words. Users do not share conversations.
type conversation struct {
	mu    sync.Mutex // over each whole decision, so that a call's successor finds it
	known *recent.Table[earlier]
	// named are ids that applications gave, by their hashes.
	named    *recent.Table[string]
	examples *recent.Table[example]
}

// namedShare is how many answers are remembered for each id that an application gave.
const namedShare = 8

// earlier is what is known of a call that a later one may continue. It is small, so that much of what is remembered stays in
// the processor's cache, and has no pointers, which a collection of garbage would follow.
type earlier struct {
	// id is the conversation's: a derived one, or the hash of one that an application gave.
	id uint64
	// tokens are those that the conversation has after the call, or tokensUnknown.
	tokens int32
	turn   uint16
	// shared tells that several calls ended in the same words, which tell nothing of a conversation.
	shared bool
}

// tokensUnknown stands for a number of tokens that is not known, or that no context has room for.
const tokensUnknown = -1

// newConversation remembers so many answers.
func newConversation(size int) *conversation {
	return &conversation{
		known: recent.New[earlier](size), named: recent.New[string](size / namedShare), examples: recent.New[example](size / examplesShare),
	}
}

// name remembers what an application calls a conversation.
func (r *conversation) name(id uint64, given string) {
	if known, _ := r.named.Get(id); known != given {
		r.named.Put(id, strings.Clone(given)) // it may be cut from a larger text
	}
}

// idOf gives the text of an id; of a name that was forgotten that of its hash.
func (r *conversation) idOf(id uint64) string {
	if id == 0 {
		return ""
	}
	if name, ok := r.named.Get(id); ok {
		return name
	}
	return strconv.FormatUint(id, 16)
}

func (r *conversation) apply(c *genai.Call, _ *origin) {
	if c.History == nil {
		return // no tap has seen the messages, or another processor has done this
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	user := ownerOf(&c.Caller)
	r.known.Fetch(user ^ c.History.Whole)
	r.known.Fetch(user ^ c.History.Tail)
	if len(c.History.Wholes) > 0 {
		r.known.Fetch(user ^ c.History.Wholes[0])
	}
	before, newer, found := r.find(c, user)
	root := c.History.Root
	var turn int
	var now earlier
	switch {
	case found:
		now.id, turn = before.id, int(before.turn)+newer+1
		c.HistoryTokens = before.atMost(c.Usage.Input)
	case c.PreviousResponseID != "": // of a turn that is not known
	default:
		var own int
		if own, root = r.own(c.History, user); own == 0 {
			c.HistoryTokens = genai.Known(0)
		}
		turn = own + 1
	}
	if now.id == 0 && c.PreviousResponseID == "" {
		now.id = begin(c, user, root)
	}
	if c.ConversationID != "" {
		now.id, c.DerivedConversationID = xxhash.Sum64String(c.ConversationID), ""
		r.name(now.id, c.ConversationID)
	} else {
		c.DerivedConversationID = r.idOf(now.id)
	}
	now.turn, now.tokens = uint16(min(turn, math.MaxUint16)), after(&c.Usage)
	c.ConversationTurn = int(now.turn)
	r.remember(c, user, now)
}

// begin gives the id of a conversation of which no earlier call is known. A response in the background has no answer yet, by which
// to know it, but calls that go on from it name it.
func begin(c *genai.Call, user, root uint64) uint64 {
	switch {
	case root != 0:
		return user ^ root
	case c.APIType == genai.APIResponses && c.ResponseID != "":
		return user ^ xxhash.Sum64String(c.ResponseID)
	}
	return 0
}

// ownerOf tells whose conversations a call's are. Of users that nobody names, those with keys of their own, and of applications of
// their own, share none.
func ownerOf(caller *genai.Caller) uint64 {
	return xxhash.Sum64String(cmp.Or(caller.UserID, caller.KeyHash, caller.App))
}

// find looks for the call that this one continues, and tells how many answers of the history are newer than its.
func (r *conversation) find(c *genai.Call, user uint64) (before earlier, newer int, found bool) {
	if c.PreviousResponseID != "" {
		before, found = r.known.Get(user ^ xxhash.Sum64String(c.PreviousResponseID))
		return before, 0, found
	}
	for newer, hash := range c.History.Wholes {
		if before, found = r.known.Get(user ^ hash); found {
			return before, newer, true
		}
	}
	return r.findTail(c, user)
}

// tailsMin is how many answers of a history that tells more must be of one conversation.
const tailsMin = 2

// findTail looks for the call that one continues whose history has lost its beginning.
func (r *conversation) findTail(c *genai.Call, user uint64) (before earlier, newer int, found bool) {
	matches := 0
	for i, hash := range c.History.Tails {
		other, ok := r.known.Get(user ^ hash)
		switch {
		case !ok || other.shared:
		case matches == 0 && c.History.Answers < int(other.turn)+i: // else it has lost nothing, and is another's
			before, newer, matches = other, i, 1
		case matches > 0 && other.id == before.id && int(other.turn)+i == int(before.turn)+newer:
			matches++
		}
	}
	return before, newer, matches >= min(tailsMin, max(c.History.Answers-1, 1))
}

func (r *conversation) remember(c *genai.Call, user uint64, now earlier) {
	if c.History.Whole != 0 {
		r.known.Put(user^c.History.Whole, now)
	}
	if tail := user ^ c.History.Tail; c.History.Tail != 0 {
		before, found := r.known.Get(tail)
		end := now
		end.shared = found && (before.shared || before.id != now.id || before.turn != now.turn)
		r.known.Put(tail, end)
	}
	if c.ResponseID != "" && c.APIType != genai.APIChatCompletions { // whose answers no call names
		r.known.Put(user^xxhash.Sum64String(c.ResponseID), now)
	}
}

// after counts the tokens that a next turn sends again: input and output without the reasoning, which is not sent.
func after(u *genai.Usage) int32 {
	tokens := u.Input.N + max(u.Output.N-u.Reasoning.N, 0)
	if !u.Input.Known || !u.Output.Known || uint64(tokens) > math.MaxInt32 { // also where the sum ran over
		return tokensUnknown
	}
	return int32(tokens)
}

// atMost gives the tokens of the call, as far as a later one has as many.
func (e earlier) atMost(input genai.Count) genai.Count {
	if e.tokens == tokensUnknown || !input.Known {
		return genai.Count{}
	}
	return genai.Known(min(int64(e.tokens), input.N))
}
