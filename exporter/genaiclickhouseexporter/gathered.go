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
	g.limits.texts, g.rows = g.limits.texts[:0], g.rows[:0]
}

// left counts the spans that became no row, and the values that were cut.
type left struct{ noCall, noID, repeated, stored, cut int }

// read adds a row for each span that is a call.
func (g *gathered) read(spans ptrace.Traces) left {
	var read left
	g.rows = slices.Grow(g.rows, spans.SpanCount())
	for _, resource := range spans.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if !genai.ReadSpan(span, &g.call) {
					read.noCall++
					continue
				}
				if g.call.TraceID.IsEmpty() || g.call.SpanID.IsEmpty() {
					read.noID++ // all such calls would be one
					continue
				}
				g.rows = g.rows[:len(g.rows)+1]
				row := &g.rows[len(g.rows)-1]
				row.put(&g.call, &g.limits)
				read.cut += row.Cut
			}
		}
	}
	return read
}
