package genai

import (
	"bytes"
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// Chain builds a History: a running hash over the elements of a conversation, which are what users and tools say, and
// the model's answers. Its zero value is the beginning of a conversation.
type Chain struct {
	elements, answers int
	root, whole       uint64
	last              [2]uint64 // the two elements before
	// wholes and tails are those of the newest answers, each at its number modulo the length.
	wholes, tails [HistoryAnswersMax]uint64
	reply         Reply
	replying      bool // reply has begun, and nothing has followed it
}

// Reply is what the model said, in a form that is the same for an answer as it came and as a client sends it back.
type Reply struct {
	Text []byte
	// Calls are the names and canonical arguments of tool calls, each ended by a zero.
	Calls []byte
}

// Reset makes c the beginning of another conversation.
func (c *Chain) Reset() { *c = Chain{reply: Reply{Text: c.reply.Text[:0], Calls: c.reply.Calls[:0]}} }

// Mix joins hashes into one that depends on their order.
func Mix(hashes ...uint64) uint64 {
	var space [4 * 8]byte
	in := space[:0]
	for _, hash := range hashes {
		in = binary.LittleEndian.AppendUint64(in, hash)
	}
	return xxh3.Hash(in)
}

// replySeed keeps answers apart from what others say in the same words.
const replySeed = 1

// hash leaves out what some servers put before the answer and clients take off it: space, and reasoning in tags.
func (r *Reply) hash() uint64 {
	text := bytes.TrimSpace(r.Text)
	begun := bytes.TrimPrefix(text, []byte("<think>")) // which some templates write, so that the answer has but the end
	if thought, after, ok := bytes.Cut(begun, []byte("</think>")); ok && !bytes.Contains(thought, []byte("<think>")) {
		text = bytes.TrimSpace(after)
	}
	return Mix(replySeed, xxh3.Hash(text), xxh3.Hash(r.Calls))
}

// Add adds what a user or tool says, by its hash.
func (c *Chain) Add(element uint64) {
	c.endReply()
	c.add(element)
}

// Reply gives the answer at the end of the chain, to be added to. It may be spread over several messages, and end with
// the answer of the call itself.
func (c *Chain) Reply() *Reply {
	c.replying = true
	return &c.reply
}

// Empty tells that nothing was said.
func (c *Chain) Empty() bool { return c.elements == 0 && !c.replying }

// End gives the history. answered tells that the call's own answer is in Reply.
func (c *Chain) End(answered bool) *History {
	h := &History{Answers: c.answers, Root: c.root}
	if answered {
		own := c.reply.hash()
		h.Whole, h.Tail = Mix(c.whole, own), Mix(c.last[0], c.last[1], own)
		if c.answers == 0 {
			h.Root = h.Whole
		}
	}
	n := min(c.answers, HistoryAnswersMax)
	both := make([]uint64, 2*n)
	h.Wholes, h.Tails = both[:n:n], both[n:]
	for i := range n {
		at := (c.answers - 1 - i) % HistoryAnswersMax
		h.Wholes[i], h.Tails[i] = c.wholes[at], c.tails[at]
	}
	return h
}

func (c *Chain) endReply() {
	if !c.replying {
		return
	}
	hash := c.reply.hash()
	tail := Mix(c.last[0], c.last[1], hash)
	greeting := c.elements == 0
	c.add(hash)
	if !greeting {
		c.endAnswer(tail)
	}
	c.reply = Reply{Text: c.reply.Text[:0], Calls: c.reply.Calls[:0]}
	c.replying = false
}

// endAnswer counts an answer. One that begins a conversation answers nothing: the application greets with it, or a window has
// left out what stood before.
func (c *Chain) endAnswer(tail uint64) {
	at := c.answers % HistoryAnswersMax
	c.wholes[at], c.tails[at] = c.whole, tail
	if c.answers++; c.answers == 1 {
		c.root = c.whole
	}
}

func (c *Chain) add(element uint64) {
	c.whole = Mix(c.whole, element)
	c.last[0], c.last[1] = c.last[1], element
	c.elements++
}
