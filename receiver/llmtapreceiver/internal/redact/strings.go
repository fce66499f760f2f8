package redact

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// edit is what comes to stand in the place of a literal.
type edit struct {
	literal
	text string
}

// inStrings replaces what matches in the strings of JSON, those of the same text together: a stream sends a word in several events. It gives
// the text before a place and behind it; a place within a character or an escape is moved before that.
func (r *Redactor) inStrings(text string, place int) (parts []string) {
	found := scan(text)
	found, place = split(text, found, place)
	slices.SortStableFunc(found, func(a, b literal) int { return cmp.Compare(a.key, b.key) })
	var edits []edit
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].key == found[0].key {
			n++
		}
		edits = r.rewrite(edits, text, found[:n])
		found = found[n:]
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	before := slices.IndexFunc(edits, func(e edit) bool { return e.from >= place })
	if before < 0 {
		before = len(edits)
	}
	return []string{apply(edits[:before], text, 0, place), apply(edits[before:], text, place, len(text))}
}

// rewrite adds what changes in literals that are pieces of one text.
func (r *Redactor) rewrite(edits []edit, text string, literals []literal) []edit {
	pieces := make([]string, len(literals))
	for i, l := range literals {
		pieces[i] = l.read(text)
	}
	changed := literals[0].grows && r.grown(pieces, literals)
	for i := range r.rules {
		changed = r.rules[i].across(pieces) || changed
	}
	if !changed {
		return edits
	}
	for i, l := range literals {
		if pieces[i] != l.read(text) {
			edits = append(edits, edit{l, pieces[i]})
		}
	}
	return edits
}

// apply gives a part of the text after the edits in it.
func apply(edits []edit, text string, from, to int) string {
	if len(edits) == 0 {
		return text[from:to]
	}
	var out strings.Builder
	for _, e := range edits {
		out.WriteString(text[from:e.from])
		out.WriteString(inside(e.text))
		from = e.to
	}
	out.WriteString(text[from:to])
	return out.String()
}

// inside gives what stands between the quotes of a string of JSON.
func inside(text string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // of a string it does not fail
	return strings.TrimSuffix(quoted.String()[1:], "\"\n")
}

// split makes two of the literal that a place is in.
func split(text string, literals []literal, place int) ([]literal, int) {
	i, _ := slices.BinarySearchFunc(literals, place, func(l literal, place int) int { return cmp.Compare(l.to, place) })
	if i == len(literals) || literals[i].from >= place {
		return literals, place
	}
	l := literals[i]
	at := l.from
	for next := at; next <= place; next += width(text[at:l.to]) {
		if at = next; at == l.to {
			break
		}
	}
	behind := literal{from: at, to: l.to, key: l.key, grows: l.grows}
	literals[i].to = at
	return slices.Insert(literals, i+1, behind), at
}

// width is that of the escape or character with which a text begins.
func width(text string) int {
	if text[0] == '\\' && len(text) > 1 {
		if text[1] == 'u' {
			return min(len(text), len(`\u0000`))
		}
		return 2
	}
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// isInEscape tells whether a place lies within an escape like \u0041, behind its backslash.
func isInEscape(text string, place int) bool {
	from := max(0, place-len(`\u0041`)+1)
	at := strings.LastIndexByte(text[from:place], '\\')
	if at < 0 {
		return false
	}
	at += from
	if !isEscape(text[at:]) {
		return false
	}
	backslashes := at + 1 - len(strings.TrimRight(text[:at+1], `\`))
	return backslashes%2 == 1 // else the last one is escaped itself
}

// isEscape tells whether a text begins with an escape like \u0041.
func isEscape(text string) bool {
	return len(text) >= len(`\u0041`) && text[1] == 'u' && strings.Trim(text[2:len(`\u0041`)], "0123456789abcdefABCDEF") == ""
}

// maskEscapes gives a text of the same length in which escapes like \u0041 have no digits.
func maskEscapes(text string) string {
	masked := []byte(text)
	for at := 0; at < len(text); {
		switch {
		case text[at] != '\\':
			at++
		case isEscape(text[at:]):
			at += copy(masked[at:], "\x1a\x1a\x1a\x1a\x1a\x1a")
		default:
			at += len(`\n`)
		}
	}
	return string(masked)
}

// read gives a literal's text.
func (l literal) read(text string) string {
	as := text[l.from:l.to]
	if strings.IndexByte(as, '\\') < 0 {
		return as
	}
	return string(jsonscan.AppendUnescaped(nil, []byte(as)))
}
