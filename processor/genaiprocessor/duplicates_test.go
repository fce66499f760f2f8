package genaiprocessor

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// seen describes a span of a test: one letter for its kind, its own number and that of the span around it.
type seen struct {
	kind     byte // t a tap's call, s an SDK's call, h an HTTP client span, a an agent's span, f a fetched response, e an SDK's embedding
	id, in   byte
	trace    byte
	response string
	// start and length are in seconds.
	start, length int
	// scope is the instrumentation, tokens is input and a tenth of it output, 0 unknown, -1 none.
	scope, service, model string
	// server is the address that the tap asked, upstream its name there.
	server, upstream string
	tokens           int64
	estimated        bool
	collector        string // that the tap is of
}

func (s seen) put(span ptrace.Span) {
	call := genai.Call{
		TraceID: pcommon.TraceID{s.trace + 1}, SpanID: pcommon.SpanID{s.id}, Operation: genai.OperationChat,
		Start: time.Unix(1_793_491_200+int64(s.start), 0), Duration: time.Duration(s.length) * time.Second, ResponseID: s.response,
	}
	if s.in != 0 {
		call.ParentSpanID = pcommon.SpanID{s.in}
	}
	call.RequestModel = s.model
	if s.tokens != 0 {
		tokens := max(s.tokens, 0)
		call.Usage.Input, call.Usage.Output = genai.Known(tokens), genai.Known(tokens/10)
	}
	if s.estimated {
		call.Usage.Source = genai.UsageEstimated
	}
	switch s.kind {
	case 't':
		call.Outcome, call.ServerAddress, call.Upstream = genai.OutcomeOK, s.server, s.upstream
	case 'a':
		call.Operation = "invoke_agent"
	case 'e':
		call.Operation = genai.OperationEmbeddings
	case 'f':
		call.Operation = genai.OperationFetchResponse
	}
	genai.PutSpan(&call, span)
	if s.kind == 'h' {
		span.Attributes().Clear()
		span.Attributes().PutStr("http.request.method", "POST")
	}
}

// tracesOf gives a batch of spans, each with a resource of its own.
func tracesOf(batch ...seen) ptrace.Traces {
	traces := ptrace.NewTraces()
	for _, s := range batch {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", s.service)
		resource.Resource().Attributes().PutStr("service.instance.id", s.collector)
		scope := resource.ScopeSpans().AppendEmpty()
		scope.Scope().SetName(s.scope)
		s.put(scope.Spans().AppendEmpty())
	}
	return traces
}

// counts gives the numbers of the spans that count, when each list comes as a batch.
func counts(t *testing.T, batches ...[]seen) []byte {
	t.Helper()
	a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	var counted []byte
	for _, batch := range batches {
		traces := tracesOf(batch...)
		_, err = a.processTraces(t.Context(), traces)
		require.NoError(t, err)
		for i, resource := range traces.ResourceSpans().All() {
			if genai.ReadSpan(resource.ScopeSpans().At(0).Spans().At(0), new(genai.Call)) {
				counted = append(counted, batch[i].id)
			}
		}
	}
	return counted
}

// A call that looks something up for the call around it is a call of its own.
func TestCallAroundALookUpCounts(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.ElementsMatch(t, []byte(want), counts(t, batches...))
	}
	chat, tap := seen{kind: 's', id: 1, length: 5, tokens: 100}, seen{kind: 't', id: 2, in: 1, start: 2, length: 2, tokens: 100}
	embedding := seen{kind: 'e', id: 4, in: 1, length: 1, tokens: 10}
	f("\x01\x04", []seen{chat, embedding})
	f("\x01\x04", []seen{embedding}, []seen{chat})
	f("\x01\x04", []seen{chat}, []seen{embedding})
	f("\x02\x04", []seen{chat, embedding, tap})
	f("\x02\x04", []seen{embedding}, []seen{tap}, []seen{chat})

	http := seen{kind: 'h', id: 3, in: 1, length: 1}
	through := seen{kind: 'e', id: 4, in: 3, length: 1, tokens: 10}
	f("\x01\x04", []seen{chat, http, through})
	f("\x01\x04", []seen{through}, []seen{http}, []seen{chat})
	around := seen{kind: 'e', id: 1, length: 2, tokens: 10}
	f("\x04", []seen{around, http, through})
}

