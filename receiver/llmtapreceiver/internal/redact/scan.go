package redact

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
)

// literal is a string of JSON in a text, without its quotes.
type literal struct {
	from, to int
	// key is the same for the pieces of one text, which stand at the same place of one event after the other.
	key uint64
	// grows tells that each piece may have the text so far, and not what is new of it.
	grows bool
}

// depthMax is how deep objects and arrays may lie in each other for their strings to be put together; deeper ones stand alone.
const depthMax = 32

// apart are members of events that no text is sent in: they are the same in each event, and would make matches across two.
var apart = map[string]bool{
	"id": true, "object": true, "model": true, "type": true, "role": true, "item_id": true, "call_id": true, "response_id": true, "event_id": true,
	"system_fingerprint": true, "service_tier": true, "status": true, "created_at": true, "finish_reason": true, "obfuscation": true,
}

// tells are members that tell the texts of a stream apart: which choice, tool call, item or part an event is of. Where the value is true, they
// stand for the position in an array, which says nothing in an event of one choice or tool call. The type is the event's: that of a tool call
// stands in its first event only.
var tells = map[string]bool{"index": true, "output_index": true, "content_index": true, "summary_index": true, "type": false}

// scanner finds literals in whatever holds JSON: a body, the events of a stream, lines. It never fails; what is no JSON has strings all the
// same, that end with their line.
type scanner struct {
	in    string
	at    int
	found []literal
	open  []level
	// deeper counts what stands open beyond depthMax.
	deeper int
	alone  uint64 // how many literals stood alone
}

// level is an object or array that stands open.
type level struct {
	array bool
	place uint64 // in what is around it: the hash of a name, or a position
	first int    // of the literals in it
	tells uint64 // hash of what tells it from others at its place
	// indexed tells that the place says nothing beside tells.
	indexed bool
	members
	name  string // of the member that is read
	count uint64 // of the elements before
}

// members are those of an object, with something in them, that say what kind of event it is of.
type members struct{ token, metaInfo, message, delta bool }

func (m *members) note(name string) {
	switch name {
	case "token":
		m.token = true
	case "meta_info":
		m.metaInfo = true
	case "message":
		m.message = true
	case "delta":
		m.delta = true
	}
}

// grow tells that texts may be those so far: SGLang's, and Perplexity's beside what is new of them.
func (m *members) grow() bool { return m.metaInfo || m.message && m.delta }

func scan(in string) []literal {
	s := scanner{in: in}
	for s.at < len(in) {
		switch in[s.at] {
		case '"':
			s.literal()
			continue
		case '{', '[':
			s.begin(in[s.at] == '[')
		case '}', ']':
			s.end()
		case ',':
			if n := len(s.open); n > 0 && s.deeper == 0 {
				s.open[n-1].count++
				s.open[n-1].name = ""
			}
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			s.number()
			continue
		case '\n', '\r':
			if s.isBlankLine() {
				s.endAll() // an event that broke off leaves what was open to no other
			}
		}
		s.at++
	}
	s.endAll()
	return s.found
}

func (s *scanner) isBlankLine() bool {
	before := strings.TrimSuffix(s.in[:s.at], "\r")
	return s.in[s.at] == '\n' && strings.HasSuffix(before, "\n") || s.in[s.at] == '\r' && strings.HasSuffix(s.in[:s.at], "\r")
}

// literal reads a string: a name, or a value.
func (s *scanner) literal() {
	from := s.at + 1
	to := from
	for to < len(s.in) && s.in[to] != '"' && s.in[to] != '\n' && s.in[to] != '\r' {
		if s.in[to] == '\\' && to+1 < len(s.in) {
			to++
		}
		to++
	}
	s.at = min(to+1, len(s.in))
	if to < len(s.in) && s.in[to] != '"' {
		s.at = to // the line end is for the scan
	}
	in := s.around()
	if in != nil && !in.array && in.name == "" && s.atColon() {
		in.name = s.in[from:to]
		if strings.IndexByte(in.name, '\\') >= 0 { // others read as they stand
			s.addAlone(from, to)
		}
		return
	}
	if in == nil || apart[in.name] {
		s.addAlone(from, to)
	} else {
		s.found = append(s.found, literal{from: from, to: to, key: in.placeOfNext()})
	}
	s.tell(s.in[from:to])
}

// addAlone adds a literal that is no piece of a text.
func (s *scanner) addAlone(from, to int) {
	s.alone++
	s.found = append(s.found, literal{from: from, to: to, key: genai.Mix(s.alone)})
}

// beforeColonMax bounds the white space between a name and its colon.
const beforeColonMax = 15

// atColon tells whether a colon comes next, which makes a name of the string before.
func (s *scanner) atColon() bool {
	near := s.in[s.at:min(len(s.in), s.at+beforeColonMax+len(":"))]
	return strings.HasPrefix(strings.TrimLeft(near, " \t\r\n"), ":")
}

func (s *scanner) number() {
	from := s.at
	for s.at++; s.at < len(s.in) && strings.IndexByte("0123456789+-.eE", s.in[s.at]) >= 0; s.at++ {
	}
	s.tell(s.in[from:s.at])
}

// tell notes a value that tells its object from others.
func (s *scanner) tell(value string) {
	in := s.around()
	if in == nil || in.name == "type" && len(s.open) > 1 {
		return
	}
	if index, ok := tells[in.name]; ok {
		in.indexed = in.indexed || index
		in.tells = genai.Mix(in.tells, xxhash.Sum64String(in.name), xxhash.Sum64String(value))
	}
}

// around gives the object or array that stands open, nil outside of any and beyond depthMax.
func (s *scanner) around() *level {
	if len(s.open) == 0 || s.deeper > 0 {
		return nil
	}
	return &s.open[len(s.open)-1]
}

// placeOfNext gives where the next value stands in an object or array.
func (l *level) placeOfNext() uint64 {
	if l.array {
		return l.count
	}
	return xxhash.Sum64String(l.name)
}

func (s *scanner) begin(array bool) {
	if len(s.open) == depthMax {
		s.deeper++
		return
	}
	l := level{array: array, first: len(s.found)}
	if in := s.around(); in != nil {
		l.place = in.placeOfNext()
		in.note(in.name)
	}
	s.open = append(s.open, l)
}

// end closes an object or array, and lets the keys of the literals in it depend on where it stands.
func (s *scanner) end() {
	if s.deeper > 0 {
		s.deeper--
		return
	}
	n := len(s.open)
	if n == 0 {
		return
	}
	l := s.open[n-1]
	s.open = s.open[:n-1]
	if l.token { // the index is its number, in TGI's streams, and tells no texts apart
		l.tells = 0
	}
	if l.indexed && n > 1 && s.open[n-2].array {
		l.place = 0
	}
	for i := l.first; i < len(s.found); i++ {
		s.found[i].key = genai.Mix(s.found[i].key, l.place, l.tells)
		s.found[i].grows = s.found[i].grows || l.grow()
	}
}

func (s *scanner) endAll() {
	for len(s.open) > 0 {
		s.end()
	}
}
