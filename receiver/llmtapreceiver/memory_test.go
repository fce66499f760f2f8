package llmtapreceiver

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// heapGrowthMax bounds what one call of any size may add to the heap: two copies of 4 MiB, what decoding makes of them,
// and what the garbage collector has not come to yet.
const heapGrowthMax = 64 << 20

// heapPeak runs f and tells how much the heap had grown at most.
func heapPeak(f func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		highest := before.HeapInuse
		for ticker := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-stop:
				ticker.Stop()
				peak <- highest - before.HeapInuse
				return
			case <-ticker.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				highest = max(highest, now.HeapInuse)
			}
		}
	}()
	f()
	close(stop)
	return <-peak
}

// repeated gives n bytes that begin with head, end with tail and have filling in between, without holding them.
func repeated(head, filling, tail string, n int64) io.Reader {
	between := n - int64(len(head)+len(tail))
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&endless{text: filling}, between), strings.NewReader(tail))
}

type endless struct {
	text string
	at   int
}

func (e *endless) Read(b []byte) (n int, _ error) {
	for n < len(b) {
		m := copy(b[n:], e.text[e.at:])
		n, e.at = n+m, (e.at+m)%len(e.text)
	}
	return n, nil
}

func TestMemoryOfACallIsBounded(t *testing.T) {
	const (
		large  = 100 << 20
		line   = 32 << 20
		chunks = 1_000_000
	)
	text := `data: {"choices":[{"index":0,"delta":{"content":"word "}}]}` + "\n\n"
	filling := strings.Repeat("lorem ipsum ", 1<<10)
	r := start(t, func(w http.ResponseWriter, q *http.Request) {
		n, err := io.Copy(io.Discard, q.Body)
		if err != nil {
			return
		}
		stream := func(body io.Reader) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.Copy(w, body)
		}
		switch q.URL.Query().Get("case") {
		case "answer":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(large))
			_, _ = io.Copy(w, repeated(`{"choices":[{"index":0,"message":{"content":"`, filling, `"}}]}`, large))
		case "line":
			stream(repeated(`data: {"choices":[{"index":0,"delta":{"content":"`, filling, `"}}]}`+"\n\n", line))
		case "chunks":
			stream(io.LimitReader(&endless{text: strings.Repeat(text, 100)}, int64(chunks*len(text))))
		default:
			_, _ = io.WriteString(w, `{"text":"`+strconv.FormatInt(n, 10)+`"}`)
		}
	})
	f := func(name, path string, request func() io.Reader, want int64) {
		t.Helper()
		var got int64
		grown := heapPeak(func() {
			response, err := r.client.Post(r.url+path+"?case="+name, "application/json", request())
			require.NoError(t, err)
			got, err = io.Copy(io.Discard, response.Body)
			require.NoError(t, errors.Join(err, response.Body.Close()))
			r.calls(t, 1)
		})
		t.Logf("%s: the heap grew by %d KiB", name, grown>>10)
		require.Equal(t, want, got)
		require.LessOrEqual(t, grown, uint64(heapGrowthMax))
		call := r.calls(t, 1)[0]
		require.Equal(t, genai.OutcomeOK, call.Outcome, name)
		require.True(t, call.ResponseTruncated || call.RequestTruncated)
		require.GreaterOrEqual(t, max(call.ResponseBytes, call.RequestBytes), want)
		r.sink.Reset()
	}
	ask := func() io.Reader { return strings.NewReader(streamRequest) }
	f("answer", "/v1/chat/completions", ask, large)
	f("line", "/v1/chat/completions", ask, line)
	f("chunks", "/v1/chat/completions", ask, int64(chunks*len(text)))
	f("upload", "/v1/audio/transcriptions", func() io.Reader { return repeated("", filling, "", large) }, int64(len(`{"text":"104857600"}`)))
	f("upload", "/v1/chat/completions", func() io.Reader {
		return repeated(`{"model":"m","messages":[{"role":"user","content":"`, filling, `"}],"stream":true}`, large)
	}, int64(len(`{"text":"104857600"}`)))
}
