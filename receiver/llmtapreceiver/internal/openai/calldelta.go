package openai

import "github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"

// callDelta is what a chunk says of one tool call.
type callDelta struct {
	index     int // noIndex when the server gave none
	id, name  []byte
	kind      []byte
	arguments []byte
	notText   bool // the arguments are JSON itself, not a string of it
}

// Places of tool calls that have no index of their own.
const (
	noIndex = -1
	// legacyIndex is the place of a choice's function_call, which OpenAI had before tools.
	legacyIndex = -2
)

// readCalls reads a list of calls, or the one part of a call that TGI before 3.2 streams in its place.
func (d *delta) readCalls(r *jsonscan.Reader) {
	d.calls = d.calls[:0]
	if r.Kind() == jsonscan.Object {
		call := callDelta{index: noIndex}
		call.read(r)
		d.keepCall(&call)
		return
	}
	for i := range r.Array {
		call := callDelta{index: noIndex}
		call.read(r)
		if d.whole {
			call.index = i // in a message the place in the list counts; Mistral gives each the index 0 there
		}
		d.keepCall(&call)
	}
}

func (d *delta) keepCall(call *callDelta) {
	if len(d.calls) >= d.callsMax {
		d.cut = true
		return
	}
	d.calls = append(d.calls, *call)
}

func (c *callDelta) read(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "index":
			c.index = r.Index(c.index)
		case "id":
			c.id = r.Whole()
		case "type":
			c.kind = r.Text()
		case "function", "custom":
			c.readFunction(r)
		}
	}
}

func (c *callDelta) readFunction(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "name":
			if name := r.Whole(); len(name) > 0 { // Snowflake has an empty custom beside the function
				c.name = name
			}
		case "arguments", "input":
			if value, isText, ok := r.TextOrRaw(); ok && !(isText && len(value) == 0) {
				c.arguments, c.notText = value, !isText
			}
		}
	}
}
