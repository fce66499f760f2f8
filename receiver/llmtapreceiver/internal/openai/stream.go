package openai

import (
	"bytes"
	"fmt"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/sse"
)

// readStream folds the events of a stream. It ended when [DONE] came, or each choice has a finish reason.
func (a *answer) readStream(x *exchange.Exchange, call *genai.Call) (ended bool, err error) {
	var c chunk
	clock := arrivals{marks: x.Marks}
	events := sse.NewScanner(sse.EventBytesMax)
	events.Feed(x.Response.Body)
	done := false
	for tail := false; ; {
		event, next := events.Next()
		if next == sse.ErrMore {
			tail = true
			if event, next = events.Tail(); next == sse.ErrMore {
				break
			}
		}
		if next == sse.ErrTooLong {
			a.cut = true
			continue
		}
		data := bytes.TrimSpace(event.Data)
		if len(data) == 0 {
			continue
		}
		if string(data) == "[DONE]" {
			done = true
			continue
		}
		r := jsonscan.New(data)
		c.read(&r, &a.usage)
		if string(event.Name) == "error" {
			c.failure.Flat()
		}
		if a.fold(&c, x.Status >= 400) {
			clock.piece(event.End, call)
		}
		if r.Err() != nil && !(tail && r.Err() == jsonscan.ErrCut) {
			call.Detail.InvalidEvents++
		}
	}
	call.Detail.Done = done
	if call.Detail.InvalidEvents > 0 {
		err = fmt.Errorf("response: %d events are not valid JSON", call.Detail.InvalidEvents)
	}
	return done || a.finished(), err
}

// arrivals tells when the pieces of an answer came.
type arrivals struct {
	marks []exchange.Mark
	last  time.Duration
}

// piece notes a piece of the answer that was complete at the offset given.
func (a *arrivals) piece(end int64, call *genai.Call) {
	for len(a.marks) > 1 && a.marks[0].Offset < end {
		a.marks = a.marks[1:]
	}
	call.Chunks++
	if len(a.marks) == 0 {
		return
	}
	at := a.marks[0].At
	if call.Chunks == 1 {
		call.TimeToFirstChunk = at
	} else {
		call.MaxGap = max(call.MaxGap, at-a.last)
	}
	a.last = at
}