func TestOneCallCountsOnce(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.Equal(t, []byte(want), counts(t, batches...))
	}
	sdk, tap := seen{kind: 's', id: 1, length: 3}, seen{kind: 't', id: 2, in: 1, length: 2}
	f("\x02", []seen{sdk, tap})
	f("\x02", []seen{tap}, []seen{sdk})
	f("\x01", []seen{sdk}, []seen{tap})

	http := seen{kind: 'h', id: 3, in: 1, length: 3}
	within := seen{kind: 't', id: 2, in: 3, length: 2}
	f("\x02", []seen{within}, []seen{sdk, http})
	f("\x02", []seen{within}, []seen{http}, []seen{sdk})
	f("\x02", []seen{sdk, http, within})
	f("\x01", []seen{sdk, http}, []seen{within})

	outer := seen{kind: 's', id: 4, length: 4}
	inner := seen{kind: 's', id: 1, in: 4, length: 3}
	f("\x01", []seen{outer, inner})
	f("\x01", []seen{inner}, []seen{outer})
	f("\x02", []seen{tap}, []seen{outer, inner})
	f("\x04", []seen{outer}, []seen{inner}, []seen{tap})

	// By its clock a span may end before one within it, and then say less of the call.
	bare := seen{kind: 'e', id: 4, length: 2}
	full := seen{kind: 'e', id: 1, in: 4, length: 3, tokens: 100}
	f("\x01", []seen{bare, full})
	f("\x01", []seen{bare, {kind: 'h', id: 5, in: 4, length: 1}, {kind: 'e', id: 1, in: 5, length: 3, tokens: 100}})
	itself := seen{kind: 's', id: 4, in: 4, length: 2}
	f("\x04", []seen{itself})
}

func TestOneResponseCountsOnce(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.Equal(t, []byte(want), counts(t, batches...))
	}
	sdk := seen{kind: 's', id: 1, response: "r", length: 3}
	tap := seen{kind: 't', id: 2, trace: 1, response: "r", length: 2}
	f("\x02", []seen{tap}, []seen{sdk})
	f("\x01", []seen{sdk}, []seen{tap})
	f("\x02", []seen{sdk, tap})
	// An id that a server makes again, another SDK's trace, a response that is fetched: all are calls of their own.
	late := tap
	late.start = 3 + int(clockSkewMax.Seconds())
	f("\x01\x02", []seen{sdk}, []seen{late})
	late.start--
	f("\x01", []seen{sdk}, []seen{late})
	other := seen{kind: 's', id: 2, trace: 1, response: "r", length: 2}
	f("\x01\x02", []seen{sdk}, []seen{other})
	other.trace = 0
	f("\x01", []seen{sdk}, []seen{other})
	// Instrumentations of one service may each begin a trace, as of LangChain and of the client that it calls. What is not within the
	// other is another call, whatever its id.
	chain := seen{kind: 's', id: 4, trace: 2, response: "r", length: 4, scope: "langchain"}
	f("\x01", []seen{sdk}, []seen{chain})
	f("\x04", []seen{chain}, []seen{sdk})
	beside, same, elsewhere := chain, chain, chain
	beside.start, same.length, elsewhere.service = 1, sdk.length, "another"
	f("\x01\x04", []seen{sdk}, []seen{beside})
	f("\x01\x04", []seen{sdk}, []seen{same})
	f("\x01\x04", []seen{sdk}, []seen{elsewhere})
	fetched := seen{kind: 'f', id: 3, response: "r", length: 1}
	f("\x01\x03", []seen{sdk}, []seen{fetched})
	f("\x03\x01", []seen{fetched}, []seen{sdk})
}

