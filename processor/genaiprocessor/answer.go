package genaiprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// answer is a call by the id of its response.
type answer struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
	ran   period
	by    reporter
	// server is the one that the tap asked, like is of the trace and of the tokens that it counted; 0 where another reports, or none were.
	server, like uint32
}

// isOf tells whether a call may have the same answer: in one trace, or as the tap and an SDK or two instrumentations of a service
// report it in two.
func (a *answer) isOf(c *genai.Call, k *keys, by reporter) bool {
	ran := periodOf(c)
	switch {
	case a.by == theTap && by == theTap:
		return a.trace == c.TraceID && a.isBehind(serverOf(c), uint32(k.like)) && a.ran.overlaps(ran, clockSkewMax)
	case a.by == theTap, by == theTap:
		return a.ran.overlaps(ran, clockSkewMax)
	case a.trace == c.TraceID && a.by == by: // one clock
		return a.ran.overlaps(ran, 0)
	case a.trace == c.TraceID:
		return a.ran.overlaps(ran, clockSkewMax)
	case a.by.scope == by.scope:
		return false
	default: // one clock, by which a client's call is within what called the client
		return a.by.service == by.service && (a.ran.holds(ran) || ran.holds(a.ran))
	}
}

// isBehind tells whether two calls of a trace may be of taps behind one another: each asks another server, and all read the same counts.
func (a *answer) isBehind(server, like uint32) bool {
	return a.server != server && (a.like == like || a.like == 0 || like == 0)
}

// serverOf is a hash of the server that the tap asked. Its name may be that of its host, too.
func serverOf(c *genai.Call) uint32 {
	return 31*shortHash(c.Upstream) + shortHash(c.ServerAddress) + uint32(c.ServerPort)
}
