package openai

import (
	"bytes"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/outcome"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// readChatAnswer reads the answer, whole or streamed.
func readChatAnswer(x *exchange.Exchange, call *genai.Call) error {
	var a answer
	var ended bool
	var err error
	if call.Stream = isStream(x); call.Stream {
		ended, err = a.readStream(x, call)
	} else {
		ended, err = a.readWhole(x, call)
	}
	a.put(x, call, ended)
	return err
}

// isStream decides by the body where there is one, because some servers give a stream the wrong media type, and plain
// errors that of a stream.
func isStream(x *exchange.Exchange) bool {
	body := bytes.TrimLeft(x.Response.Body, "\ufeff \t\r\n")
	if len(body) == 0 {
		return isEventStream(x.Response.Header.Get("content-type"))
	}
	for _, field := range [][]byte{[]byte("data:"), []byte("event:"), []byte("id:"), []byte("retry:"), []byte(":")} {
		if bytes.HasPrefix(body, field) {
			return true
		}
	}
	return body[0] != '{' && isEventStream(x.Response.Header.Get("content-type"))
}

func isEventStream(mediaType string) bool {
	const want = "text/event-stream"
	return len(mediaType) >= len(want) && bytes.EqualFold([]byte(mediaType[:len(want)]), []byte(want))
}

// readWhole reads an answer that is one JSON object.
func (a *answer) readWhole(x *exchange.Exchange, call *genai.Call) (ended bool, err error) {
	if len(x.Response.Body) == 0 {
		return x.End == exchange.Completed, nil
	}
	if len(x.Marks) > 0 {
		call.TimeToFirstChunk = x.Marks[0].At
	}
	var c chunk
	r := jsonscan.New(x.Response.Body)
	c.read(&r, &a.usage)
	a.fold(&c, x.Status >= 400)
	if err = r.Err(); err != nil {
		err = fmt.Errorf("response: %w", err)
	}
	return err == nil || x.End == exchange.Completed, err
}

// put writes what was read into call.
func (a *answer) put(x *exchange.Exchange, call *genai.Call, ended bool) {
	call.ResponseID, call.ResponseModel = a.id, a.model
	call.SystemFingerprint, call.ServiceTier = a.fingerprint, a.tier
	call.ResponseTruncated = call.ResponseTruncated || a.cut
	a.putChoices(call)
	call.ToolCallHash = a.toolCallHash()
	class := ""
	if a.failed {
		class = apierror.Class(x.Status, a.failure)
	}
	call.Outcome, call.ErrorType = outcome.Of(x, class, ended || x.Response.Truncated && x.End == exchange.Completed)
	a.putUsage(x, call)
}

// putUsage writes what the server reported, or an estimate where it answered and reported nothing.
func (a *answer) putUsage(x *exchange.Exchange, call *genai.Call) {
	call.Usage = a.usage.known()
	if call.Usage.Source == genai.UsageReported {
		if x.UsageInjected {
			call.Usage.Source = genai.UsageInjected
		}
		return
	}
	answered := x.Status >= 200 && x.Status < 300 && (!a.failed || len(a.choices) > 0)
	if !answered {
		return
	}
	if timed, ok := a.usage.timed(); ok && len(a.choices) == 1 {
		call.Usage = timed
		return
	}
	call.Usage = genai.Usage{
		Input:  genai.Known(estimateInput(x.Request.Body)),
		Output: genai.Known(tokens.Estimate(a.output())),
		Source: genai.UsageEstimated,
	}
}

// estimateInput counts the text of the messages and all of the tools; images and the like are not counted.
func estimateInput(body []byte) (sum int64) {
	r := jsonscan.New(body)
	for key := range r.Object {
		switch string(key) {
		case "tools", "functions":
			sum += tokens.Estimate(r.Raw())
		case "messages":
			for range r.Array {
				for key := range r.Object {
					switch string(key) {
					case "content":
						var message delta
						message.readContent(&r)
						sum += tokens.Estimate(message.content)
					case "tool_calls":
						sum += tokens.Estimate(r.Raw())
					}
				}
			}
		}
	}
	return sum
}

// toolCallHash is equal for calls of the same tools with the same arguments, however these are written.
func (a *answer) toolCallHash() uint64 {
	var text []byte
	for i := range a.choices {
		for j := range a.choices[i].calls {
			c := &a.choices[i].calls[j]
			text = append(append(text, c.name...), 0)
			canonical, ok := jsonscan.AppendCanonical(text, c.arguments)
			if !ok {
				canonical = append(text, c.arguments...)
			}
			text = append(canonical, 0)
		}
	}
	if len(text) == 0 {
		return 0
	}
	return xxhash.Sum64(text)
}
