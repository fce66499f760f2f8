package llmtapreceiver

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a request asks for may stand behind the end of its copy: wherever that is, no answer that keeps the promises is accused.
func TestPromisesOfRequestsThatWereNotAllSeen(t *testing.T) {
	for name, k := range keeping {
		k.accusedOfNothingUnseen(t, name)
	}
	for _, d := range deviations {
		for name := range strings.SplitSeq(d.of, ", ") {
			if d.checks != "" {
				continue
			}
			k := keeping[name]
			if d.under != nil {
				d.under(&k)
			}
			k.edited(d.edits)
			first, last := k.ask(d.asks), k.askLast(d.asks)
			first.accusedOfNothingUnseen(t, name)
			last.accusedOfNothingUnseen(t, name)
		}
	}
}

// askLast adds members to the end of the request.
func (k kept) askLast(members string) kept {
	if end := strings.LastIndexByte(k.request, '}'); members != "" && end >= 0 {
		k.request = k.request[:end] + "," + members + "}"
	}
	return k
}

// accusedOfNothingUnseen lets the copy of the request end in each place behind its first name, by which some APIs are told apart.
func (k *kept) accusedOfNothingUnseen(t *testing.T, name string) {
	t.Helper()
	for seen := strings.IndexByte(k.request, ':') + 1; seen < len(k.request); seen++ {
		d, _ := newDecoder()
		for i := range k.before {
			d.call(k.before[i].exchange())
		}
		x := k.exchange()
		x.Request.Body, x.Request.Truncated = x.Request.Body[:seen], true
		f := d.call(x).Fidelity
		require.Empty(t, slices.Concat(f.Failed, f.Suspected), "%s: %s", name, x.Request.Body)
	}
}
