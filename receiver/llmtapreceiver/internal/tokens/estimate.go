// Package tokens estimates how many tokens a text has, for calls of which the server does not say it.
package tokens

import "unicode/utf8"

// asciiPerToken is the rule of thumb that OpenAI gives for English text ("Counting tokens": 1 token is about 4
// characters).
const asciiPerToken = 4

// Estimate gives a rough count: a token for four ASCII characters, and one for each other character, as Chinese or
// Japanese text has with the vocabularies of today. It is right within a factor of two for most text.
func Estimate[T ~string | ~[]byte](text T) int64 {
	ascii, other := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c < utf8.RuneSelf:
			ascii++
		case utf8.RuneStart(c):
			other++
		}
	}
	return OfSize(int64(ascii)) + int64(other)
}

// OfSize estimates the tokens of a text of which only the size in bytes is known, as those of ASCII.
func OfSize(bytes int64) int64 { return (bytes + asciiPerToken - 1) / asciiPerToken }
