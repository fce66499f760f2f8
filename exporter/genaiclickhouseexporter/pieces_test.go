package genaiclickhouseexporter

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A sender may say of its calls that they began at any times. ClickHouse writes a part for each month, and an insert with a call in each
// from 1970 on would not be done in time.
func TestInsertsReachFewPartitions(t *testing.T) {
	f := func(partitionOf func(time.Time) int, months, days, pieces int) {
		t.Helper()
		rows := make([]Row, 1000)
		for i := range rows {
			rows[i].CallID[15], rows[i].CallID[14] = byte(i), byte(i>>8)
			rows[i].Time = time.Date(1970, time.Month(1+i*months), 1+i*days, 0, 0, 0, 0, time.UTC)
		}
		b := newBatch(rows)
		all := b.pieces(b.rows, partitionOf)
		require.Len(t, all, pieces)
		var got []*Row
		place := map[*Row]string{}
		for _, p := range all {
			reached := map[int]bool{}
			for _, row := range p.rows {
				reached[partitionOf(row.Time)] = true
				place[row] = p.token
			}
			require.LessOrEqual(t, len(reached), partitionsMax)
			got = append(got, p.rows...)
		}
		require.ElementsMatch(t, b.rows, got)
		b.rows = slices.DeleteFunc(b.rows, func(row *Row) bool { return row.CallID[15]%3 == 0 }) // stored by others
		for _, p := range b.pieces(b.rows, partitionOf) {
			for _, row := range p.rows {
				require.Equal(t, place[row], p.token, "in the piece of the first try")
			}
		}
	}
	f(monthOf, 0, 0, 1)
	f(monthOf, 1, 0, 17) // 1970 begins in the middle of 64 months
	f(dayOf, 0, 0, 1)
	f(dayOf, 0, 1, 16)
}
