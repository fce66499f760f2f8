package genaiprocessor

// names is a Bloom filter of the names of a span's attributes.
type names [4]uint64

func (n *names) add(name string) {
	word, bit := nameBit(name)
	n[word] |= bit
}

// mayHave gives false only for a name that was not added.
func (n *names) mayHave(name string) bool {
	word, bit := nameBit(name)
	return n[word]&bit != 0
}

// nameBit takes what differs most between the names of attributes: length, middle and end.
func nameBit(name string) (word, bit uint64) {
	if name == "" {
		return 0, 1
	}
	hash := uint64(len(name)) + 7*uint64(name[len(name)-1]) + 31*uint64(name[len(name)/2])
	return hash / 64 % 4, 1 << (hash % 64)
}
