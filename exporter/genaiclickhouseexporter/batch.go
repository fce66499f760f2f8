package genaiclickhouseexporter

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// batch is rows that are stored together, each call once, in an order and under a token that follow from the calls alone.
type batch struct {
	rows []*Row
	// token begins the insert_deduplication_token of each insert: ClickHouse drops an insert whose token it has seen. The rows
	// carry the same number in batch_id.
	token string
	// repeated counts the rows left out because their call was in the batch already, stored those that another batch has
	// stored.
	repeated, stored int
}

// callAt is the id of a call, as two numbers, and the position of its row.
type callAt struct {
	high, low uint64
	position  int
}

func (c callAt) compare(other callAt) int {
	if c.high != other.high {
		return cmp.Compare(c.high, other.high)
	}
	return cmp.Or(cmp.Compare(c.low, other.low), cmp.Compare(c.position, other.position))
}

func (c callAt) same(other callAt) bool { return c.high == other.high && c.low == other.low }

func newBatch(rows []Row) batch {
	calls := make([]callAt, len(rows))
	for i := range rows {
		id := &rows[i].CallID
		calls[i] = callAt{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:]), i}
	}
	slices.SortFunc(calls, callAt.compare)
	calls = slices.CompactFunc(calls, callAt.same)
	b := batch{rows: make([]*Row, len(calls)), repeated: len(rows) - len(calls)}
	ids := make([]byte, 0, len(calls)*len(uuid.UUID{}))
	for i := range calls {
		b.rows[i] = &rows[calls[i].position]
		ids = append(ids, b.rows[i].CallID[:]...)
	}
	hash := sha256.Sum256(ids)
	id := binary.BigEndian.Uint64(hash[:])
	for _, row := range b.rows {
		row.BatchID = id
	}
	b.token = strconv.FormatUint(id, 10)
	return b
}

// withContent gives the rows that have bodies.
func (b *batch) withContent() []*Row {
	var rows []*Row
	for _, row := range b.rows {
		if row.HasContent {
			rows = append(rows, row)
		}
	}
	return rows
}

// begunBefore counts the calls that began before a moment.
func (b *batch) begunBefore(moment time.Time) (n int) {
	for _, row := range b.rows {
		if row.Time.Before(moment) {
			n++
		}
	}
	return n
}

// unaccounted counts the calls that no gen_ai processor has seen, which says of each where its cost is from, or that it is unknown.
func (b *batch) unaccounted() (n int) {
	for _, row := range b.rows {
		if row.CostSource == "" && !row.Cost.known {
			n++
		}
	}
	return n
}
