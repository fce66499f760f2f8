package anthropic

import "github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"

// block is a content block. Its slices share memory with the body.
type block struct {
	kind, id, name, text, thinking, input []byte
	inputIsText                           bool // the input is a string of JSON where the format wants an object
	hasText, hasInput                     bool
}

func readBlock(r *jsonscan.Reader) (b block) {
	for key := range r.Object {
		switch string(key) {
		case "type":
			b.kind = r.Text()
		case "id":
			b.id = r.Whole()
		case "name":
			b.name = r.Whole()
		case "text":
			b.hasText = r.Kind() == jsonscan.String
			b.text = r.Text()
		case "thinking":
			b.thinking = r.Text()
		case "input":
			b.hasInput = r.Kind() == jsonscan.Object
			if value, isText, ok := r.TextOrRaw(); ok {
				b.input, b.inputIsText = value, isText
			}
		}
	}
	return b
}

// delta is what an event adds to a block, or to the message.
type delta struct {
	kind, text, thinking, partialJSON, stopReason []byte

	hasStopSequence bool // one ended the answer
}

func readDelta(r *jsonscan.Reader) (d delta) {
	for key := range r.Object {
		switch string(key) {
		case "type":
			d.kind = r.Text()
		case "text":
			d.text = r.Text()
		case "thinking":
			d.thinking = r.Text()
		case "partial_json":
			d.partialJSON = r.Text()
		case "stop_reason":
			d.stopReason = r.Whole()
		case "stop_sequence":
			d.hasStopSequence = len(r.Text()) > 0
		}
	}
	return d
}