// Spans of one call that stand beside each other: a callback's, the client library's, the tap's.
func TestSiblingsOfOneCallCountOnce(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.Equal(t, []byte(want), counts(t, batches...))
	}
	root := seen{kind: 'a', id: 9, length: 9}
	chain := seen{kind: 's', id: 1, in: 9, length: 3, scope: "langchain", tokens: 100, model: "gpt-4o"}
	client := seen{kind: 's', id: 2, in: 9, length: 3, scope: "openai", tokens: 100, model: "openai/GPT-4o"}
	tap := seen{kind: 't', id: 3, in: 9, length: 2, tokens: 100, model: "gpt-4o"}
	f("\x03", []seen{root, chain, client, tap})
	f("\x03", []seen{tap}, []seen{chain}, []seen{client, root})
	f("\x01", []seen{chain}, []seen{client}, []seen{tap})
	// Of parallel calls that are alike as many count as there are.
	chain2, client2, tap2 := chain, client, tap
	chain2.id, client2.id, tap2.id = 4, 5, 6
	f("\x01\x04", []seen{chain}, []seen{chain2}, []seen{client}, []seen{client2}, []seen{tap}, []seen{tap2})
	f("\x03\x06", []seen{tap, chain, client, tap2, chain2, client2})
	// The tap's clock may differ, that of one service does not.
	skewed := tap
	skewed.start = 3
	f("\x01", []seen{chain}, []seen{skewed})
	// Other tokens, models, times, traces and services are other calls.
	for _, change := range []func(*seen){
		func(s *seen) { s.tokens++ }, func(s *seen) { s.model = "gpt-4o-mini" },
		func(s *seen) { s.start = 3 }, func(s *seen) { s.trace = 1 }, func(s *seen) { s.scope = "openai" },
		func(s *seen) { s.service = "worker" },
	} {
		other := chain
		change(&other)
		f("\x02\x01", []seen{client}, []seen{other})
	}
	// A tap's call in a trace of its own has no siblings, and none is told by tokens that are not known.
	alone := tap
	alone.in, alone.id = 0, 7
	f("\x03\x07", []seen{tap}, []seen{alone})
	bare, bareTap := chain, tap
	bare.tokens, bareTap.tokens = 0, 0
	f("\x02\x01", []seen{client}, []seen{bare})
	f("\x01\x03", []seen{bare}, []seen{bareTap})
	// A span that was found to be of a call by its place does not serve for another.
	within := client
	within.in, within.id = 1, 8
	f("\x01\x02", []seen{chain}, []seen{within}, []seen{client})
}

// A span without tokens that comes first does not keep the tap's from counting; those after it are duplicates of the tap's.
func TestTokensAreNotLostToASpanWithoutThem(t *testing.T) {
	sdk := seen{kind: 's', id: 1, length: 3, response: "r", scope: "openai", model: "m"}
	tap := seen{kind: 't', id: 2, in: 1, length: 2, response: "r", tokens: 100, model: "m"}
	late := seen{kind: 's', id: 3, length: 3, response: "r", scope: "langchain", tokens: 100, model: "m"}
	for _, missed := range []int64{0, -1} {
		sdk.tokens = missed
		require.Equal(t, []byte("\x01\x02"), counts(t, []seen{sdk}, []seen{tap}, []seen{late}))
		require.Equal(t, []byte("\x02"), counts(t, []seen{sdk, tap}, []seen{late}))
		require.Equal(t, []byte("\x02"), counts(t, []seen{tap}, []seen{sdk}))
	}
}

// A try that failed said no tokens. The span around it and the next try is of the latter.
func TestSpanAroundTriesIsOfTheOneWithTokens(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.Equal(t, []byte(want), counts(t, batches...))
	}
	request := seen{kind: 's', id: 1, length: 5, tokens: 100, model: "m"}
	failed, answered := seen{kind: 's', id: 2, in: 1, length: 1, model: "m"}, seen{kind: 's', id: 3, in: 1, start: 2, length: 2, tokens: 100, model: "m"}
	f("\x02\x03", []seen{request, failed, answered})
	f("\x02\x03", []seen{failed}, []seen{answered}, []seen{request})
	f("\x03\x02", []seen{answered}, []seen{failed}, []seen{request})
	f("\x02\x01", []seen{failed}, []seen{request}, []seen{answered})
	f("\x01", []seen{request}, []seen{failed}, []seen{answered})

	http := seen{kind: 'h', id: 4, in: 1, length: 5}
	failed.in, answered.in = 4, 4
	f("\x02\x03", []seen{request, http, failed, answered})
	f("\x02\x03", []seen{failed}, []seen{answered}, []seen{http}, []seen{request})
}

