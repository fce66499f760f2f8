package llmtapreceiver

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the network has brought runs, also when the scheduler does not know of it yet and has one processor only. Now and
// then the scheduler prefers the one that gives way, and the race detector makes it choose at random.
func TestGiveWayLetsReadersRun(t *testing.T) {
	const turns = 50
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	way := newGiveWay()
	defer way.close()
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
			way.now()
		}
		require.Equal(t, i+1, heard.Load())
	}
}

func TestGiveWayAfterClose(t *testing.T) {
	way := newGiveWay()
	way.close()
	way.close()
	way.now()
}

func BenchmarkGiveWay(b *testing.B) {
	way := newGiveWay()
	defer way.close()
	for b.Loop() {
		way.now()
	}
}
