package llmtapreceiver

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/coding"
)

// However a recorded stream ends its lines, and whatever comments stand in it, it is the same call.
func TestFixturesWithOtherFraming(t *testing.T) {
	events := []func([]byte) []byte{
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")) },
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r")) },
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("data: "), []byte(": keep\r\ndata:")) },
		func(body []byte) []byte { return append([]byte("\ufeff"), body...) },
		func(body []byte) []byte { return bytes.TrimRight(body, "\n") },
	}
	lines := []func([]byte) []byte{
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")) },
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\n \n\n")) },
		func(body []byte) []byte { return bytes.TrimRight(body, "\n") },
	}
	for _, row := range readManifest[fixture](t) {
		x := row.plainExchange(t)
		body := x.Response.Body
		if !row.Stream || bytes.ContainsRune(body, '\r') {
			continue
		}
		want := decodeFixture(t, x)
		if want.Detail.InvalidEvents > 0 {
			continue // an event that is broken at the end of the stream counts as cut, elsewhere as invalid
		}
		variants := events
		if strings.HasPrefix(row.Kind, "ollama") {
			variants = lines
		}
		for i, variant := range variants {
			x.Response.Body = variant(body)
			got := decodeFixture(t, x)
			got.Detail.Flaws, got.Fidelity = want.Detail.Flaws, want.Fidelity // a framing of its own is one
			require.Equal(t, want, got, "%s variant %d", row.ID, i)
		}
	}
}

// shortBytes is up to what length a recording is cut at every offset; longer ones are at offsetsOfLong of them.
const (
	shortBytes    = 1500
	offsetsOfLong = 25
)

// Every beginning of a recording gives a call; that of a stream has the beginning of the whole one's text.
func TestFixturesCutAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, row := range readManifest[fixture](t) {
		if row.Kind == "models" {
			continue
		}
		x := row.plainExchange(t)
		whole := decodeFixture(t, x)
		body := x.Response.Body
		x.End = exchange.ClientGone
		offsets := random.Perm(len(body) + 1)
		if len(body) > shortBytes {
			offsets = offsets[:offsetsOfLong]
		}
		for _, cut := range offsets {
			x.Response.Body = body[:cut:cut]
			call := decodeFixture(t, x)
			require.NotEmpty(t, call.Outcome)
			require.Equal(t, whole.Operation, call.Operation)
			if !row.Stream {
				continue
			}
			for _, choice := range call.Detail.Choices {
				for _, all := range whole.Detail.Choices {
					if all.Index == choice.Index {
						require.True(t, strings.HasPrefix(all.Text, choice.Text), "%s %d", row.ID, cut)
					}
				}
			}
		}
	}
}

// plainExchange gives the exchange without content coding.
func (f *fixture) plainExchange(t *testing.T) *exchange.Exchange {
	t.Helper()
	x := f.exchange(t)
	for _, m := range []*exchange.Message{&x.Request, &x.Response} {
		plain, _, _, err := coding.Decode(m.Header.Get("content-encoding"), m.Body, nil, 64<<20)
		require.NoError(t, err)
		m.Header, m.Body = exchange.Header(strings.ReplaceAll(string(m.Header), "content-encoding: gzip\r\n", "")), plain
	}
	return x
}

// decodeFixture gives a call without what is random. No decoder may panic.
func decodeFixture(t *testing.T, x *exchange.Exchange) *genai.Call {
	t.Helper()
	d, failures := newDecoder()
	call := d.call(x)
	require.NotContains(t, *failures, failedPanic)
	call.TraceID, call.SpanID = pcommon.TraceID{}, pcommon.SpanID{}
	return call
}
