package proxy

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

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

// bodyCopy records the beginning of a body. Its zero value records nothing but the size, a nil one nothing.
type bodyCopy struct {
	bytes     []byte
	size      int64
	limit     int
	truncated bool
	budget    *budget
	block     *block // that bytes lies in
}

// add records a piece of the body.
func (c *bodyCopy) add(piece []byte) {
	if c == nil {
		return
	}
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
	size := blockSize(want)
	if !c.budget.take(size - cap(c.bytes)) {
		c.truncated = true
		c.budget.cut.Add(1)
		return false
	}
	larger := newBlock(size)
	bytes := append(larger.bytes[:0], c.bytes...)
	if c.block != nil {
		c.block.free()
	}
	c.block, c.bytes = larger, bytes
	return true
}

// free gives the memory back.
func (c *bodyCopy) free() {
	if c.block != nil {
		c.budget.give(len(c.block.bytes))
		c.block.free()
	}
	*c = bodyCopy{}
}

// block is memory of which the pools keep some of each size.
type block struct{ bytes []byte }

const blockBytesMin = 1 << 10

// blockSize is the smallest size of a block, a power of two, that holds n bytes.
func blockSize(n int) int { return max(blockBytesMin, 1<<bits.Len(uint(n-1))) }

// blocks are the free blocks, by the binary logarithm of their size.
var blocks [64]sync.Pool

func newBlock(size int) *block {
	if b, ok := blocks[bits.TrailingZeros(uint(size))].Get().(*block); ok {
		return b
	}
	return &block{bytes: make([]byte, size)}
}

func (b *block) free() { blocks[bits.TrailingZeros(uint(len(b.bytes)))].Put(b) }
