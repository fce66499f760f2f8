package prompt

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
)

// digest hashes parts of a request in one pass with the rest of the reading: text that has a hash already goes in by
// that.
type digest struct {
	body []byte
	from int // what lies before has gone in
	sum  xxhash.Digest
}

// hashedBytesMin is from which length on a text goes in by its hash; of shorter ones the bytes cost less.
const hashedBytesMin = 128

// text gives the hash of a text that begins at a position.
func (d *digest) text(text []byte, at int) uint64 {
	hash := xxh3.Hash(text)
	if len(text) >= hashedBytesMin {
		d.write(at)
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], hash)
		_, _ = d.sum.Write(b[:])
		d.from = at + len(text)
	}
	return hash
}

// begin starts anew at a position.
func (d *digest) begin(at int) {
	d.sum.Reset()
	d.from = at
}

// end gives the hash of all from begin to a position, where more may follow.
func (d *digest) end(to int) uint64 {
	d.write(to)
	return d.sum.Sum64()
}

func (d *digest) write(to int) {
	if to > d.from {
		_, _ = d.sum.Write(d.body[d.from:to])
		d.from = to
	}
}
