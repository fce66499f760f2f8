package genaiprocessor

// nameFilter is a Bloom filter of the names of a span's attributes.
type nameFilter [4]uint64

func (n *nameFilter) add(name string) {
	word, bit := nameBit(name)
	n[word] |= bit
}

// nameBit takes what differs most between the names of attributes: length, middle and end.
func nameBit(name string) (word uint8, bit uint64) {
	if name == "" {
		return 0, 1
	}
	hash := uint8(len(name)) + 7*name[len(name)-1] + 31*name[len(name)/2]
	return hash / 64, 1 << (hash % 64)
}
