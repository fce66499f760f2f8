package fidelity

import (
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// historyCallsMax bounds the earlier calls that are remembered: the latest quarter of them at least, but for 1 of 1,000. Each takes
// about 180 bytes.
const historyCallsMax = 65536

// turnTextBytesMin is how much text a prompt has to have for later ones to be compared with it, which have shrinkTextBytesMin.
const turnTextBytesMin = shrinkTextBytesMin / 4

// turnsLookedBack bounds how many messages a conversation may have grown by between two of its calls.
const turnsLookedBack = 64

// history remembers of earlier calls what later ones are judged by. It is of one process: where several taps share
// the traffic, an earlier call may have passed another one, and then nothing is known of it.
type history struct {
	mu        sync.Mutex
	responses *recent.Table[seen]   // by upstream and response id
	turns     *recent.Table[seen]   // by upstream, model and the hash of all messages
	requests  *recent.Table[answer] // by upstream and what was asked, streamed or not
	// upstream is that of the call before, and mostly of the next one; upstreamHash is its hash.
	upstream     string
	upstreamHash uint64
}

// seen is what is known of an earlier call.
type seen struct {
	request   uint64 // hash of the request
	answer    uint64 // hash of the answer
	model     uint64 // hash of the name of the model
	input     int64  // tokens
	textBytes int64
	beside    int64  // bytes of instructions and tools
	version   uint64 // hash of them
	untold    uint64 // hash of what takes tokens of the prompt without being text of it, 0 for nothing
	stored    bool   // the server had to keep it, and did not say that it does not
	ranTools  bool   // the server ran tools itself, whose results count as input
	known     bool
}

// answer is how a request was answered before.
type answer struct {
	known   bool
	stream  bool
	calls   bool   // with tool calls
	markup  bool   // with text that looks like one
	text    uint64 // hash of it
	request uint64 // hash of all that was asked
}

// past is what history knows for a call, as far as it is known.
type past struct {
	sameID   seen
	previous seen   // the response that the request continues
	turn     seen   // the call whose messages this one extends
	asked    answer // the answer to the same request
	now      answer // that to this one
	call     seen   // what later calls will know of this one
}

// comparable tells whether a call's tokens can be compared with those of an earlier one: not with those of another model, to which
// a picture may be a tenth of the tokens, nor where some were of no text.
func (p *past) comparable(before *seen) bool {
	return before.known && before.model == p.call.model && (before.untold == 0 || before.untold == p.call.untold)
}

func newHistory(size int) *history {
	return &history{
		responses: recent.New[seen](size), turns: recent.New[seen](size),
		requests: recent.New[answer](size),
	}
}

// recall finds what is known for a call and remembers the call. Only whole answers are remembered.
func (h *history) recall(s *subject) {
	if !s.whole && !s.d.PreviousMissing || s.unseen || s.HTTPStatus == 0 {
		return
	}
	p := &s.past
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.Upstream != h.upstream {
		h.upstream, h.upstreamHash = strings.Clone(s.Upstream), xxhash.Sum64String(s.Upstream)
	}
	upstream := h.upstreamHash
	if s.PreviousResponseID != "" {
		p.previous, _ = h.responses.Get(keyOf(upstream, s.PreviousResponseID))
	}
	if !s.whole {
		return
	}
	now := seen{
		known: true, request: s.PromptHash, answer: s.answerHash(), model: xxhash.Sum64String(s.RequestModel), textBytes: s.d.PromptTextBytes,
		beside: s.d.BesideTextBytes, version: s.PromptVersion, untold: s.untold(), ranTools: s.otherOutput(),
		stored: s.APIType == genai.APIResponses && !s.d.StoreOff && !s.d.Flaws.Has(genai.FlawStoreEcho),
	}
	if s.reported() {
		now.input = s.Usage.Input.N
	}
	p.call = now
	if s.ResponseID != "" && s.PromptHash != 0 {
		p.sameID, _ = h.responses.Swap(keyOf(upstream, s.ResponseID), now)
	}
	if s.d.PromptTextBytes >= turnTextBytesMin {
		h.recallTurn(s, now, upstream)
	}
	if len(s.d.Tools) > 0 || s.d.Sampling.Repeats() {
		h.recallRequest(s, upstream)
	}
}

// untold hashes tools that the server knows, whose descriptions it adds, and the form of the answer, which OpenAI's adds.
func (s *subject) untold() (hash uint64) {
	if s.d.MoreTools {
		hash = 1
	}
	for i := range s.d.Tools {
		if kind := s.d.Tools[i].Kind; kind != "function" && kind != "custom" {
			hash = hash*31 + xxhash.Sum64String(kind)
		}
	}
	if len(s.d.ResponseSchema) > 0 {
		hash = hash*31 + xxhash.Sum64(s.d.ResponseSchema)
	}
	return hash
}

// recallTurn finds the latest call whose messages are the beginning of this one's.
func (h *history) recallTurn(s *subject, now seen, upstream uint64) {
	p := &s.past
	n := len(s.d.MessageHashes)
	if n == 0 || !s.reported() || !s.Usage.Input.Known || s.serverRanTools() { // what tools gave is input, and in no later request
		return
	}
	scope := keyOf(upstream, s.RequestModel)
	for i := n - 2; i >= 0 && i >= n-1-turnsLookedBack && !p.turn.known; i-- {
		p.turn, _ = h.turns.Get(scope ^ s.d.MessageHashes[i])
	}
	h.turns.Put(scope^s.d.MessageHashes[n-1], now)
}

// recallRequest finds the answer to the same messages and tools, streamed or not.
func (h *history) recallRequest(s *subject, upstream uint64) {
	p := &s.past
	asked := s.PromptHash // of completions, which have no messages
	if n := len(s.d.MessageHashes); n > 0 {
		asked = s.d.MessageHashes[n-1]
	}
	if asked == 0 || s.d.MarkupKept || len(s.d.Choices) != 1 || s.endOf(&s.d.Choices[0]) != endedItself {
		return
	}
	key := keyOf(upstream, s.RequestModel) ^ asked ^ s.PromptVersion ^ xxhash.Sum64String(s.d.ToolChoice.Mode)
	c := &s.d.Choices[0]
	p.now = answer{known: true, stream: s.Stream, calls: len(c.ToolCalls) > 0, text: xxhash.Sum64String(c.Text), request: s.PromptHash}
	if !p.now.calls {
		_, found := findMarkup(c.Text, s.d.Tools)
		p.now.markup = found || isProseCall(c.Text, s.d.Tools)
	}
	p.asked, _ = h.requests.Swap(key, p.now)
}

// endBytes is how much of the end of a text tells it from others of the same length.
const endBytes = 64

// answerHash is of what the model wrote: of each text its length and its end.
func (s *subject) answerHash() (hash uint64) {
	add := func(text string) {
		hash = hash*31 + xxhash.Sum64String(text[max(len(text)-endBytes, 0):]) + uint64(len(text))
	}
	for i := range s.d.Choices {
		c := &s.d.Choices[i]
		for _, text := range [...]string{c.Text, c.Reasoning, c.Refusal} {
			if text != "" {
				add(text)
			}
		}
		for j := range c.ToolCalls {
			add(c.ToolCalls[j].Arguments)
		}
	}
	return hash
}

func keyOf(scope uint64, name string) uint64 { return scope*31 ^ xxhash.Sum64String(name) }
