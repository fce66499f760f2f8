package statement

import "strings"

// token is a word, a quoted piece or one other character of a statement, outside comments.
type token struct {
	text string
	// end is the offset behind the token.
	end   int
	word  bool
	depth int
}

func (t token) is(keyword string) bool { return t.word && strings.EqualFold(t.text, keyword) }

// scanner cuts ClickHouse SQL into tokens. It never fails: an unclosed quote or comment ends with the text, which the
// engine's own parser then reports.
type scanner struct {
	text  string
	at    int
	depth int
}

// rest visits the tokens from here on.
func (s *scanner) rest(yield func(token) bool) {
	for current, found := s.next(); found && yield(current); current, found = s.next() {
	}
}

func (s *scanner) next() (token, bool) {
	s.skipBlank()
	if s.at >= len(s.text) {
		return token{}, false
	}
	start := s.at
	c := s.text[start]
	switch {
	case c == '\'' || c == '"' || c == '`':
		s.skipQuoted(c)
	case c == '$' && s.skipHeredoc():
	case isWordByte(c):
		for s.at < len(s.text) && isWordByte(s.text[s.at]) {
			s.at++
		}
		return token{text: s.text[start:s.at], end: s.at, word: true, depth: s.depth}, true
	default:
		s.at++
	}
	found := token{text: s.text[start:s.at], end: s.at, depth: s.depth}
	switch c {
	case '(', '[', '{':
		s.depth++
	case ')', ']', '}':
		s.depth--
		found.depth = s.depth
	}
	return found, true
}

func (s *scanner) skipBlank() {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			s.at++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			s.skipPast("\n")
		case strings.HasPrefix(rest, "/*"):
			s.at += len("/*")
			s.skipPast("*/")
		default:
			return
		}
	}
}

func (s *scanner) skipPast(end string) {
	if i := strings.Index(s.text[s.at:], end); i >= 0 {
		s.at += i + len(end)
		return
	}
	s.at = len(s.text)
}

// skipQuoted passes a quoted piece. A doubled quote reads as two pieces side by side, which makes no difference here.
func (s *scanner) skipQuoted(quote byte) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			return
		}
	}
	s.at = len(s.text)
}

func (s *scanner) skipHeredoc() bool {
	length := strings.IndexByte(s.text[s.at+1:], '$')
	if length < 0 {
		return false
	}
	tag := s.text[s.at : s.at+1+length+1]
	for i := 1; i < len(tag)-1; i++ {
		if !isWordByte(tag[i]) {
			return false
		}
	}
	s.at += len(tag)
	s.skipPast(tag)
	return true
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
