package includeusage

import (
	"bytes"
	"iter"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/sse"
)

// nulls tells whether "usage":null is there because usage was asked for.
type nulls uint8

const (
	unknown nulls = iota
	added         // as OpenAI does
	always        // whether asked or not
)

// span is a place in an event.
type span struct{ from, to int }

// chunk is what matters of an event's JSON object. Positions are in the event.
type chunk struct {
	// usage is the value of the member, with its key in front; usageKind its kind, None when there is none.
	usage     span
	usageKind jsonscan.Kind
	// early tells that usage came before the choices.
	early    bool
	choices  int  // that say something
	finished bool // a choice has a finish reason
	// spelled tells that a choice spells out optional members of the server's own as null.
	spelled bool
	// stopTold tells that a choice has vLLM's stop_reason; signed, that there is a fingerprint, if only null.
	stopTold, signed     bool
	failed               bool
	timings, fingerprint span
	end                  int // of the object, where its last brace is
}

// moved is a member that a server writes into the event that finishes a choice, but into that of the usage when asked for it.
type moved uint8

const (
	none           moved = iota
	theTimings           // llama.cpp
	theFingerprint       // vLLM since 0.21
)

// of gives the place of the member in an event.
func (m moved) of(c *chunk) span {
	switch m {
	case theTimings:
		return c.timings
	case theFingerprint:
		return c.fingerprint
	}
	return span{}
}

// awaits gives the member that the event after this one may bring.
func (f *Filter) awaits(c *chunk) moved {
	switch {
	case !c.finished || c.usageKind != jsonscan.None:
	case f.timings && c.timings.to == 0:
		return theTimings
	case c.stopTold && !c.signed: // a second one would make the object invalid to strict clients
		return theFingerprint
	}
	return none
}

// pass decides on a whole event.
func (f *Filter) pass(dst, event []byte) ([]byte, fate) {
	mayFinish := bytes.Contains(event, []byte(`"finish_reason":"`)) && (f.timings || bytes.Contains(event, []byte(`"stop_reason"`)))
	if !mayFinish && !bytes.Contains(event, []byte(`"usage"`)) {
		return append(f.release(dst), event...), passed
	}
	c, ok := readEvent(event)
	switch {
	case !ok:
	case c.usageKind == jsonscan.Object && c.choices == 0 && !c.failed:
		return f.drop(dst, event, &c), dropped
	case mayFinish && f.awaits(&c) != none:
		dst = f.release(dst)
		f.held, f.heldEnd, f.lacks = append(f.held, event...), c.end, f.awaits(&c)
		return dst, waiting
	case c.usageKind == jsonscan.Null && c.usage.to > 0 && f.nullsOf(&c) == added:
		cut := withComma(event, c.usage)
		return append(append(f.release(dst), event[:cut.from]...), event[cut.to:]...), passed
	}
	return append(f.release(dst), event...), passed
}

// drop leaves an event out, but for its comments and what stands in the event before when nobody asks for usage.
func (f *Filter) drop(dst, event []byte, c *chunk) []byte {
	if member := f.lacks.of(c); len(f.held) > 0 && member.to > 0 {
		dst = append(append(dst, f.held[:f.heldEnd]...), ',')
		dst = append(append(dst, event[member.from:member.to]...), f.held[f.heldEnd:]...)
		f.held = f.held[:0]
	}
	dst = f.release(dst)
	for at := range lines(event) {
		if event[at.from] == ':' {
			dst = append(dst, event[at.from:lineEnd(event, at.to)]...)
		}
	}
	return dst
}

// lines gives the places of an event's lines that are not empty, without their ends.
func lines(event []byte) iter.Seq[span] {
	return func(yield func(span) bool) {
		ends := sse.LineEndsOf(event)
		for at := 0; at < len(event); {
			line := span{at, ends.From(at)}
			if line.to > line.from && !yield(line) {
				return
			}
			at = lineEnd(event, line.to)
		}
	}
}

// lineEnd gives where the next line begins, for a line whose text ends at the place given.
func lineEnd(event []byte, at int) int {
	if bytes.HasPrefix(event[at:], []byte("\r\n")) {
		return at + 2
	}
	return min(at+1, len(event))
}

