package genaiprocessor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// A trace may have any number of calls that are alike one after the other, as of an agent that embeds short texts or is asked the same
// again.
func TestSiblingsOfEachCallInALongTraceCountOnce(t *testing.T) {
	const calls = 5 * siblingsMax
	var batches [][]seen
	var want []byte
	for i := range byte(calls) {
		call := seen{kind: 's', id: 2*i + 2, in: 1, start: 10 * int(i), length: 2, scope: "x", model: "m", tokens: 70}
		again := call
		again.id, again.scope = 2*i+3, "y"
		batches = append(batches, []seen{call}, []seen{again})
		want = append(want, call.id)
	}
	require.Equal(t, want, counts(t, batches...))
}

// A scope may have a name as long as a request, and as many spans: of each is read only as much as a name has.
func TestLongNamesOfScopesAreReadInPart(t *testing.T) {
	by := func(name string) reporter {
		scope := ptrace.NewScopeSpans()
		scope.Scope().SetName(name)
		return (&batchSpan{origin: origin{scope: scope, resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}}).reporter()
	}
	name := strings.Repeat("x", genai.NameBytesMax-1)
	require.NotEqual(t, by(name+"a"), by(name+"b"))
	require.Equal(t, by(name+"ab"), by(name+"ac"))
}
