package llmtapreceiver

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/includeusage"
)

// What was noted of a request before it went on makes no difference to its span, in whatever form its body came.
func TestLandmarksOfARequest(t *testing.T) {
	text := `{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat(`a \"b\" `, 900) + `"}],"stream":true}`
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, c := range map[string]struct{ header, body string }{
		"plain":           {"", text},
		"byte order mark": {"", "\ufeff" + text},
		"gzip":            {"content-encoding: gzip\r\n", packed.String()},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := newDecoder()
			x := answerExchange("/v1/chat/completions", "application/json", `{"choices":[]}`)
			x.Request.Header = exchange.Header(c.header)
			x.Request.Body, x.Request.Size = []byte(c.body), int64(len(c.body))
			want := d.call(x)

			landmarks := new(exchange.Landmarks)
			newAdmission(nil, d).worstCase(&proxy.Request{
				Method: x.Method, Target: x.Target, Header: x.Request.Header, Body: x.Request.Body, BodySize: x.Request.Size, Landmarks: landmarks,
			})
			includeusage.Add(x.Request.Body, landmarks)
			x.Request.Landmarks = landmarks
			got := d.call(x)
			require.Equal(t, want.PromptHash, got.PromptHash)
			require.Equal(t, want.Detail.PromptTextBytes, got.Detail.PromptTextBytes)
			require.Equal(t, want.Detail.MessageHashes, got.Detail.MessageHashes)
			require.Equal(t, want.RequestModel, got.RequestModel)

			if name != "plain" {
				require.Zero(t, *landmarks, "places among other bytes than those that came")
				return
			}
			_, _, noted := landmarks.Find(strings.Index(c.body, `a \"`), new(int))
			require.True(t, noted)
		})
	}
}

// Chinese is longer in UTF-8 than in UTF-16. What was noted of a text in that says nothing of the same places in UTF-8, where here a
// string begins at one and has a quote at the other.
func TestLandmarksOfAnotherEncoding(t *testing.T) {
	const noted = 2 * exchange.LandmarkBytesMin
	han := func(size int) string { return strings.Repeat("\u4e2d", size/len("\u4e2d")) }
	before := `{"model":"m",` + strings.Repeat(" ", 4*noted) + `"metadata":{"a":"`
	start := 2*len(before) - 1 // of the string in UTF-16, up to whose end there are noted+1 bytes
	message := `"messages":[{"role":"user","content":"`
	text := before + strings.Repeat("\u4e2d", noted/2) + `"},`
	text += strings.Repeat(" ", start-len(text)-len(message)) + message
	require.Len(t, text, start)
	text += han(noted) + strings.Repeat("x", 1+noted-len(han(noted))-len(`\`)) + `\"` + han(24*noted) + `"}]}`

	d, failures := newDecoder()
	x := answerExchange("/v1/chat/completions", "application/json", `{"choices":[]}`)
	x.Request.Body = inOtherEncodings(text)["little UTF-16 "]
	require.Less(t, len(x.Request.Body), len(text))
	want := d.call(x)
	x.Request.Landmarks = new(exchange.Landmarks)
	includeusage.Add(x.Request.Body, x.Request.Landmarks)
	_, _, ok := x.Request.Landmarks.Find(start, new(int))
	require.True(t, ok)
	got := d.call(x)
	require.Empty(t, *failures)
	require.Equal(t, want.PromptHash, got.PromptHash)
	require.Equal(t, want.Detail.PromptTextBytes, got.Detail.PromptTextBytes)
}
