package genaiclickhouseexporter

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
)

// batch is the rows of one insert, each call once, in an order and under a token that follow from the calls alone.
type batch struct {
	rows []*Row
	// token is the insert_deduplication_token: ClickHouse drops an insert whose token it has seen. The rows carry the
	// same number in batch_id.
	token string
	// repeated counts the rows left out because their call was in the batch already, stored those that another batch has
	// stored.
	repeated, stored int
}

func newBatch(rows []Row) batch {
	b := batch{rows: make([]*Row, len(rows))}
	for i := range rows {
		rows[i].position = i
		b.rows[i] = &rows[i]
	}
	slices.SortFunc(b.rows, func(x, y *Row) int {
		return cmp.Or(bytes.Compare(x.CallID[:], y.CallID[:]), cmp.Compare(x.position, y.position))
	})
	b.rows = slices.CompactFunc(b.rows, func(x, y *Row) bool { return x.CallID == y.CallID })
	b.repeated = len(rows) - len(b.rows)
	hash := sha256.New()
	for _, row := range b.rows {
		hash.Write(row.CallID[:])
	}
	id := binary.BigEndian.Uint64(hash.Sum(nil))
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
