package llmtapreceiver

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

type encoder func(*rand.Rand, wiretest.Answer) (whole, stream string)

// streamed are the APIs that stream, with what encodes their answers.
var streamed = []struct {
	path, mediaType string
	encode          encoder
}{
	{"/v1/chat/completions", "text/event-stream", wiretest.Chat},
	{"/v1/completions", "text/event-stream", wiretest.Completions},
	{"/v1/responses", "text/event-stream", func(r *rand.Rand, a wiretest.Answer) (string, string) { return wiretest.Responses(r, a, true) }},
	{"/v1/responses", "text/event-stream", func(r *rand.Rand, a wiretest.Answer) (string, string) { return wiretest.Responses(r, a, false) }},
	{"/v1/messages", "text/event-stream; charset=utf-8", wiretest.Messages},
	{"/api/chat", "application/x-ndjson", wiretest.OllamaChat},
	{"/api/generate", "application/x-ndjson", wiretest.OllamaGenerate},
	{"/v1/audio/transcriptions", "text/event-stream", wiretest.Transcription},
	{"/v1/audio/speech", "text/event-stream", wiretest.Speech},
	{"/v1/images/generations", "text/event-stream", wiretest.Image},
	{"/completion", "text/event-stream", wiretest.Llama},
	{"/api/v1/chat", "text/event-stream", wiretest.LMStudio},
}

func answerExchange(path, mediaType, body string) *exchange.Exchange {
	const request = `{"model":"m","messages":[{"role":"user","content":"Hi"}]}`
	return &exchange.Exchange{
		Method: "POST", Target: path, Status: 200, Request: exchange.Message{Body: []byte(request)},
		Response: exchange.Message{Header: exchange.Header("Content-Type: " + mediaType + "\r\n"), Body: []byte(body)},
	}
}

// Whether an answer comes whole or in a stream, it is the same call, in every API.
func TestBothFormsGiveTheSameCall(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for _, api := range streamed {
		for range 200 {
			answer := wiretest.Random(random)
			wholeBody, streamBody := api.encode(random, answer)
			whole := decodeFixture(t, answerExchange(api.path, "application/json", wholeBody))
			stream := decodeFixture(t, answerExchange(api.path, api.mediaType, streamBody))
			require.Equal(t, genai.OutcomeOK, stream.Outcome)
			requireSame(t, whole, stream, "%s\n%s\n%s", api.path, wholeBody, streamBody)
		}
	}
}

// What an encoder wrote is what the decoder reads.
func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for _, api := range streamed[:6] {
		for range 50 {
			answer := wiretest.Random(random)
			_, body := api.encode(random, answer)
			call := decodeFixture(t, answerExchange(api.path, api.mediaType, body))
			require.Equal(t, answer.Model, call.ResponseModel)
			choice := call.Detail.Choices[0]
			require.Equal(t, answer.Text, choice.Text)
			if api.path != "/v1/completions" {
				require.Equal(t, answer.Reasoning, choice.Reasoning)
				require.Len(t, choice.ToolCalls, len(answer.Calls))
				for i, c := range answer.Calls {
					require.Equal(t, genai.ToolCall{ID: c.ID, Name: c.Name, Kind: "function", Arguments: c.Arguments}, choice.ToolCalls[i])
				}
			}
			if answer.Usage == nil {
				require.Equal(t, genai.UsageEstimated, call.Usage.Source)
				continue
			}
			require.Equal(t, genai.UsageReported, call.Usage.Source)
			require.Equal(t, genai.Known(answer.Usage.Input), call.Usage.Input)
			require.Equal(t, genai.Known(answer.Usage.Output), call.Usage.Output)
			if api.path != "/api/chat" {
				require.Equal(t, genai.Known(answer.Usage.Cached), call.Usage.CacheRead)
			}
		}
	}
}

// Events whose JSON stands on several lines, as of a server that indents it, give the same call.
func TestEventsOfSeveralLines(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 11))
	for _, api := range streamed {
		for range 50 {
			answer := wiretest.Random(random)
			if api.path == lmStudioChat {
				answer.Calls = nil // their arguments are objects, which are kept as they are written
			}
			_, body := api.encode(random, answer)
			if !strings.Contains(body, "data: ") {
				continue // of JSON lines
			}
			want := decodeFixture(t, answerExchange(api.path, api.mediaType, body))
			got := decodeFixture(t, answerExchange(api.path, api.mediaType, indented(t, body)))
			want.PromptHash, got.PromptHash = 0, 0
			require.Equal(t, want, got, "%s\n%s", api.path, body)
		}
	}
}

// indented spreads the JSON of each event over several lines.
func indented(t *testing.T, body string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(body) {
		data, isData := strings.CutPrefix(line, "data: {")
		if !isData {
			out.WriteString(line)
			continue
		}
		var lines bytes.Buffer
		require.NoError(t, json.Indent(&lines, []byte("{"+data), "data: ", " "))
		out.WriteString("data: " + strings.TrimSpace(lines.String()) + "\n")
	}
	return out.String()
}

// A client that leaves in mid-stream is accounted for what it got.
func TestStreamsThatBreakOff(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	answer := wiretest.Answer{ID: "i", Model: "m", Text: "some words that are long enough to cut", Usage: &wiretest.Usage{Input: 9, Output: 9}}
	for _, api := range append(streamed[:7:7], streamed[len(streamed)-1]) {
		_, body := api.encode(random, answer)
		x := answerExchange(api.path, api.mediaType, body[:len(body)*2/3])
		for end, want := range map[exchange.End]string{
			exchange.ClientGone: genai.ErrorClientAbort, exchange.UpstreamBroken: genai.ErrorStreamBroken,
			exchange.UpstreamTimeout: genai.ErrorTimeout,
		} {
			x.End = end
			call := decodeFixture(t, x)
			require.Equal(t, want, call.ErrorType, api.path)
			if text := call.Detail.Choices[0].Text; text != answer.Text {
				require.Equal(t, genai.UsageEstimated, call.Usage.Source, api.path)
				require.Equal(t, genai.Known(int64(len(text)+3)/4), call.Usage.Output, api.path)
			}
		}
	}
}

func TestTimesOfPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	answer := wiretest.Answer{ID: "i", Model: "m", Text: "a longer answer in some pieces"}
	for _, api := range append(streamed[:7:7], streamed[len(streamed)-1]) {
		_, body := api.encode(random, answer)
		x := answerExchange(api.path, api.mediaType, body)
		for offset := range body { // each byte a millisecond after the other
			x.Marks = append(x.Marks, exchange.Mark{Offset: int64(offset + 1), At: time.Duration(offset) * time.Millisecond})
		}
		call := decodeFixture(t, x)
		require.Greater(t, call.Chunks, 3, api.path)
		require.Positive(t, call.TimeToFirstChunk, api.path)
		require.Positive(t, call.MaxGap, api.path)
		require.Less(t, call.TimeToFirstChunk+call.MaxGap, time.Duration(len(body))*time.Millisecond, api.path)
	}
}
