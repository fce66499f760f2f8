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

			_, _, noted := landmarks.Find(strings.Index(c.body, `a \"`), new(int))
			require.Equal(t, name == "plain", noted)
		})
	}
}
