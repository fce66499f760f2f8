package genaiclickhouseexporter

import (
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Limits on what one span may put into a row.
const (
	textBytesMax    = 1024    // of a name, an id or a label's value
	listItemsMax    = 256     // of a list, such as that of the tools called
	labelsMax       = 64      // of a call
	contentBytesMax = 4 << 20 // of each body
)

// timeMax is the latest start of a call. ClickHouse reckons ages in DateTime, which ends in 2106.
var timeMax = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// limiter applies the limits to the values of one row and counts what it cut.
type limiter struct{ cut int }

func (l *limiter) text(s string) string {
	short, cut := cutText(s, textBytesMax)
	if cut {
		l.cut++
	}
	return short
}

func (l *limiter) time(t time.Time) time.Time {
	if t.After(timeMax) {
		l.cut++
		return timeMax
	}
	return t
}

// list copies only when it must cut.
func (l *limiter) list(items []string) []string {
	if len(items) > listItemsMax {
		l.cut++
		items = items[:listItemsMax]
	}
	for i, item := range items {
		if len(item) > textBytesMax {
			items = slices.Clone(items)
			for j := i; j < len(items); j++ {
				items[j] = l.text(items[j])
			}
			break
		}
	}
	return items
}

// labels copies only when it must cut; of too many the first by name stay.
func (l *limiter) labels(labels map[string]string) map[string]string {
	within := len(labels) <= labelsMax
	for name, value := range labels {
		within = within && len(name) <= textBytesMax && len(value) <= textBytesMax
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
