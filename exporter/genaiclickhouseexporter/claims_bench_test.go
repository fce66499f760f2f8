package genaiclickhouseexporter

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// BenchmarkClaims is of a batch of calls that none has claimed.
func BenchmarkClaims(b *testing.B) {
	rows := make([]Row, 8192)
	all := make([]*Row, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	claims, random := newClaims(), rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		b.StopTimer()
		batch := random.Uint64()
		for _, row := range all {
			row.BatchID = batch
			binary.BigEndian.PutUint64(row.CallID[:], random.Uint64())
		}
		b.StartTimer()
		claims.take(all)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}
