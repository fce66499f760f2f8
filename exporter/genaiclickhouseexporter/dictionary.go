package genaiclickhouseexporter

import (
	"encoding/binary"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
)

// dictionary is a column LowCardinality(String): each distinct text once, and for each row its number. Number 0 is the
// empty text, as ClickHouse has it. The texts stay known from batch to batch, their numbers do not.
type dictionary struct {
	texts proto.ColStr
	keys  []uint32
	known map[string]entry
	batch uint32
	// recent are texts of this batch by their length and last letter, most of which are asked for again and again.
	recent [recentTexts]numbered
}

type numbered struct {
	text string
	key  uint32
}

// recentTexts is a power of two.
const recentTexts = 32

// entry is the number of a text in the batch that used it last.
type entry struct{ batch, key uint32 }

// dictionaryTextsMax bounds the texts that a dictionary remembers from batch to batch.
const dictionaryTextsMax = 4096

func newDictionary() *dictionary {
	d := &dictionary{known: make(map[string]entry)}
	d.Reset()
	return d
}

func (d *dictionary) Append(text string) {
	if text == "" {
		d.keys = append(d.keys, 0)
		return
	}
	recent := &d.recent[(len(text)+int(text[len(text)-1]))%recentTexts]
	if recent.text != text {
		*recent = numbered{text, d.key(text)}
	}
	d.keys = append(d.keys, recent.key)
}

func (d *dictionary) key(text string) uint32 {
	e, found := d.known[text]
	if found && e.batch == d.batch {
		return e.key
	}
	if !found {
		text = strings.Clone(text) // the row's may be part of a larger piece of memory
	}
	e = entry{d.batch, uint32(d.texts.Rows())}
	d.texts.Append(text)
	d.known[text] = e
	return e.key
}

func (d *dictionary) Rows() int { return len(d.keys) }

// Reset makes it empty; what stays is memory.
func (d *dictionary) Reset() {
	if len(d.known) > dictionaryTextsMax {
		clear(d.known)
	}
	d.batch++
	d.texts.Reset()
	d.texts.Append("")
	d.keys = d.keys[:0]
	d.recent = [recentTexts]numbered{}
}

// EncodeState writes the version of the form: SharedDictionariesWithAdditionalKeys.
func (d *dictionary) EncodeState(b *proto.Buffer) { b.PutInt64(1) }

// The form of the keys in the stream: their width as a power of two in bytes, and two flags.
const (
	keysAdditional = 1 << 9  // the texts precede the keys
	keysUpdate     = 1 << 10 // and replace those of the block before
)

// EncodeColumn writes the texts, then the keys in as few bytes as they need.
func (d *dictionary) EncodeColumn(b *proto.Buffer) {
	if len(d.keys) == 0 {
		return
	}
	width := uint64(0)
	for d.texts.Rows() > 1<<(8<<width) {
		width++
	}
	b.PutInt64(int64(width | keysAdditional | keysUpdate))
	b.PutInt64(int64(d.texts.Rows()))
	d.texts.EncodeColumn(b)
	b.PutInt64(int64(len(d.keys)))
	for _, key := range d.keys {
		switch width {
		case 0:
			b.Buf = append(b.Buf, byte(key))
		case 1:
			b.Buf = binary.LittleEndian.AppendUint16(b.Buf, uint16(key))
		default:
			b.Buf = binary.LittleEndian.AppendUint32(b.Buf, key)
		}
	}
}
