package genaiprocessor

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// answersMax bounds the calls with one response id that are remembered, the latest ones.
const answersMax = 8

// answer is a call by the id of its response.
type answer struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
	ran   period
	by    reporter
	// server is the one that the tap asked; 0 where another reports. tokens are a hash of how many there are, odd where they were
	// counted, even where they were estimated; 0 where that is not known.
	server, tokens uint32
}

func answerOf(c *genai.Call, by reporter) answer {
	a := answer{trace: c.TraceID, span: c.SpanID, ran: periodOf(c), by: by}
	if by.isTap() { // a server's name may be that of its host
		a.server = 31*shortHash(c.Upstream) + shortHash(c.ServerAddress) + uint32(c.ServerPort)
	}
	if saysTokens(c) {
		a.tokens = (0x9e3779b1*uint32(c.Usage.Input.N)+uint32(c.Usage.Output.N))<<1 | 1
		if c.Usage.Source == genai.UsageEstimated {
			a.tokens ^= 1
		}
	}
	return a
}

// answers are the calls that count, by the ids of their responses. Servers make ids again, and vLLM takes them from the client's
// X-Request-Id, so that several calls may have one.
type answers struct{ calls *recent.Table[answer] }

// of gives the call that counts for one with that key, and the place for this one if it is to count, too.
func (a answers) of(made answer, key uint64) (same answer, place uint64, found bool) {
	place, ended := key, int64(math.MaxInt64)
	for i := range uint64(answersMax) {
		other, ok := a.calls.Get(key + i)
		if !ok || other.span == made.span {
			return answer{}, key + i, false
		}
		if other.isOf(&made) {
			return other, key + i, true
		}
		if other.ran.end < ended {
			place, ended = key+i, other.ran.end
		}
	}
	return answer{}, place, false
}

// isOf tells whether two may be of one call: in one trace, or as the tap and an SDK or two instrumentations of a service report it in
// two. They must have run at the same time.
func (a *answer) isOf(b *answer) bool {
	switch one := a.trace == b.trace; {
	case a.by.isTap() && b.by.isTap():
		return one && a.behind(b) && a.agrees(b) && a.ran.overlaps(b.ran, clockSkewMax)
	case a.by.isTap(), b.by.isTap():
		return a.near(b)
	case one && a.by.service == b.by.service: // one clock, and of one instrumentation one way to count
		return a.ran.overlaps(b.ran, 0) && (a.by != b.by || a.agrees(b))
	case one:
		return a.near(b)
	case a.by.scope == b.by.scope:
		return false
	default: // one clock, by which a client's call is within what called the client
		return a.by.service == b.by.service && (a.ran.holds(b.ran) || b.ran.holds(a.ran))
	}
}

// behind tells whether taps may stand behind one another: each asks another server, and they are of different Collectors. To the tap of
// one a client could give two calls one trace and one id, and have the dear one for that of the cheap one.
func (a *answer) behind(b *answer) bool {
	return a.server != b.server && (a.by != b.by || a.by == theTap)
}

// agrees tells whether both have the same tokens, as far as they are known of both in the same way.
func (a *answer) agrees(b *answer) bool {
	return a.tokens == b.tokens || a.tokens == 0 || b.tokens == 0 || a.tokens&1 != b.tokens&1
}

// near tells whether two ran at the same time. That only their clocks keep them apart is believed of those that agree: the next call of
// a trace has other tokens.
func (a *answer) near(b *answer) bool {
	return a.ran.overlaps(b.ran, 0) || a.agrees(b) && a.ran.overlaps(b.ran, clockSkewMax)
}
