package llmtapreceiver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
)

// An exchange that keeps every promise.
type kept struct {
	path, mediaType, request, answer string
	status                           int    // 0 is 200
	header                           string // of the answer, beside its media type
	end                              exchange.End
	before                           []kept // what passed the tap before
}

// exchange gives the bytes of both sides. In an answer # is the number of its event.
func (k *kept) exchange() *exchange.Exchange {
	var answer strings.Builder
	number := -1
	for line := range strings.Lines(k.answer) {
		if strings.HasPrefix(line, "data:") {
			number++
		}
		answer.WriteString(strings.ReplaceAll(line, `"sequence_number":#`, `"sequence_number":`+strconv.Itoa(number)))
	}
	return &exchange.Exchange{
		Method: "POST", Target: k.path, Status: max(k.status, 200), Upstream: "u", End: k.end,
		Request: exchange.Message{Body: []byte(k.request), Size: int64(len(k.request))},
		Response: exchange.Message{
			Header: exchange.Header("Content-Type: " + k.mediaType + "\r\n" + k.header), Body: []byte(answer.String()), Size: int64(answer.Len()),
		},
	}
}

func (k *kept) judged(t *testing.T) *genai.Fidelity {
	t.Helper()
	d, _ := newDecoder()
	for i := range k.before {
		d.call(k.before[i].exchange())
	}
	return &d.call(k.exchange()).Fidelity
}

func against(f *genai.Fidelity) []string { return slices.Concat(f.Failed, f.Suspected, f.Noted) }

// ask adds members to the request.
func (k kept) ask(members string) kept {
	if members != "" {
		k.request = "{" + members + "," + k.request[1:]
	}
	return k
}

// edit changes a text and tells whether it had what is to be changed.
type edit func(text string) (changed string, ok bool)

func all(from, to string) edit {
	return func(text string) (string, bool) {
		return strings.ReplaceAll(text, from, to), strings.Contains(text, from)
	}
}

func once(from, to string) edit {
	return func(text string) (string, bool) {
		return strings.Replace(text, from, to, 1), strings.Contains(text, from)
	}
}

// anew puts another answer in the place of the one that is there.
func anew(text string) edit { return func(string) (string, bool) { return text, true } }

func appended(text string) edit {
	return func(before string) (string, bool) { return before + text, true }
}

// atEvent changes the first event that has a text.
func atEvent(has string, change func(event string) string) edit {
	return func(text string) (string, bool) {
		events := strings.SplitAfter(text, "\n\n")
		i := slices.IndexFunc(events, func(event string) bool { return strings.Contains(event, has) })
		if i < 0 {
			return text, false
		}
		events[i] = change(events[i])
		return strings.Join(events, ""), true
	}
}

func drop(has string) edit { return atEvent(has, func(string) string { return "" }) }

func before(has, events string) edit {
	return atEvent(has, func(event string) string { return events + event })
}

// endAfter cuts what follows the first event that has a text.
func endAfter(has string) edit {
	return func(text string) (string, bool) {
		at := strings.Index(text, has)
		if at < 0 {
			return text, false
		}
		length := strings.Index(text[at:], "\n")
		return text[:at+length+1], true
	}
}

// edited changes the answer, which has to have what is to be changed.
func (k *kept) edited(edits []edit) {
	for i, change := range edits {
		var ok bool
		if k.answer, ok = change(k.answer); !ok {
			panic(fmt.Sprintf("edit %d does not find its text in\n%s", i, k.answer))
		}
	}
}

// A deviation of exchanges from their promises. Without the edits they keep them all.
type deviation struct {
	checks string      // that fail
	of     string      // names in keeping
	asks   string      // members of the request
	under  func(*kept) // what else is so, with the edits and without
	edits  []edit      // of the answer
}

var deviations = slices.Concat(toolDeviations, streamDeviations, responsesDeviations, messagesDeviations, stopDeviations, transcriptDeviations, ollamaDeviations,
	errorDeviations, requestDeviations, usageDeviations, stateDeviations, vectorDeviations, untoldDeviations, stoppedDeviations)

// wireCases runs all cases and gives the checks that were seen to fail and those that were seen to pass.
func wireCases(t *testing.T) (broken, passed map[string]bool) {
	t.Helper()
	broken, passed = map[string]bool{}, map[string]bool{}
	judge := func(k *kept, checks, name string) {
		t.Run(name+" "+checks, func(t *testing.T) {
			want := strings.Fields(checks)
			f := k.judged(t)
			require.ElementsMatch(t, want, against(f), "%s\n%s", k.request, k.answer)
			for _, check := range want {
				broken[check] = true
			}
			for _, check := range f.Applicable {
				passed[check] = passed[check] || !slices.Contains(want, check)
			}
		})
	}
	for name, k := range keeping {
		judge(&k, "", name)
	}
	for _, b := range breaches {
		for _, name := range b.exchanges() {
			k := keeping[name.of].ask(name.asks)
			k.edited(b.edits)
			judge(&k, b.checks, name.of)
		}
	}
	for _, d := range deviations {
		for name := range strings.SplitSeq(d.of, ", ") {
			k, ok := keeping[name]
			require.True(t, ok, name)
			if k = k.ask(d.asks); d.under != nil {
				d.under(&k)
			}
			if len(d.edits) > 0 || d.checks == "" {
				judge(&k, "", "unedited "+name+" of "+d.checks)
			}
			k.edited(d.edits)
			judge(&k, d.checks, name)
		}
	}
	return broken, passed
}

// Every check is shown on the wire: an exchange that breaks its promise, and no other that does not follow, and one
// that keeps it.
func TestEveryPromiseOnTheWire(t *testing.T) {
	broken, passed := wireCases(t)
	for _, check := range fidelity.Checks() {
		require.True(t, broken[check.ID], "no exchange breaks %s", check.ID)
		require.True(t, passed[check.ID] || check.Class == fidelity.Information, "no exchange keeps %s", check.ID)
		delete(broken, check.ID)
	}
	require.Empty(t, slices.Collect(maps.Keys(broken)), "no such check")
}
