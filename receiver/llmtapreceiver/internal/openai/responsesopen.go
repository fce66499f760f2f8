package openai

import (
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// openForm is an item, or a part of one, that was added and is not done.
type openForm struct {
	output, place   int
	part            string // what kind of part; empty for the item itself
	id              string
	callID, name    string   // of a call
	deltas, settled subjects // of which events brought pieces, and said what they amount to
}

// openMax bounds the items and parts that are watched at a time.
const openMax = itemsMax

// newOutput gives the place of an item that is added. One that does not say gets one that no other item has.
func (f *responsesForm) newOutput(e *responseEvent) int {
	if e.output != noIndex {
		return e.output
	}
	f.unplaced++
	return noIndex - f.unplaced
}

// output gives the place of the item that an event is about; of one that does not say, by the item's id, or else the latest.
func (f *responsesForm) output(e *responseEvent) int {
	if e.output != noIndex {
		return e.output
	}
	id := string(e.itemID)
	if id == "" {
		id = e.item.id
	}
	latest := noIndex
	for i := range f.open {
		switch o := &f.open[i]; {
		case o.part != "":
		case o.id == id:
			return o.output
		case o.output < noIndex:
			latest = o.output
		}
	}
	return latest
}

func (f *responsesForm) add(o openForm) {
	if len(f.open) < openMax {
		f.open = append(f.open, o)
	}
}

func (f *responsesForm) find(output int, part string, place int) int {
	for i := range f.open {
		if o := &f.open[i]; o.output == output && o.part == part && o.place == place {
			return i
		}
	}
	return -1
}

func (f *responsesForm) remove(i int) {
	if i >= 0 {
		f.open = append(f.open[:i], f.open[i+1:]...)
	}
}

// closeItem ends an item; parts of it that are open are never done.
func (f *responsesForm) closeItem(output int) {
	for i, open := range slices.Backward(f.open) {
		if open.output == output {
			f.flaws.AddIf(open.part != "", genai.FlawPartNotDone)
			f.remove(i)
		}
	}
}
