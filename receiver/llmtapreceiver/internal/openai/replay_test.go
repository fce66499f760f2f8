package openai

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// However a recorded stream ends its lines, and whatever comments stand in it, it is the same call.
func TestFixturesWithOtherFraming(t *testing.T) {
	variants := []func([]byte) []byte{
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")) },
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r")) },
		func(body []byte) []byte { return bytes.ReplaceAll(body, []byte("data: "), []byte(": keep\r\ndata:")) },
		func(body []byte) []byte { return append([]byte("\ufeff"), body...) },
		func(body []byte) []byte { return bytes.TrimRight(body, "\n") },
	}
	for _, row := range readFixtures(t, "chat") {
		if !row.Stream {
			continue
		}
		x := row.exchange(t)
		want := decodeAny(x)
		body := x.Response.Body
		if bytes.ContainsRune(body, '\r') {
			continue
		}
		for i, variant := range variants {
			x.Response.Body = variant(body)
			got := decodeAny(x)
			got.Detail.Flaws = want.Detail.Flaws // a framing of its own is one
			require.Equal(t, want, got, "%s variant %d", row.ID, i)
		}
	}
}

// A recording cut at random places gives a call; that of a stream has the beginning of the whole one's text.
func TestFixturesCutAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, row := range readFixtures(t, "chat") {
		x := row.exchange(t)
		whole := decodeAny(x)
		body := x.Response.Body
		x.End = exchange.ClientGone
		for range 20 {
			x.Response.Body = body[:random.IntN(len(body)+1)]
			call := decodeAny(x)
			require.NotEmpty(t, call.Outcome)
			for _, choice := range call.Detail.Choices {
				for _, all := range whole.Detail.Choices {
					if all.Index == choice.Index && row.Stream {
						require.True(t, strings.HasPrefix(all.Text, choice.Text), row.ID)
					}
				}
			}
		}
	}
}

func decodeAny(x *exchange.Exchange) *genai.Call {
	call := &genai.Call{}
	_ = DecodeChat(x, nil, call)
	return call
}
