package coding

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

type flusher interface {
	io.WriteCloser
	Flush() error
}

var encoders = map[string]func(io.Writer) flusher{
	"gzip":    func(w io.Writer) flusher { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) flusher { return zlib.NewWriter(w) },
	"br":      func(w io.Writer) flusher { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) flusher {
		z, err := zstd.NewWriter(w, zstd.WithWindowSize(1<<20))
		if err != nil {
			panic(err)
		}
		return z
	},
	"raw deflate": func(w io.Writer) flusher {
		z, err := flate.NewWriter(w, 5)
		if err != nil {
			panic(err)
		}
		return z
	},
}

// encode compresses events with a flush behind each, marked 1 ms apart.
func encode(t *testing.T, name string, events ...string) (body []byte, marks []exchange.Mark) {
	t.Helper()
	var out bytes.Buffer
	w := encoders[name](&out)
	for i, event := range events {
		_, err := w.Write([]byte(event))
		require.NoError(t, err)
		require.NoError(t, w.Flush())
		marks = append(marks, exchange.Mark{Offset: int64(out.Len()), At: time.Duration(i+1) * time.Millisecond})
	}
	require.NoError(t, w.Close())
	marks[len(marks)-1].Offset = int64(out.Len())
	return out.Bytes(), marks
}

func header(name string) string { return strings.TrimPrefix(name, "raw ") }

func TestBodyAndTimes(t *testing.T) {
	events := []string{"data: one\n\n", "data: two two two\n\n", "data: [DONE]\n\n"}
	for name := range encoders {
		body, marks := encode(t, name, events...)
		plain, plainMarks, whole, err := Decode(header(name), body, marks, 1000)
		require.NoError(t, err, name)
		require.True(t, whole)
		require.Equal(t, strings.Join(events, ""), string(plain), name)
		want, offset := []exchange.Mark{}, 0
		for i, event := range events {
			offset += len(event)
			want = append(want, exchange.Mark{Offset: int64(offset), At: time.Duration(i+1) * time.Millisecond})
		}
		require.Equal(t, want, plainMarks, name)
	}
}

func TestIdentity(t *testing.T) {
	marks := []exchange.Mark{{Offset: 4, At: 1}}
	for _, encoding := range []string{"", "identity", " Identity , "} {
		plain, plainMarks, whole, err := Decode(encoding, []byte("body"), marks, 2)
		require.NoError(t, err)
		require.True(t, whole)
		require.Equal(t, "body", string(plain))
		require.Equal(t, marks, plainMarks)
	}
}

func TestSeveralCodings(t *testing.T) {
	once, _ := encode(t, "gzip", "hello")
	twice, _ := encode(t, "br", string(once))
	plain, _, whole, err := Decode("GZip, br", twice, nil, 100)
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, "hello", string(plain))
	_, _, _, err = Decode("gzip,gzip,gzip,gzip", twice, nil, 100)
	require.ErrorIs(t, err, ErrUnknown)
}

func TestUnknownCoding(t *testing.T) {
	_, _, whole, err := Decode("secret-coding", []byte("x"), nil, 100)
	require.ErrorIs(t, err, ErrUnknown)
	require.NotContains(t, err.Error(), "secret")
	require.False(t, whole)
}

func TestLimit(t *testing.T) {
	const limit = 100_000
	for name := range encoders {
		f := func(size int, wantWhole bool) {
			t.Helper()
			body, _ := encode(t, name, strings.Repeat("a", size))
			plain, _, whole, err := Decode(header(name), body, nil, limit)
			require.NoError(t, err, name)
			require.Equal(t, wantWhole, whole, name)
			require.Len(t, plain, min(size, limit))
		}
		f(limit, true)
		f(limit+1, false)
		f(100*limit, false) // 1,000 times its size on the wire
	}
}

func TestEveryPrefixGivesABeginning(t *testing.T) {
	text := make([]byte, 600)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = 'a' + byte(random.IntN(26))
	}
	for name := range encoders {
		body, marks := encode(t, name, string(text[:200]), string(text[200:400]), string(text[400:]))
		for cut := 1; cut < len(body); cut++ {
			plain, _, _, _ := Decode(header(name), body[:cut], marks, 1000)
			require.True(t, bytes.HasPrefix(text, plain), "%s cut at %d", name, cut)
			if int64(cut) == marks[1].Offset && name != "zstd" {
				require.Len(t, plain, 400, "%s: what was flushed is there", name)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for name := range encoders {
		var out bytes.Buffer
		w := encoders[name](&out)
		_, _ = w.Write([]byte("data: hello\n\n"))
		_ = w.Close()
		f.Add(header(name), out.Bytes())
	}
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		marks := []exchange.Mark{{Offset: int64(len(body)) / 2, At: 1}, {Offset: int64(len(body)), At: 2}}
		plain, plainMarks, _, _ := Decode(encoding, body, marks, 10_000)
		if strings.Trim(encoding, ", ") != "" && !strings.Contains(strings.ToLower(encoding), "identity") {
			require.LessOrEqual(t, len(plain), 10_000)
		}
		for _, mark := range plainMarks {
			require.LessOrEqual(t, mark.Offset, int64(max(len(plain), len(body))))
		}
	})
}
