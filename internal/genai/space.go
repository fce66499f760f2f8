package genai

import (
	"slices"
	"strings"
)

// Reuse lets each call that is read into c, out of a span or by a decoder, use the memory of the one before for its
// detail, hints, history and lists: they are valid until the next one is read.
func (c *Call) Reuse() { c.space = &space{after: make([]*reader, 1+len(readers))} }

// Become makes c another call.
func (c *Call) Become(other Call) {
	c.space.clear()
	other.space = c.space
	*c = other
}

// NewDetail gives the call a detail that says nothing yet.
func (c *Call) NewDetail() *Detail {
	if c.space == nil {
		c.Detail = &Detail{ChoiceCount: 1}
		return c.Detail
	}
	d := &c.space.detail
	*d = Detail{
		ChoiceCount: 1, Tools: d.Tools[:0], MessageHashes: d.MessageHashes[:0], TurnCallIDs: d.TurnCallIDs[:0], TurnResultIDs: d.TurnResultIDs[:0],
		Chain: d.Chain, Choices: d.Choices[:0],
	}
	d.Chain.Reset()
	c.Detail = d
	return d
}

// space is memory that serves one span after the other.
type space struct {
	detail  Detail
	foreign foreign  // what other dialects say
	texts   []string // all lists, one behind the other
	hints   [hintsTypical]Hint
	history History
	// checks are those of checksText, the list that was read last: the next one is mostly the same.
	checks        []string
	checksText    string
	wholes, tails [HistoryAnswersMax]uint64

	// last is the number of the attribute read last, and after has by number which one came after each: spans of one origin
	// hold theirs in one order.
	last  int
	after []*reader
}

func (s *space) clear() {
	if s == nil {
		return
	}
	s.foreign = foreign{}
	clear(s.texts)
	clear(s.hints[:])
	s.texts = s.texts[:0]
	s.last = 0
}

// hintsTypical is how many hints a call hardly ever has more of.
const hintsTypical = 8

// texts gives room for a list.
func (c *Call) texts(n int) []string {
	s := c.space
	if s == nil {
		return make([]string, 0, n)
	}
	from := len(s.texts)
	s.texts = slices.Grow(s.texts, n)[:from+n]
	return s.texts[from : from : from+n]
}

// checks gives the parts of JoinChecks' text.
func (c *Call) checks(text string) []string {
	s := c.space
	if s == nil {
		return strings.Split(text, applicableSeparator)
	}
	if s.checksText != text {
		s.checks, s.checksText = strings.Split(text, applicableSeparator), strings.Clone(text)
	}
	return s.checks
}

// hints gives the hints, to be added to.
func (c *Call) hints() []Hint {
	if c.space == nil || c.Caller.Hints != nil {
		return c.Caller.Hints
	}
	return c.space.hints[:0]
}

// newForeign gives room for what other dialects say.
func (c *Call) newForeign() *foreign {
	if c.space == nil {
		return new(foreign)
	}
	return &c.space.foreign
}

// newHistory gives an empty history.
func (c *Call) newHistory() *History {
	s := c.space
	if s == nil {
		return new(History)
	}
	s.history = History{Wholes: s.wholes[:0], Tails: s.tails[:0]}
	return &s.history
}
