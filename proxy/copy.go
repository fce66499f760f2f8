package proxy

import "sync/atomic"

// budget bounds the memory of all recorded copies together.
type budget struct {
	left atomic.Int64
	cut  atomic.Int64
}

func (b *budget) take(n int) bool {
	if b.left.Add(-int64(n)) >= 0 {
		return true
	}
	b.left.Add(int64(n))
	return false
}

func (b *budget) give(n int) { b.left.Add(int64(n)) }

// bodyCopy records the beginning of a body. Its zero value records nothing but the size.
type bodyCopy struct {
	bytes     []byte
	size      int64
	limit     int
	truncated bool
	budget    *budget
}

const copyBytesMin = 1 << 10

// add records a piece of the body.
func (c *bodyCopy) add(piece []byte) {
	c.size += int64(len(piece))
	if c.budget == nil || c.truncated {
		return
	}
	if room := c.limit - len(c.bytes); len(piece) > room {
		piece, c.truncated = piece[:room], true
	}
	if c.grow(len(c.bytes) + len(piece)) {
		c.bytes = append(c.bytes, piece...)
	}
}

// grow makes room for want bytes, at most the limit. It gives false, and ends the copy, when the budget is used up.
func (c *bodyCopy) grow(want int) bool {
	if want <= cap(c.bytes) {
		return true
	}
	size := min(max(want, 2*cap(c.bytes), copyBytesMin), c.limit)
	if !c.budget.take(size - cap(c.bytes)) {
		c.truncated = true
		c.budget.cut.Add(1)
		return false
	}
	grown := make([]byte, len(c.bytes), size)
	copy(grown, c.bytes)
	c.bytes = grown
	return true
}