// nullsOf decides by the first event of a stream that has "usage":null. OpenAI writes it last, and only when asked.
// SGLang and vLLM's completions write all that they have not as null, always; some write it always before the choices.
func (f *Filter) nullsOf(c *chunk) nulls {
	if f.nulls == unknown {
		f.nulls = added
		if c.early || c.spelled {
			f.nulls = always
		}
	}
	return f.nulls
}

// readEvent reads the one data line of an event. It is not ok when there is none, or more, or no JSON in it.
func readEvent(event []byte) (c chunk, ok bool) {
	var data span
	for at := range lines(event) {
		line := event[at.from:at.to]
		if at.from == 0 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // which a stream may begin with
		}
		value, isData := bytes.CutPrefix(line, []byte("data:"))
		if !isData {
			continue
		}
		if data.to > 0 {
			return c, false
		}
		data = span{at.to - len(value), at.to}
	}
	text := bytes.TrimSpace(event[data.from:data.to])
	if len(text) == 0 || text[0] != '{' {
		return c, false
	}
	data.from += bytes.IndexByte(event[data.from:data.to], '{')
	c, ok = readChunk(text, data.from)
	c.end = data.from + len(text) - 1
	return c, ok
}

// readChunk reads a chunk whose text stands at the offset given.
func readChunk(text []byte, offset int) (c chunk, ok bool) {
	r := jsonscan.New(text)
	choices := false
	for key := range r.Object {
		at := r.Pos()
		switch string(key) {
		case "choices":
			choices = true
			c.readChoices(&r)
		case "usage":
			if c.usageKind != jsonscan.None {
				return c, false
			}
			c.usageKind, c.early = r.Kind(), !choices
			c.usage = member(text, at, len(r.Raw()), `"usage"`).plus(offset)
		case "timings":
			c.timings = member(text, at, len(r.Raw()), `"timings"`).plus(offset)
		case "system_fingerprint":
			c.signed = true
			if r.Kind() == jsonscan.String {
				c.fingerprint = member(text, at, len(r.Raw()), `"system_fingerprint"`).plus(offset)
			}
		case "error":
			c.failed = c.failed || r.Kind() != jsonscan.Null
		case "base_resp":
			c.failed = c.failed || baseResponseFails(&r)
		}
	}
	return c, r.Err() == nil && len(r.Rest()) == 0
}

// baseResponseFails tells whether MiniMax's {"status_code"} stands for an error, which comes with usage, too.
func baseResponseFails(r *jsonscan.Reader) (fails bool) {
	for range r.Named("status_code") {
		n, _ := r.Int()
		fails = n != 0
	}
	return fails
}

// readChoices reads the choices. LiteLLM's event that has nothing but usage has the choice {"index":0,"delta":{}}.
func (c *chunk) readChoices(r *jsonscan.Reader) {
	for range r.Array {
		says := r.Kind() != jsonscan.Object
		for key := range r.Object {
			switch string(key) {
			case "index":
			case "delta":
				says = says || r.Kind() != jsonscan.Object
				for range r.Object {
					says = true
				}
			case "finish_reason":
				c.finished = c.finished || r.Kind() == jsonscan.String
				says = says || r.Kind() != jsonscan.Null
			case "matched_stop", "stop_reason":
				c.spelled = c.spelled || r.Kind() == jsonscan.Null
				c.stopTold = c.stopTold || string(key) == "stop_reason"
				says = true
			default:
				says = says || r.Kind() != jsonscan.Null
			}
		}
		if says {
			c.choices++
		}
	}
}

// member gives the place of a member from its key to its value's end; none when the key is written with escapes.
func member(text []byte, value, length int, key string) span {
	before := bytes.TrimRight(text[:value], " \t\r\n:")
	if !bytes.HasSuffix(before, []byte(key)) {
		return span{}
	}
	return span{len(before) - len(key), value + length}
}

func (s span) plus(offset int) span {
	if s.to == 0 {
		return s
	}
	return span{s.from + offset, s.to + offset}
}

// withComma gives the place of a member with the comma that would be left over without it.
func withComma(event []byte, s span) span {
	if before := len(bytes.TrimRight(event[:s.from], " \t")); before > 0 && event[before-1] == ',' {
		return span{before - 1, s.to}
	}
	if after := bytes.TrimLeft(event[s.to:], " \t"); len(after) > 0 && after[0] == ',' {
		return span{s.from, len(event) - len(bytes.TrimLeft(after[1:], " \t"))}
	}
	return s
}
