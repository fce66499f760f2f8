package genaiclickhouseexporter

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// gathered is the memory that the rows of one batch are made in. The next batch uses it again.
type gathered struct {
	call   genai.Call // the one that is read, and so on
	limits limiter
	rows   []Row
	// unrecorded are the rows of spans that tell of calls without one.
	unrecorded []Row
}

func newGathered() *gathered {
	g := &gathered{}
	g.call.Reuse()
	return g
}

// clear keeps the memory, and nothing that the spans could be held by.
func (g *gathered) clear() {
	g.call.Become(genai.Call{})
	clear(g.limits.texts)
	clear(g.rows)
	clear(g.unrecorded)
	g.limits.texts, g.rows, g.unrecorded = g.limits.texts[:0], g.rows[:0], g.unrecorded[:0]
}

// tally counts the spans that became no row, and the values that were cut.
type tally struct{ noCall, noID, repeated, stored, expired, cut int }

// read adds a row for each span that is a call or tells of unrecorded ones.
func (g *gathered) read(spans ptrace.Traces) tally {
	var read tally
	for _, resource := range spans.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				g.readSpan(span, &read)
			}
		}
	}
	return read
}

func (g *gathered) readSpan(span ptrace.Span, read *tally) {
	if !genai.ReadSpan(span, &g.call) {
		g.readUnrecorded(span, read)
		return
	}
	if g.call.TraceID.IsEmpty() || g.call.SpanID.IsEmpty() {
		read.noID++ // all such calls would be one
		return
	}
	g.rows = slices.Grow(g.rows, 1)[:len(g.rows)+1] // most spans of an application are no calls
	row := &g.rows[len(g.rows)-1]
	row.put(&g.call, &g.limits)
	read.cut += row.Cut
}

func (g *gathered) readUnrecorded(span ptrace.Span, read *tally) {
	unrecorded, ok := genai.ReadUnrecorded(span)
	if !ok {
		read.noCall++
		return
	}
	if span.TraceID().IsEmpty() || span.SpanID().IsEmpty() {
		read.noID++
		return
	}
	g.unrecorded = append(g.unrecorded, Row{})
	row := &g.unrecorded[len(g.unrecorded)-1]
	row.putUnrecorded(unrecorded, genai.SpanUUID(span.TraceID(), span.SpanID()), &g.limits)
	read.cut += row.Cut
}
