package llmtapreceiver

import (
	"bytes"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
)

// noteForm notes the flaws that an answer of any API can have. The bodies must be free of content coding.
func noteForm(x *exchange.Exchange, call *genai.Call) {
	if call.Detail == nil {
		return
	}
	flaws := &call.Detail.Flaws
	switch x.End {
	case exchange.UpstreamBroken, exchange.UpstreamTimeout, exchange.ClientGone:
		// One that ended before is whole however its connection went; a finish reason is not all that ends a stream.
		flaws.AddIf(call.ErrorType != "" || call.Stream && !call.Detail.Done, genai.FlawBroken)
	}
	body := x.Response.Body
	flaws.AddIf(bytes.HasPrefix(body, []byte("\ufeff")), genai.FlawByteOrderMark)
	flaws.AddIf(isText(x) && !utf8.Valid(body) && !x.Response.Truncated, genai.FlawInvalidUTF8)
	if call.Stream {
		flaws.AddIf(bytes.IndexByte(body, '\r') >= 0, genai.FlawCR)
	}
	flaws.AddIf(hasReplacement(body) && !hasReplacement(x.Request.Body), genai.FlawReplacementChar)
	flaws.AddIf(len(body) > 0 && wrongMediaType(x, call), genai.FlawMediaType)
	if x.Status >= 400 {
		apierror.NoteForm(body, call.Provider == genai.ProviderAnthropic, flaws)
		noteRetryAfter(x, flaws)
	}
}

func isText(x *exchange.Exchange) bool {
	return x.Response.HasMediaType("application/json") || x.Response.HasMediaType("text/event-stream") ||
		x.Response.HasMediaType("application/x-ndjson")
}

// hasReplacement tells whether a body has U+FFFD, as itself or escaped, if only in text that speaks of the escape.
func hasReplacement(body []byte) bool {
	return bytes.Contains(body, []byte("\uFFFD")) || bytes.Contains(body, []byte(`\ufffd`)) || bytes.Contains(body, []byte(`\uFFFD`))
}

// wrongMediaType judges the media types of event streams, and of JSON under a type of text, which OpenAI's clients take for one.
func wrongMediaType(x *exchange.Exchange, call *genai.Call) bool {
	const text = "text/"
	mediaType := x.Response.Get("content-type")
	switch {
	case call.Provider == genai.ProviderOllama, x.Status >= 400, len(mediaType) == 0: // Ollama's streams are JSON lines
		return false
	case x.Response.HasMediaType("text/event-stream"):
		return !call.Stream
	case call.Stream:
		return answer.IsEventStream(x)
	}
	body := bytes.TrimLeft(x.Response.Body, "\ufeff \t\r\n")
	return bytes.HasPrefix(body, []byte("{")) && len(mediaType) > len(text) && bytes.EqualFold(mediaType[:len(text)], []byte(text))
}

func noteRetryAfter(x *exchange.Exchange, flaws *genai.Flaws) {
	if x.Status != 429 && x.Status != 503 {
		return
	}
	missing := len(x.Response.Get("retry-after")) == 0 && len(x.Response.Get("retry-after-ms")) == 0
	flaws.AddIf(missing, genai.FlawNoRetryAfter)
}
