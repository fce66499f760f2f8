package genaiclickhouseexporter

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// partitionsMax bounds the partitions of a table that a batch reaches. ClickHouse writes a part for each, of each table, and would not be
// done in time with what a sender may scatter over all months from 1970 on: it would be tried again for a day, and others wait.
const partitionsMax = 64

// leaveFar leaves out the calls of all months but those nearest to the present, and the bodies of all days but those. The token stays that
// of the whole batch.
func (b *batch) leaveFar(now time.Time) {
	all := len(b.rows)
	months := nearest(b.rows, monthOf, now)
	b.rows = slices.DeleteFunc(b.rows, func(row *Row) bool { return !months[monthOf(row.Time)] })
	b.scattered = all - len(b.rows)
	bodies := b.withContent()
	days := nearest(bodies, dayOf, now)
	for _, row := range bodies {
		if !days[dayOf(row.Time)] {
			row.HasContent = false
			b.bodiless++
		}
	}
}

// nearest gives the partitions of rows, of too many those nearest to the present.
func nearest(rows []*Row, partitionOf func(time.Time) int, now time.Time) map[int]bool {
	partitions := make(map[int]bool)
	for _, row := range rows {
		partitions[partitionOf(row.Time)] = true
	}
	if len(partitions) <= partitionsMax {
		return partitions
	}
	present := partitionOf(now)
	far := func(partition int) int { return max(partition-present, present-partition) }
	byDistance := slices.SortedFunc(maps.Keys(partitions), func(x, y int) int { return cmp.Or(cmp.Compare(far(x), far(y)), cmp.Compare(x, y)) })
	for _, partition := range byDistance[partitionsMax:] {
		delete(partitions, partition)
	}
	return partitions
}

// monthOf and dayOf number the partitions of calls and of bodies.
func monthOf(t time.Time) int {
	year, month, _ := t.UTC().Date()
	return 12*year + int(month)
}

func dayOf(t time.Time) int { return int(t.Unix() / int64(day/time.Second)) }
