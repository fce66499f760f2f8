package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Applications that hand on the X-Request-Id of what they serve name all their calls to vLLM alike, within one trace.
func TestCallsToWhichTheirClientGaveOneIDCount(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.ElementsMatch(t, []byte(want), counts(t, batches...))
	}
	one, two := seen{kind: 't', id: 1, in: 9, response: "r", length: 1}, seen{kind: 't', id: 2, in: 9, response: "r", start: 1, length: 1}
	f("\x01\x02", []seen{one, two})
	f("\x01\x02", []seen{one}, []seen{two})
	beside := two
	beside.start = 0
	f("\x01\x02", []seen{one, beside})
	// A tap behind another reports the same call.
	behind := beside
	behind.server = "gateway"
	f("\x01", []seen{one, behind})
	inner, outer := one, behind // named like their hosts, as services of Compose and Kubernetes
	inner.server, inner.upstream, outer.upstream = "vllm", "vllm", "gateway"
	f("\x01", []seen{inner, outer})
	// What has other counts is another call: of a model of another server.
	inner.tokens, outer.tokens = 100, 100
	f("\x01", []seen{inner, outer})
	outer.tokens = 200
	f("\x01\x02", []seen{inner, outer})
	f("\x01\x02", []seen{outer}, []seen{inner})
	inner.estimated, outer.estimated = true, true
	f("\x01\x02", []seen{inner, outer})
	inner.estimated = false // nor is an estimate told from what it stands for
	f("\x01", []seen{inner, outer})
	outer.tokens, outer.estimated = 0, false
	f("\x01", []seen{inner}, []seen{outer})

	step, next := seen{kind: 's', id: 3, in: 9, response: "r", length: 1}, seen{kind: 's', id: 4, in: 9, response: "r", start: 1, length: 1}
	f("\x03\x04", []seen{step, next})
	one.in, two.in = 3, 4
	f("\x01\x02", []seen{one, step, two, next})
	f("\x03\x04", []seen{step}, []seen{one}, []seen{next}, []seen{two})
}

// A client can give calls to two servers of vLLM one trace and one id, and break the first one off: the other was that one, and free.
func TestCallsOfOneTapCountWhateverTheirClientNamesThem(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.ElementsMatch(t, []byte(want), counts(t, batches...))
	}
	cheap := seen{kind: 't', id: 1, in: 9, response: "r", length: 1, tokens: 10, estimated: true, server: "small", collector: "a"}
	dear := seen{kind: 't', id: 2, in: 9, response: "r", length: 60, tokens: 100_000, server: "large", collector: "a"}
	f("\x01\x02", []seen{cheap}, []seen{dear})
	f("\x01\x02", []seen{dear, cheap})
	cheap.collector = "b"
	f("\x01", []seen{cheap}, []seen{dear})
}

// Which of several calls with one id a span is of, its time and tokens tell, whatever came before it.
func TestSpansOfCallsWithOneID(t *testing.T) {
	f := func(want string, batches ...[]seen) {
		t.Helper()
		require.ElementsMatch(t, []byte(want), counts(t, batches...))
	}
	of := func(kind byte, id, in byte, start int, tokens int64, scope string) seen {
		return seen{kind: kind, id: id, in: in, response: "r", start: start, length: 2, tokens: tokens, scope: scope}
	}
	// The tap's span of the second is not one of the first, whose tap has not told yet.
	one, two, tap1, tap2 := of('s', 1, 0, 0, 100, "a"), of('s', 2, 0, 3, 200, "a"), of('t', 3, 1, 0, 100, ""), of('t', 4, 2, 3, 200, "")
	f("\x01\x04", []seen{one}, []seen{tap2, two}, []seen{tap1})
	tap1.trace, tap1.in, tap2.trace, tap2.in = 1, 0, 2, 0
	f("\x01\x04", []seen{one}, []seen{tap2, two}, []seen{tap1})
	f("\x03\x04", []seen{tap1}, []seen{tap2}, []seen{one}, []seen{two})
	tap2.start, two.start = 20, 20
	f("\x03\x04", []seen{tap1}, []seen{tap2}, []seen{one}, []seen{two})
	// Nor is an instrumentation's that of another.
	chain2, client2 := of('s', 5, 0, 3, 200, "b"), of('s', 6, 5, 3, 200, "a")
	f("\x01\x06", []seen{one}, []seen{client2, chain2})
	// At the same time the tokens tell calls of one instrumentation apart.
	f("\x01\x02", []seen{one}, []seen{of('s', 2, 0, 1, 200, "a")})
	f("\x01", []seen{one}, []seen{of('s', 2, 0, 1, 100, "a")})
	// Taps behind one another.
	outer1, outer2, inner1, inner2 := of('t', 1, 9, 0, 100, ""), of('t', 2, 9, 3, 200, ""), of('t', 3, 9, 0, 100, ""), of('t', 4, 9, 3, 200, "")
	outer1.server, outer2.server = "gateway", "gateway"
	f("\x01\x02", []seen{outer1, outer2}, []seen{inner2}, []seen{inner1})
}
