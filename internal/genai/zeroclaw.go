package genai

import (
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// zeroClaw is what ZeroClaw's spans of answers have, which it makes when these are there.
type zeroClaw struct {
	is   bool
	took time.Duration
}

func (z *zeroClaw) stretch(span ptrace.Span, c *Call) {
	if z.is && z.took > 0 && span.Name() == "llm.response" {
		c.stretch(z.took)
	}
}
