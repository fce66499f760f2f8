package genaiprocessor

import (
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// siblings finds spans of one and the same call that stand beside each other in a trace: instrumentations that hook into
// callbacks do not put their span around the request. They are of one call when both say the same model and the same
// tokens, ran at the same time, and come from different reporters of one service. Each call takes one span of each
// reporter, so that of parallel calls that are alike as many count as there are.
type siblings struct {
	calls *recent.Table[sibling]
	// models and hashes are those of the call before, which mostly has the same.
	models [2]string
	hashes [2]uint32
}

// siblingsMax bounds the calls of a trace that are alike and remembered, the latest ones.
const siblingsMax = 8

// reportersMax bounds the spans of one call beside each other.
const reportersMax = 4

// reporter is by whom a span was made: an instrumentation of a service, hashed, or the tap of a Collector, whose service is that
// Collector, 0 where it does not say which.
type reporter struct{ scope, service uint32 }

var theTap = reporter{scope: 1}

func (r reporter) isTap() bool { return r.scope == theTap.scope }

// sibling is a call that counts. Of what tells few things apart it has short hashes.
type sibling struct {
	span   pcommon.SpanID
	ran    period
	models [2]uint32
	// service is 0 until another than the tap reports.
	service   uint32
	reporters [reportersMax]uint32
}

// of gives the call that counts for one like it; none when the call is new, or its tokens are not known.
func (s *siblings) of(c *genai.Call, key uint64, by reporter) (pcommon.SpanID, bool) {
	if key == 0 {
		return pcommon.SpanID{}, false
	}
	now := sibling{span: c.SpanID, ran: periodOf(c), models: s.modelsOf(c)}
	now.report(by)
	place, ended := key, int64(math.MaxInt64)
	for i := range uint64(siblingsMax) {
		other, ok := s.calls.Get(key + i)
		if !ok {
			place = key + i
			break
		}
		if other.beside(&now) && other.ofModel(now.models) && other.report(by) {
			s.calls.Put(key+i, other)
			return other.span, true
		}
		if other.ran.end < ended {
			place, ended = key+i, other.ran.end
		}
	}
	s.calls.Put(place, now)
	return pcommon.SpanID{}, false
}

// note remembers that a reporter's span of a call was found to be a duplicate by other means.
func (s *siblings) note(key uint64, counted pcommon.SpanID, by reporter) {
	for i, ok := uint64(0), key != 0; ok && i < siblingsMax; i++ {
		var other sibling
		if other, ok = s.calls.Get(key + i); ok && other.span == counted {
			other.report(by)
			s.calls.Put(key+i, other)
			return
		}
	}
}

// beside tells whether two ran at the same time. Those of one service have one clock.
func (s *sibling) beside(other *sibling) bool {
	skew := clockSkewMax
	if s.reporters[0] != theTap.scope && other.reporters[0] != theTap.scope {
		skew = 0
	}
	return s.ran.overlaps(other.ran, skew)
}

// report gives false when the reporter has a span of this call already, is of another service, or there are too many.
func (s *sibling) report(by reporter) bool {
	if by.isTap() {
		by = theTap
	}
	if s.service != 0 && by.service != 0 && s.service != by.service {
		return false
	}
	for i, known := range s.reporters {
		switch known {
		case by.scope:
			return false
		case 0:
			s.reporters[i] = by.scope
			s.service = max(s.service, by.service)
			return true
		}
	}
	return false
}

// siblingKey is equal for calls of a trace with the same tokens, and 0 for a call that can have no siblings.
func siblingKey(c *genai.Call) uint64 {
	u := &c.Usage
	if !saysTokens(c) || u.Source == genai.UsageEstimated || isTap(c) && c.ParentSpanID.IsEmpty() {
		return 0 // a tap's call whose client sent no trace has one of its own
	}
	var b [32]byte
	copy(b[:], c.TraceID[:])
	for i := range 8 {
		b[16+i], b[24+i] = byte(u.Input.N>>(8*i)), byte(u.Output.N>>(8*i))
	}
	return xxhash.Sum64(b[:])
}

// modelsOf gives hashes of the requested and the answering model, without the host that some name before it, as in
// openai/gpt-5. 0 is one that is not known.
func (s *siblings) modelsOf(c *genai.Call) [2]uint32 {
	for i, model := range [...]string{c.RequestModel, c.ResponseModel} {
		if model != s.models[i] {
			s.models[i], s.hashes[i] = strings.Clone(model), 0
			if model != "" {
				s.hashes[i] = shortHash(strings.ToLower(model[strings.LastIndexByte(model, '/')+1:]))
			}
		}
	}
	return s.hashes
}

// ofModel tells whether one of the models is one of the call's: not every instrumentation knows both.
func (s *sibling) ofModel(models [2]uint32) bool {
	for _, model := range models {
		if model != 0 && (model == s.models[0] || model == s.models[1]) {
			return true
		}
	}
	return false
}

// reporter tells by whom the span was made.
func (s *batchSpan) reporter() reporter {
	if s.tap {
		if collector := s.resource.text(genai.AttrServiceInstance); collector != "" {
			return reporter{scope: theTap.scope, service: shortHash(collector)}
		}
		return theTap
	}
	service := s.resource.text(genai.AttrServiceName)
	return reporter{scope: max(shortHash(s.scopeName()), theTap.scope+1), service: max(shortHash(service), 1)}
}

func shortHash(text string) uint32 { return uint32(xxhash.Sum64String(text)) }
