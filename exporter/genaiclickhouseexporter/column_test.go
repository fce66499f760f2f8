package genaiclickhouseexporter

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// taken is a column of the client that takes everything.
type taken struct{}

func (taken) Append(any) error    { return nil }
func (taken) AppendRow(any) error { return nil }

// The texts that a column keeps from batch to batch hold nothing of what they were cut from.
func TestMemoryOfTextsThatAreKept(t *testing.T) {
	inUse := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // each run of the collector takes from pools what was not used since
	const texts, most = 64, 8 << 20
	column := lowCardinality("team", func(r *Row) string { return r.Team })
	before := inUse()
	for i := range texts {
		long := strconv.Itoa(i) + strings.Repeat("x", 1<<20)
		require.NoError(t, column.append(taken{}, []*Row{{Team: long[:textBytesMax]}}))
	}
	require.Less(t, inUse(), before+most)
	runtime.KeepAlive(column)
}