// A client that sends no traceparent: the tap's span has a trace of its own.
func TestTokensAreNotLostToASpanInAnotherTrace(t *testing.T) {
	sdk := seen{kind: 's', id: 1, length: 3, response: "r", scope: "openai", model: "m"}
	tap := seen{kind: 't', id: 2, trace: 1, length: 2, response: "r", tokens: 100, model: "m"}
	late := seen{kind: 's', id: 3, trace: 1, length: 3, response: "r", scope: "langchain", tokens: 100, model: "m"}
	require.Equal(t, []byte{1, 2}, counts(t, []seen{sdk}, []seen{tap}, []seen{late}))
	sdk.tokens = 100
	require.Equal(t, []byte{1}, counts(t, []seen{sdk}, []seen{tap}))
}

func TestCallsOfTheirOwnCount(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.Equal(t, []byte(want), counts(t, batches...))
	}
	agent := seen{kind: 'a', id: 9, length: 9}
	one, two := seen{kind: 's', id: 1, in: 9, length: 1}, seen{kind: 's', id: 2, in: 9, start: 1, length: 1}
	f("\x01\x02", []seen{agent, one, two})
	// A call of an agent that a call's tool runs is within that call and yet another.
	inner := seen{kind: 'a', id: 5, in: 1, length: 1}
	deep := seen{kind: 's', id: 6, in: 5, length: 1}
	f("\x01\x06", []seen{one}, []seen{inner, deep})
	// Each try of an SDK's call reached the server; the SDK's span is one more of the same.
	try1, try2 := seen{kind: 't', id: 3, in: 1}, seen{kind: 't', id: 4, in: 1, start: 1}
	f("\x03\x04", []seen{try1}, []seen{try2}, []seen{one})
	// A batch that is sent again is not for us to judge: the store knows the call's id.
	f("\x01\x01", []seen{one}, []seen{one})
}

// However spans are spread over batches, a tree of calls counts each innermost or each outermost call once.
func TestAnyOrderCountsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var spans []seen
		for call := range byte(10) {
			base := 1 + call*4
			spans = append(spans,
				seen{kind: 's', id: base, trace: call, response: "r" + string('0'+call), start: int(call) * 60, length: 5},
				seen{kind: 's', id: base + 1, in: base, trace: call, response: "r" + string('0'+call), start: int(call) * 60, length: 4},
				seen{kind: 'h', id: base + 2, in: base + 1, trace: call, start: int(call) * 60, length: 3},
				seen{kind: 't', id: base + 3, in: base + 2, trace: call, response: "r" + string('0'+call), start: int(call) * 60, length: 2})
		}
		r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		var batches [][]seen
		for len(spans) > 0 {
			n := 1 + r.IntN(len(spans))
			batches, spans = append(batches, spans[:n]), spans[n:]
		}
		once := make(map[byte]int)
		for _, id := range counts(t, batches...) {
			once[(id-1)/4]++
		}
		require.Len(t, once, 10)
		for call, n := range once {
			require.Equal(t, 1, n, call)
		}
	}
}

func TestMemoryOfSpansIsBounded(t *testing.T) {
	d := newDuplicates(16)
	for i := range uint16(100) {
		span := ptrace.NewSpan()
		seen{kind: 's', id: byte(i), in: 1, trace: byte(i), response: string(rune(i + 1))}.put(span)
		var call genai.Call
		require.True(t, genai.ReadSpan(span, &call))
		d.of(&call, theTap)
	}
	require.LessOrEqual(t, d.spans.Len(), 16)
	require.LessOrEqual(t, d.answers.calls.Len(), 16)
}

func TestEverySpanCountsWithoutMemory(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.RememberSpans = 0
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	seen{kind: 's', id: 1, length: 3}.put(spans.AppendEmpty())
	seen{kind: 't', id: 2, in: 1, length: 2}.put(spans.AppendEmpty())
	for _, span := range process(t, cfg, traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		require.True(t, genai.ReadSpan(span, &genai.Call{}))
	}
}
