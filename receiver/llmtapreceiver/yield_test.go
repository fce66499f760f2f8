package llmtapreceiver

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the network has brought runs, also when the scheduler does not know of it yet and has one processor only. Now and
// then the scheduler prefers the one that yields, and the race detector makes it choose at random.
func TestYieldLetsReadersRun(t *testing.T) {
	const turns = 50
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	y := newYielder()
	defer y.close()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()

	var heard atomic.Int64
	go func() {
		for buf := make([]byte, 1); ; heard.Add(1) {
			if _, err := r.Read(buf); err != nil {
				return
			}
		}
	}()
	for i := range int64(100) {
		_, err := w.Write([]byte{1})
		require.NoError(t, err)
		for turn := 0; turn < turns && heard.Load() == i; turn++ {
			y.yield()
		}
		require.Equal(t, i+1, heard.Load())
	}
}

func TestYieldAfterClose(t *testing.T) {
	y := newYielder()
	y.close()
	y.close()
	y.yield()
}

func BenchmarkYield(b *testing.B) {
	y := newYielder()
	defer y.close()
	for b.Loop() {
		y.yield()
	}
}
