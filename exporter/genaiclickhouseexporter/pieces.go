package genaiclickhouseexporter

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// partitionsMax bounds the partitions of a table that an insert reaches. ClickHouse writes a part for each, in rollups too, and an insert
// with all months from 1970 on, over which a sender may scatter its calls, would not be done in time, however often it is tried.
const partitionsMax = 64

// piece is the rows of one insert and its insert_deduplication_token.
type piece struct {
	rows  []*Row
	token string
}

// pieces cuts rows of the batch by their partitions. Which of them go together follows from their times alone: in a later try, when other
// batches may have stored some, each of the others stands in the same piece.
func (b *batch) pieces(rows []*Row, partitionOf func(time.Time) int) []piece {
	numbered := make(map[int][]*Row)
	for _, row := range rows {
		number := partitionOf(row.Time) / partitionsMax
		numbered[number] = append(numbered[number], row)
	}
	pieces := make([]piece, 0, len(numbered))
	for _, number := range slices.Sorted(maps.Keys(numbered)) {
		pieces = append(pieces, piece{numbered[number], fmt.Sprintf("%s-%d", b.token, number)})
	}
	return pieces
}

// monthOf and dayOf number the partitions of calls and of bodies.
func monthOf(t time.Time) int {
	year, month, _ := t.UTC().Date()
	return 12*year + int(month)
}

func dayOf(t time.Time) int { return int(t.Unix() / int64(day/time.Second)) }
