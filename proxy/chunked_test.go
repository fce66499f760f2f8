package proxy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func scanAll(pieces ...string) (data string, rest int, done bool, err error) {
	b := &budget{}
	b.free.Store(1 << 20)
	c := bodyCopy{limit: 1 << 20, budget: b}
	var s chunkScanner
	for _, piece := range pieces {
		var n int
		if n, err = s.scan([]byte(piece), c.add); err != nil {
			break
		}
		rest = len(piece) - n
	}
	return string(c.bytes), rest, s.done(), err
}

func TestChunksAtEverySplit(t *testing.T) {
	const wire = "5;x=\"y\"\r\nhello\r\n00a \r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n"
	for i := range wire {
		data, rest, done, err := scanAll(wire[:i], wire[i:]+"next")
		require.NoError(t, err)
		require.Equal(t, "hello0123456789", data)
		require.True(t, done)
		require.Equal(t, 4, rest)
		_, _, done, err = scanAll(wire[:i])
		require.NoError(t, err)
		require.False(t, done)
	}
}

func TestMalformedChunks(t *testing.T) {
	f := func(wire string, want error) {
		t.Helper()
		_, _, _, err := scanAll(wire)
		require.ErrorIs(t, err, want)
	}
	f("\r\n", errChunkSize)
	f("g\r\n", errChunkSize)
	f("-1\r\n", errChunkSize)
	f("5\nhello", errChunkSize)
	f("1\r\nxy", errChunkEnd)
	f("1\r\nx\n", errChunkEnd)
	f("0\r\n\rx", errChunkEnd)
	f(strings.Repeat("1", chunkSizeDigitsMax+1), errChunkSize)
	f("1;"+strings.Repeat("x", chunkLineBytesMax+1), errChunkSize)
	f("0\r\n"+strings.Repeat("x: y\r\n", trailerBytesMax/6+1), errTrailerSize)
}

func TestChunkLimitsAllowTheirLimit(t *testing.T) {
	_, _, _, err := scanAll("1;" + strings.Repeat("x", chunkLineBytesMax-1) + "\r\nx\r\n")
	require.NoError(t, err)
	_, _, _, err = scanAll(strings.Repeat("0", chunkSizeDigitsMax) + "\r\n\r\n")
	require.NoError(t, err)
}
