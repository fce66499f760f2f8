package genai

import (
	"strings"
	"unicode/utf8"
)

// CutMark ends a name that Shorten has cut.
const CutMark = "…"

// NameBytesMax bounds a name in rows, and so in the ledger, which finds its accounts in them.
const NameBytesMax = 1024

// Shorten returns a name that back ends take: valid UTF-8, with U+FFFD in place of other bytes, and at most bytesMax bytes. cut
// tells that it was longer.
func Shorten(name string, bytesMax int) (short string, cut bool) {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "\uFFFD")
	}
	if len(name) <= bytesMax {
		return name, false
	}
	end := bytesMax - len(CutMark)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + CutMark, true
}
