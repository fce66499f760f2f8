package jsonscan

// Nesting follows the brackets and quotes of JSON that grows at its end. Its zero value is ready for use.
type Nesting struct {
	read          int // bytes
	depth         int
	begun         bool // there was a bracket or quote
	text, escaped bool // in a string, behind a backslash
}

// Closed tells whether all that json opens is closed. It reads only what was not there when it was asked before.
func (n *Nesting) Closed(json []byte) bool {
	for ; n.read < len(json); n.read++ {
		n.step(json[n.read])
	}
	return n.begun && n.depth == 0 && !n.text
}

func (n *Nesting) step(c byte) {
	const quote = 2
	switch step := structural[c]; {
	case n.escaped:
		n.escaped = false
	case n.text && c == '\\':
		n.escaped = true
	case step == quote:
		n.begun, n.text = true, !n.text
	case step != 0 && !n.text:
		n.begun = true
		n.depth += int(step)
	}
}
