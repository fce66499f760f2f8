package genaiclickhouseexporter

import "github.com/ClickHouse/ch-go/proto"

// dictionaryLists is a column Array(LowCardinality(String)).
type dictionaryLists struct {
	ends  proto.ColUInt64
	texts *dictionary
	// last is the first text of the list before, whose keys begin at from: rows of one kind share a list.
	last *string
	from int
}

func newDictionaryLists() *dictionaryLists { return &dictionaryLists{texts: newDictionary()} }

func (l *dictionaryLists) Append(texts []string) {
	from := l.texts.Rows()
	switch {
	case len(texts) == 0:
		l.last = nil
	case &texts[0] == l.last && len(texts) == from-l.from:
		l.texts.keys = append(l.texts.keys, l.texts.keys[l.from:]...)
	default:
		for _, text := range texts {
			l.texts.Append(text)
		}
		l.last = &texts[0]
	}
	l.from = from
	l.ends.Append(uint64(l.texts.Rows()))
}

func (l *dictionaryLists) Rows() int { return l.ends.Rows() }

func (l *dictionaryLists) Reset() {
	l.ends.Reset()
	l.texts.Reset()
	l.last, l.from = nil, 0
}

func (l *dictionaryLists) EncodeState(b *proto.Buffer) { l.texts.EncodeState(b) }

func (l *dictionaryLists) EncodeColumn(b *proto.Buffer) {
	l.ends.EncodeColumn(b)
	l.texts.EncodeColumn(b)
}

// labelMaps is a column Map(LowCardinality(String), String).
type labelMaps struct {
	ends   proto.ColUInt64
	names  *dictionary
	values proto.ColStr
}

func newLabelMaps() *labelMaps { return &labelMaps{names: newDictionary()} }

func (m *labelMaps) Append(labels map[string]string) {
	for name, value := range labels {
		m.names.Append(name)
		m.values.Append(value)
	}
	m.ends.Append(uint64(m.names.Rows()))
}

func (m *labelMaps) Rows() int { return m.ends.Rows() }

func (m *labelMaps) Reset() {
	m.ends.Reset()
	m.names.Reset()
	m.values.Reset()
}

func (m *labelMaps) EncodeState(b *proto.Buffer) { m.names.EncodeState(b) }

func (m *labelMaps) EncodeColumn(b *proto.Buffer) {
	m.ends.EncodeColumn(b)
	m.names.EncodeColumn(b)
	m.values.EncodeColumn(b)
}
