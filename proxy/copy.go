package proxy

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/llmtap/llmtap/internal/exchange"
)

// budget bounds the memory of all recorded copies together.
type budget struct {
	total int64
	free  atomic.Int64
	cut   atomic.Int64
}

// isPlenty tells whether half of the budget is free when n are taken.
func (b *budget) isPlenty(n int) bool { return b.free.Load()-int64(n) >= b.total/2 }

func (b *budget) take(n int) bool { return b.takeLeaving(n, 0) }

// takeLeaving takes n bytes if it leaves so many to others.
func (b *budget) takeLeaving(n int, others int64) bool {
	if b.free.Add(-int64(n)) >= others {
		return true
	}
	b.free.Add(int64(n))
	return false
}

func (b *budget) give(n int) { b.free.Add(int64(n)) }

// bodyCopy records the beginning of a body, and of one that is over the limit the end. Its zero value records nothing but the
// size, a nil one nothing.
type bodyCopy struct {
	bytes     []byte
	size      int64
	limit     int
	truncated bool
	budget    *budget
	others    int64  // what it leaves to others of the budget
	block     *block // that bytes lies in
	tail      *block // the end of a body that is truncated, as a ring; nil when there is none
	tailSize  int64  // how much went through the ring
}

// add records a piece of the body.
func (c *bodyCopy) add(piece []byte) {
	if c == nil {
		return
	}
	c.size += int64(len(piece))
	if c.budget == nil {
		return
	}
	if c.truncated {
		c.addTail(piece)
		return
	}
	head := min(len(piece), c.limit-len(c.bytes))
	if !c.grow(len(c.bytes) + head) {
		head = 0
	}
	c.bytes = append(c.bytes, piece[:head]...)
	if head < len(piece) {
		c.truncated = true
		c.addTail(piece[head:])
	}
}

// grow makes room for want bytes, at most the limit, and for twice as many as before, since what comes in pieces goes on. It gives
// false, and ends the copy, when the budget is used up.
func (c *bodyCopy) grow(want int) bool {
	if want <= cap(c.bytes) {
		return true
	}
	size := blockSize(max(want, min(2*cap(c.bytes), c.limit)))
	if !c.budget.takeLeaving(size-cap(c.bytes), c.others) {
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

// addTail keeps the end of what comes after the copy has ended.
func (c *bodyCopy) addTail(piece []byte) {
	if c.tail == nil {
		if !c.budget.takeLeaving(exchange.TailBytesMax, c.others) {
			return
		}
		c.tail = newBlock(exchange.TailBytesMax)
	}
	for len(piece) > 0 {
		n := copy(c.tail.bytes[c.tailSize%exchange.TailBytesMax:], piece)
		c.tailSize += int64(n)
		piece = piece[n:]
	}
}

// end gives the end of a truncated body, in order.
func (c *bodyCopy) end() []byte {
	if c.tail == nil {
		return nil
	}
	ring := c.tail.bytes
	if c.tailSize < exchange.TailBytesMax {
		return ring[:c.tailSize]
	}
	oldest := c.tailSize % exchange.TailBytesMax
	slices.Reverse(ring[:oldest])
	slices.Reverse(ring[oldest:])
	slices.Reverse(ring)
	c.tailSize -= oldest // the ring begins with the oldest byte
	return ring
}

// free gives the memory back.
func (c *bodyCopy) free() {
	if c.tail != nil {
		c.budget.give(len(c.tail.bytes))
		c.tail.free()
	}
	if c.block != nil {
		c.budget.give(len(c.block.bytes))
		c.block.free()
	}
	*c = bodyCopy{}
}

// block is memory of which the pools keep some of each size.
type block struct{ bytes []byte }

const blockBytesMin = 1 << 10

// blockSize is the smallest size of a block that holds n bytes. There are four between a power of two and the next, so that at most a
// fifth of a block is unused.
func blockSize(n int) int {
	n = max(n, blockBytesMin)
	quarter := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + quarter - 1) &^ (quarter - 1)
}

// blocks are the free blocks, by the binary logarithm of the next power of two and the quarters over the last one.
var blocks [64][4]sync.Pool

func freeBlocks(size int) *sync.Pool {
	log := bits.Len(uint(size - 1))
	return &blocks[log][size>>(log-3)-5]
}

func newBlock(size int) *block {
	if b, ok := freeBlocks(size).Get().(*block); ok {
		return b
	}
	return &block{bytes: make([]byte, size)}
}

func (b *block) free() { freeBlocks(len(b.bytes)).Put(b) }
