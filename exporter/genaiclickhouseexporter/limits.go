package genaiclickhouseexporter

import (
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/genai"
)

// Limits on what one span may put into a row.
const (
	textBytesMax    = genai.NameBytesMax // of a name, an id or a label's value
	listItemsMax    = 256                // of a list, such as that of the tools called
	labelsMax       = 64                 // of a call
	contentBytesMax = 4 << 20            // of each body
)

// timeMin and timeMax are the earliest and latest start of a call. ClickHouse reckons ages and hours in DateTime, which begins
// in 1970 and ends in 2106, and runs over beyond.
var (
	timeMin = time.Unix(0, 0).UTC()
	timeMax = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// limiter applies the limits to the values of rows and counts what it cut.
type limiter struct {
	cut int
	// texts are the items of all lists, one list behind the other.
	texts []string
}

// text gives a name as the ledger and the metrics know it, too. With other bytes than UTF-8 it could be stored, but neither be selected in
// a dashboard nor sent on in a finding.
func (l *limiter) text(s string) string { return l.note(genai.Shorten(s, textBytesMax)) }

// body stays as it was sent, but for what is past the limit.
func (l *limiter) body(s string) string { return l.note(cutText(s, contentBytesMax)) }

func (l *limiter) note(short string, cut bool) string {
	if cut {
		l.cut++
	}
	return short
}

// storable tells that text would give the same.
func storable(s string) bool { return len(s) <= textBytesMax && utf8.ValidString(s) }

func (l *limiter) time(t time.Time) time.Time {
	switch {
	case t.Before(timeMin):
		l.cut++
		return timeMin
	case t.After(timeMax):
		l.cut++
		return timeMax
	}
	return t
}

// list is a copy, since a reused call keeps its lists only until it is read again.
func (l *limiter) list(items []string) []string {
	if len(items) > listItemsMax {
		l.cut++
		items = items[:listItemsMax]
	}
	from := len(l.texts)
	for _, item := range items {
		l.texts = append(l.texts, l.text(item))
	}
	return l.texts[from:len(l.texts):len(l.texts)]
}

// checks are the applicable ones, without a copy where the list is shared.
func (l *limiter) checks(f *genai.Fidelity) []string {
	altered := func(text string) bool { return !storable(text) }
	if f.ApplicableText == "" || len(f.Applicable) > listItemsMax || slices.ContainsFunc(f.Applicable, altered) {
		return l.list(f.Applicable)
	}
	return f.Applicable
}

// labels copies only when it must alter; of too many the first by name stay.
func (l *limiter) labels(labels map[string]string) map[string]string {
	within := len(labels) <= labelsMax
	for name, value := range labels {
		within = within && storable(name) && storable(value)
	}
	if within {
		return labels
	}
	names := slices.Sorted(maps.Keys(labels))
	if len(names) > labelsMax {
		l.cut++
		names = names[:labelsMax]
	}
	short := make(map[string]string, len(names))
	for _, name := range names {
		short[l.text(name)] = l.text(labels[name])
	}
	return short
}

// cutText cuts to at most limit bytes, not within a character.
func cutText(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	end := limit
	for end > 0 && end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end], true
}
