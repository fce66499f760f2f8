package jsonscan

import "bytes"

// closing gives where the quote stands that ends a string, -1 where none does, of what follows the quote that begins it, and how many
// backslashes stand before.
func closing(in []byte) (at, slashes int) {
	looked, escaped := 0, 0
	if blocks := len(in) / blockBytes; wide && blocks > 0 {
		at, escaped, slashes = scanBlocks(&in[0], blocks)
		if looked = blocks * blockBytes; at < looked {
			return at, slashes
		}
	}
	at = closingFrom(in, looked+escaped)
	before := in[looked:]
	if at >= 0 {
		before = in[looked:max(looked, at)]
	}
	return at, slashes + bytes.Count(before, []byte{'\\'})
}

// blockBytes is what is looked at together where the processor can.
const blockBytes = 64

// closingFrom is closing for a string of which no quote before from ends it, and where no escape ends behind from.
func closingFrom(in []byte, from int) int {
	for from < len(in) {
		i := bytes.IndexByte(in[from:], '"')
		if i < 0 {
			return -1
		}
		quote := from + i
		slashes := quote
		for slashes > from && in[slashes-1] == '\\' {
			slashes--
		}
		if (quote-slashes)%2 == 0 {
			return quote
		}
		from = quote + 1
	}
	return -1
}
