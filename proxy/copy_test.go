package proxy

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Whatever pieces a body comes in, its copy has its beginning, and of one over the limit its end.
func TestBeginningAndEndOfBodies(t *testing.T) {
	const limit = 1 << 12
	random := rand.New(rand.NewPCG(1, 1))
	f := func(size, pieceMax int) {
		t.Helper()
		body := make([]byte, size)
		for i := range body {
			body[i] = byte(random.Uint32())
		}
		budget := &budget{}
		budget.free.Store(1 << 20)
		c := bodyCopy{limit: limit, budget: budget}
		for rest := body; len(rest) > 0; {
			n := min(1+random.IntN(pieceMax), len(rest))
			c.add(rest[:n])
			rest = rest[n:]
		}
		m := c.message(nil)
		require.Equal(t, body[:min(size, limit)], append([]byte{}, m.Body...))
		require.Equal(t, size > limit, m.Truncated)
		require.EqualValues(t, size, m.Size)
		tail := min(max(0, size-limit), exchange.TailBytesMax)
		require.Equal(t, body[size-tail:], append([]byte{}, m.Tail...))
		c.free()
		require.EqualValues(t, 1<<20, budget.free.Load())
	}
	for _, pieceMax := range []int{1, 1000, 3 * exchange.TailBytesMax} {
		f(0, pieceMax)
		f(limit, pieceMax)
		f(limit+1, pieceMax)
		f(limit+exchange.TailBytesMax, pieceMax)
		f(limit+exchange.TailBytesMax+1, pieceMax)
		f(limit+3*exchange.TailBytesMax+77, pieceMax)
	}
}

// Without memory for it there is no end, and the copy goes on as before.
func TestNoMemoryForTheEnd(t *testing.T) {
	budget := &budget{}
	budget.free.Store(1 << 12)
	c := bodyCopy{limit: 1 << 12, budget: budget}
	c.add(make([]byte, 1<<12+5))
	c.add(make([]byte, 10))
	require.Nil(t, c.message(nil).Tail)
	require.EqualValues(t, 1<<12+15, c.size)
	c.free()
	require.EqualValues(t, 1<<12, budget.free.Load())
}

// A copy for which memory ends goes on with the end of the body, from the piece on that had no room.
func TestEndOfABodyForWhichMemoryEnds(t *testing.T) {
	const beginning = 8 * exchange.TailBytesMax
	budget := &budget{}
	budget.free.Store(beginning + exchange.TailBytesMax)
	c := bodyCopy{limit: 2 * beginning, budget: budget}
	c.add(make([]byte, beginning))
	c.add([]byte("without room, "))
	c.add([]byte("after it"))
	m := c.message(nil)
	require.Len(t, m.Body, beginning)
	require.True(t, m.Truncated)
	require.Equal(t, "without room, after it", string(m.Tail))
	require.EqualValues(t, 1, budget.cut.Load())
}

// Who only announces bodies takes no more than half of the memory for copies, on however many connections.
func TestAnnouncedBodiesLeaveMemoryForOthers(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	addr, rec := startTap(t, answering(t, answer), func(cfg *Config) { cfg.Limits.CopyBytesTotal = 16 << 20 })
	for range 400 {
		conn, br := dial(t, addr)
		send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nExpect: 100-continue\r\nContent-Length: 4194304\r\n\r\n")
		expect(t, br, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	conn, br := dial(t, addr)
	for _, size := range []int{2, clientBufferBytes - 1, clientBufferBytes, clientBufferBytes + 1, 3 << 20} {
		body := strings.Repeat("x", size)
		send(t, conn, post(body))
		expect(t, br, answer)
		e := rec.next(t)
		require.Equal(t, body, string(e.Request.Body))
		require.False(t, e.Request.Truncated)
		require.False(t, e.Response.Truncated)
		e.Release()
	}
}

// Requests that would take all memory for copies leave some to their answers, which say the usage.
func TestLongRequestsLeaveMemoryForAnswers(t *testing.T) {
	const total, answer = 1 << 20, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	addr, rec := startTap(t, answering(t, answer), func(cfg *Config) { cfg.Limits.CopyBytesTotal = total })
	f := func(head, body string) {
		t.Helper()
		conn, br := dial(t, addr)
		send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\n"+head+"\r\n\r\n"+body)
		expect(t, br, answer)
		e := rec.next(t)
		require.Equal(t, "ok", string(e.Response.Body))
		require.False(t, e.Response.Truncated)
		require.True(t, e.Request.Truncated)
		require.EqualValues(t, total, e.Request.Size)
		e.Release()
	}
	body := strings.Repeat("x", total)
	f("Content-Length: 1048576", body)
	f("Transfer-Encoding: chunked", "100000\r\n"+body+"\r\n0\r\n\r\n")
}

// A copy whose memory ends in the middle of the body is cut there, and the body passes whole.
func TestMemoryEndsWhileABodyComes(t *testing.T) {
	requests := make(chan sent, 1)
	addr, rec := startTap(t, keeping(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests), func(cfg *Config) { cfg.Limits.CopyBytesTotal = 100_000 })
	body := strings.Repeat("0123456789", 20_000)
	conn, _ := dial(t, addr)
	send(t, conn, post(body))
	require.Equal(t, body, (<-requests).body)
	e := rec.next(t)
	require.True(t, e.Request.Truncated)
	require.EqualValues(t, len(body), e.Request.Size)
	require.Equal(t, body[:64<<10], string(e.Request.Body))
}

// What an answer of many pieces has of marks beyond what is kept anyway is of the budget, and ends where that does.
func TestMarksAreOfTheBudget(t *testing.T) {
	f := func(total int64, wantMarks int, wantCut int64) {
		t.Helper()
		budget := &budget{}
		budget.free.Store(total)
		r := newRecording(1<<10, budget)
		const pieces = exchange.MarksMax + 5
		for i := range int64(pieces) {
			r.mark(exchange.Mark{Offset: i + 1})
		}
		require.Len(t, r.Marks, wantMarks)
		require.EqualValues(t, pieces, r.Marks[wantMarks-1].Offset)
		require.Equal(t, total-int64(markBytes*max(0, cap(r.Marks)-keptMarksMax)), budget.free.Load())
		require.Equal(t, wantCut, budget.cut.Load())
		r.free()
		require.Equal(t, total, budget.free.Load())
	}
	f(0, keptMarksMax, 1)
	f(int64(markBytes)*keptMarksMax, 2*keptMarksMax, 1)
	f(int64(markBytes)*exchange.MarksMax, exchange.MarksMax, 0)
}

// No more than a fifth of a block is unused, and blocks of one size come from one pool.
func TestSizesOfBlocks(t *testing.T) {
	pools := map[*sync.Pool]int{}
	for n := range 1 << 18 {
		size := blockSize(n)
		require.GreaterOrEqual(t, size, n)
		require.True(t, size == blockBytesMin || 5*(size-n) < size, "%d bytes in a block of %d", n, size)
		pool := freeBlocks(size)
		if known, ok := pools[pool]; ok {
			require.Equal(t, known, size)
		}
		pools[pool] = size
	}
	require.Len(t, pools, 4*8+1)
}
