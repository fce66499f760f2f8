// Package tokens estimates how many tokens a text has, for calls of which the server does not say it.
package tokens

import "math/bits"

// asciiPerToken is the rule of thumb that OpenAI gives for English text ("Counting tokens": 1 token is about 4
// characters).
const asciiPerToken = 4

// Estimate gives a rough count: a token for four ASCII characters, and one for each other character, as Chinese or
// Japanese text has with the vocabularies of today. It is right within a factor of two for most text.
func Estimate[T ~string | ~[]byte](text T) int64 {
	ascii, other := int64(len(text)), int64(0)
	for at := 0; at < len(text); at += wordBytes {
		word := uint64(0)
		if at+wordBytes <= len(text) {
			t := text[at : at+wordBytes]
			word = uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
				uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		} else {
			for i := range len(text) - at {
				word |= uint64(text[at+i]) << (8 * i)
			}
		}
		if high := word & highBits; high != 0 {
			ascii -= int64(bits.OnesCount64(high))
			other += int64(bits.OnesCount64(high & (word << 1))) // bytes that begin a character: 11......
		}
	}
	return OfSize(ascii) + other
}

const (
	wordBytes = 8
	highBits  = 0x8080808080808080 // set in bytes that are no ASCII
)

// OfSize estimates the tokens of a text of which only the size in bytes is known, as those of ASCII.
func OfSize(bytes int64) int64 { return (bytes + asciiPerToken - 1) / asciiPerToken }
