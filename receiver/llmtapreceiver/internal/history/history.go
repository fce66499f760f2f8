// Package history hashes the messages of a request, and its answer, so that later calls of a conversation can be told
// to belong to it. What clients change between two turns without changing the conversation is left out: messages of the
// system, marks for caches, ids, reasoning, and whether a text stands alone or as a part.
package history

import (
	"bytes"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Read gives the history of a call, whose answer must have been decoded; nil for a request without messages.
func Read(request []byte, call *genai.Call) *genai.History {
	var c chain
	r := jsonscan.New(request)
	for key := range r.Object {
		switch string(key) {
		case "messages", "input":
			c = chain{}
			if r.Kind() == jsonscan.String {
				c.other([]byte("user"), r.Raw())
				continue
			}
			for range r.Array {
				c.message(r.Raw())
			}
		}
	}
	if r.Err() != nil || c.elements == 0 && !c.pending {
		return nil
	}
	return c.end(call)
}

// chain is a running hash over the elements of a conversation: what users and tools say, and the model's answers.
type chain struct {
	h        genai.History
	whole    uint64
	last     [2]uint64 // the two elements before
	elements int
	// answer gathers an answer, which may be spread over several messages; pending tells that there is one.
	answer  answer
	pending bool
}

type answer struct {
	text  []byte
	calls []byte
}

// hash is equal for an answer as the model gave it and as a client sends it back.
func (a *answer) hash() uint64 {
	text := bytes.TrimSpace(a.text)
	if rest, ok := bytes.CutPrefix(text, []byte("<think>")); ok {
		if _, after, ok := bytes.Cut(rest, []byte("</think>")); ok {
			text = bytes.TrimSpace(after)
		}
	}
	d := xxhash.New()
	_, _ = d.Write([]byte("answer\x00"))
	_, _ = d.Write(text)
	_, _ = d.Write([]byte{0})
	_, _ = d.Write(a.calls)
	return d.Sum64()
}

func (a *answer) call(name, arguments []byte) {
	a.calls = append(append(a.calls, name...), 0)
	canonical, ok := jsonscan.AppendCanonical(a.calls, arguments)
	if !ok {
		canonical = append(a.calls, arguments...)
	}
	a.calls = append(canonical, 0)
}

func (c *chain) add(element uint64) {
	c.whole = mix(c.whole, element)
	c.last[0], c.last[1] = c.last[1], element
	c.elements++
}

func mix(hashes ...uint64) uint64 {
	var d xxhash.Digest
	d.Reset()
	var b [8]byte
	for _, hash := range hashes {
		for i := range b {
			b[i] = byte(hash >> (8 * i))
		}
		_, _ = d.Write(b[:])
	}
	return d.Sum64()
}

// closeAnswer ends an answer of the history.
func (c *chain) closeAnswer() {
	if !c.pending {
		return
	}
	tail := mix(c.last[0], c.last[1], c.answer.hash())
	c.add(c.answer.hash())
	if c.h.Answers++; c.h.Answers == 1 {
		c.h.Root = c.whole
	}
	c.h.Wholes, c.h.Tails = append(c.h.Wholes, c.whole), append(c.h.Tails, tail)
	c.answer, c.pending = answer{}, false
}

// other adds what a user or tool says; raw is its content.
func (c *chain) other(role, raw []byte) {
	c.closeAnswer()
	d := xxhash.New()
	_, _ = d.Write(role)
	_, _ = d.Write([]byte{0})
	_, _ = d.Write(appendContent(nil, raw))
	c.add(d.Sum64())
}

// end adds the answer of the call itself. A request that ends with the beginning of an answer is continued by it.
func (c *chain) end(call *genai.Call) *genai.History {
	if hasAnswer(call) {
		choice := &call.Detail.Choices[0]
		c.answer.text = append(append(c.answer.text, choice.Text...), choice.Refusal...)
		for i := range choice.ToolCalls {
			c.answer.call([]byte(choice.ToolCalls[i].Name), []byte(choice.ToolCalls[i].Arguments))
		}
		own := c.answer.hash()
		c.h.Whole, c.h.Tail = mix(c.whole, own), mix(c.last[0], c.last[1], own)
		if c.h.Answers == 0 {
			c.h.Root = c.h.Whole
		}
	}
	c.h.Wholes, c.h.Tails = newest(c.h.Wholes), newest(c.h.Tails)
	return &c.h
}

// hasAnswer tells that the call has a whole answer that a later request can hold.
func hasAnswer(call *genai.Call) bool {
	if call.ResponseTruncated || call.Detail == nil || len(call.Detail.Choices) == 0 {
		return false
	}
	choice := &call.Detail.Choices[0]
	return len(strings.TrimSpace(choice.Text))+len(choice.Refusal)+len(choice.ToolCalls) > 0
}

// newest turns the end of a list round.
func newest(hashes []uint64) []uint64 {
	n := min(len(hashes), genai.HistoryAnswersMax)
	out := make([]uint64, n)
	for i := range out {
		out[i] = hashes[len(hashes)-1-i]
	}
	return out
}
