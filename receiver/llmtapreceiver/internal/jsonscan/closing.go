package jsonscan

import "bytes"

// closing gives where the quote stands that ends a string, -1 where none does, of what follows the quote that begins it.
// plain tells that it is known to have no escapes.
func closing(in []byte) (at int, plain bool) {
	blocks := len(in) / blockBytes
	if !wide || blocks == 0 {
		return closingFrom(in, 0), false
	}
	at, escaped, slashes := scanBlocks(&in[0], blocks)
	if at < blocks*blockBytes {
		return at, slashes == 0
	}
	return closingFrom(in, at+int(escaped)), false
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
