package genaimetricsconnector

import (
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// durationMax bounds the duration of one call in a metric; one that is longer would spoil the sums.
const durationMax = 7 * 24 * time.Hour

// The reasons why a value is kept out.
const (
	rejectedDuration = "duration"
	rejectedTokens   = "tokens"
)

// guard keeps impossible values, which spans from anywhere may have, out of the sums.
type guard struct{ *telemetry }

// tokens tells whether a count is known and possible.
func (g guard) tokens(n genai.Count) bool {
	if n.Known && n.N > genai.TokensMax {
		g.rejects.Add(rejectedTokens, 1)
		return false
	}
	return n.Known
}

// duration tells whether a call's duration is possible: SDKs send spans without an end, or with a clock set back.
func (g guard) duration(c *genai.Call) bool {
	if c.Duration < 0 || c.Duration > durationMax {
		g.rejects.Add(rejectedDuration, 1)
		return false
	}
	return true
}

// firstChunk tells whether a stream's time to first chunk is there and possible.
func (g guard) firstChunk(c *genai.Call) bool {
	if c.TimeToFirstChunk > durationMax {
		g.rejects.Add(rejectedDuration, 1)
		return false
	}
	return c.Stream && c.TimeToFirstChunk > 0
}
