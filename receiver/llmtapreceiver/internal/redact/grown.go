package redact

import (
	"slices"
	"strings"
)

// reach is what a piece has of a text.
type reach struct{ from, to int }

// grown replaces what matches in pieces of which each has the text so far, as in SGLang's own streams and in Perplexity's: of what matches only in a later one,
// most may stand in those before. It does nothing with pieces that go on where the one before ends.
func (r *Redactor) grown(pieces []string, literals []literal) (changed bool) {
	whole, reaches := soFar(pieces, literals)
	if reaches == nil {
		return false
	}
	cuts := make([]int, 0, 2*len(reaches))
	for _, reach := range reaches {
		cuts = append(cuts, reach.from, reach.to)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	parts := make([]string, len(cuts))
	for i, cut := range cuts {
		parts[i] = whole[cut:]
		if i+1 < len(cuts) {
			parts[i] = whole[cut:cuts[i+1]]
		}
	}
	for i := range r.rules {
		changed = r.rules[i].across(parts) || changed
	}
	if !changed {
		return false
	}
	places := map[int]int{} // of the cuts, after the rules
	at := 0
	for i, cut := range cuts {
		places[cut] = at
		at += len(parts[i])
	}
	whole = strings.Join(parts, "")
	for i, reach := range reaches {
		pieces[i] = whole[places[reach.from]:places[reach.to]]
	}
	return true
}

// soFar gives the longest of texts, and what each piece has of it, if all others are beginnings of it. Two pieces may be of one text, which
// a place parted.
func soFar(pieces []string, literals []literal) (whole string, reaches []reach) {
	if len(pieces) < 2 {
		return "", nil
	}
	for i, piece := range pieces {
		from := 0
		if i > 0 && literals[i].from == literals[i-1].to {
			from = len(pieces[i-1])
			piece = pieces[i-1] + piece
		}
		switch {
		case strings.HasPrefix(piece, whole):
			whole = piece
		case !strings.HasPrefix(whole, piece):
			return "", nil
		}
		reaches = append(reaches, reach{from, len(piece)})
	}
	return whole, reaches
}
