// Package redact takes out of captured bodies what must not be kept.
package redact

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

const (
	// cutMark shows that a text was cut at its limit.
	cutMark = "…[cut]"
	// beyond is how many bytes are searched behind the place of a cut, so that a match that it goes through is found.
	beyond = 64 << 10
	// before is how much is left out before the end of a copy that another limit has cut: behind it nothing can be searched. It is longer than
	// secrets are; a private key of 4,096 bits takes 3.2 kB.
	before = 4 << 10
)

// Rule replaces what a pattern matches; $1 in the replacement stands for the first group.
type Rule struct {
	Pattern     *regexp.Regexp
	Replacement string
}

// Redactor applies rules, in their order. Without rules it changes nothing.
type Redactor struct {
	rules    []Rule
	bytesMax int
	onCut    func()
}

// New gives a Redactor that cuts bodies at bytesMax and tells onCut of each.
func New(rules []Rule, bytesMax int, onCut func()) *Redactor {
	return &Redactor{rules, bytesMax, onCut}
}

// Apply redacts the bodies that a call keeps.
func (r *Redactor) Apply(call *genai.Call) {
	if len(r.rules) == 0 || call.Content == nil {
		return
	}
	r.body(&call.Content.Request, call.RequestTruncated)
	r.body(&call.Content.Response, call.ResponseTruncated)
}

func (r *Redactor) body(text *string, truncated bool) {
	bytesMax := r.bytesMax
	if truncated {
		bytesMax = min(bytesMax, max(0, len(*text)-before))
	}
	if len(*text) > bytesMax {
		r.onCut()
	}
	*text = r.Redact(*text, bytesMax)
}

// Redact takes out of a text what must not be kept: first in the strings of JSON that it has, as they read, then in the text as it
// stands. Of one that is longer than bytesMax it gives what had stood before; to cut before the rules would leave half of a
// match that none knows.
func (r *Redactor) Redact(text string, bytesMax int) string {
	if len(r.rules) == 0 {
		return text
	}
	place, cut := len(text), len(text) > bytesMax
	if cut {
		text, place = text[:min(len(text), bytesMax+beyond)], bytesMax
	}
	parts := r.inStrings(text, place)
	for i := range r.rules {
		r.rules[i].asItStands(parts)
	}
	if !cut {
		return strings.Join(parts, "")
	}
	return strings.ToValidUTF8(parts[0], "") + cutMark
}

// asItStands replaces what matches in JSON as it is written. The digits of an escape are none of its text: a match that begins in them is none,
// and may hide one that begins behind them.
func (r *Rule) asItStands(pieces []string) {
	whole := strings.Join(pieces, "")
	matches := r.find(whole)
	inEscape := func(match []int) bool { return isInEscape(whole, match[0]) }
	if slices.ContainsFunc(matches, inEscape) {
		matches = append(matches, r.find(maskEscapes(whole))...)
		matches = disjoint(slices.DeleteFunc(matches, inEscape))
	}
	r.replace(pieces, whole, matches)
}

// disjoint sorts matches, and leaves of each what those before do not have.
func disjoint(matches [][]int) (out [][]int) {
	slices.SortStableFunc(matches, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	done := 0
	for _, match := range matches {
		if match[0] = max(match[0], done); match[0] < match[1] {
			out = append(out, match)
			done = match[1]
		}
	}
	return out
}

// across replaces what matches in a text that lies in pieces.
func (r *Rule) across(pieces []string) (changed bool) {
	whole := strings.Join(pieces, "")
	return r.replace(pieces, whole, r.find(whole))
}

// find gives what matches, but for empty matches.
func (r *Rule) find(text string) [][]int {
	matches := r.Pattern.FindAllStringSubmatchIndex(text, -1)
	return slices.DeleteFunc(matches, func(match []int) bool { return match[0] == match[1] })
}

// replace replaces matches in a text that lies in pieces. A replacement stands in the piece in which its match begins.
func (r *Rule) replace(pieces []string, whole string, matches [][]int) (changed bool) {
	if len(matches) == 0 {
		return false
	}
	begin, done := 0, 0
	for i, piece := range pieces {
		end := begin + len(piece)
		var out []byte
		for len(matches) > 0 && matches[0][0] < end {
			match := matches[0]
			matches = matches[1:]
			out = append(out, whole[max(done, begin):match[0]]...)
			out = r.Pattern.ExpandString(out, r.Replacement, whole, match)
			done = match[1]
		}
		if done < end {
			out = append(out, whole[max(done, begin):end]...)
			done = end
		}
		pieces[i], begin = string(out), end
	}
	return true
}
