package wiretest

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// largeBytes is far more than what limits let be kept of a list, and little enough for the race detector.
const largeBytes = 1 << 20

// What decoding may allocate, whatever the body holds: so many times its size, and what limits let be kept of a list.
const (
	allocatedBodiesMax = 4
	allocatedKeptMax   = 4 << 20
)

// LargeRequest demands that decoding a request of many elements takes memory in proportion. The elements stand between
// begin and end, separated by commas.
func LargeRequest(t *testing.T, decode Decode, begin, element, end string) {
	t.Helper()
	large(t, decode, fill(begin, element, ",", end), []byte(`{}`))
}

// LargeAnswer demands the same of an answer.
func LargeAnswer(t *testing.T, decode Decode, begin, element, end string) {
	t.Helper()
	large(t, decode, []byte(`{}`), fill(begin, element, ",", end))
}

// LargeStream demands the same of an answer of many equal events, each with the data given.
func LargeStream(t *testing.T, decode Decode, data string) {
	t.Helper()
	large(t, decode, []byte(`{}`), fill("", "data: "+data, "\n\n", "\n\n"))
}

func fill(begin, element, between, end string) []byte {
	return []byte(begin + strings.Repeat(element+between, largeBytes/len(element+between)-1) + element + end)
}

func large(t *testing.T, decode Decode, request, response []byte) {
	t.Helper()
	x := &exchange.Exchange{
		Status: 200, Request: exchange.Message{Body: request}, Response: exchange.Message{Body: response, Size: int64(len(response))},
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = decode(x, nil, new(genai.Call))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(allocatedBodiesMax*largeBytes+allocatedKeptMax))
}
