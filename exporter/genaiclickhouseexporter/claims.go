package genaiclickhouseexporter

import (
	"encoding/binary"
	"sync"

	"github.com/llmtap/llmtap/internal/recent"
)

// claimsMax is how many calls are remembered with their batch: those of lateAfter, at some 6,000 a second.
const claimsMax = 1 << 18

// claims tell which batch a call was in last. A sender whose connection broke sends again, with other calls and within
// moments, what had come: that is in another batch then, and not late.
type claims struct {
	mu      sync.Mutex
	batches *recent.Table[uint64]
}

func newClaims() *claims { return &claims{batches: recent.New[uint64](claimsMax)} }

// take claims calls for their batch, and marks as doubtful those that another one has claimed since.
func (c *claims) take(rows []*Row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, row := range rows {
		last, found := c.batches.Swap(binary.BigEndian.Uint64(row.CallID[:]), row.BatchID)
		row.Doubtful = row.Doubtful || found && last != row.BatchID
	}
}
