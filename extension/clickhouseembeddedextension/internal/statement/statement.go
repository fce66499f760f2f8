// Package statement reads as much of a ClickHouse statement as its HTTP interface has to know: whether rows follow, in which format,
// and where they begin. Everything else is left to the engine's parser.
package statement

import "strings"

// Statement is what is known of the text of one.
type Statement struct {
	// Insert means that rows of Format follow in the text from Data on, and after the text. Head is the statement without the FORMAT clause.
	Insert bool
	Head   string
	Data   int
	// Format is what the statement's FORMAT clause names, "" if it has none.
	Format string
	// Refused names what the statement would do that the HTTP interface of an embedded engine does not offer, "" for nothing.
	Refused string
	// ForSession names what the statement does only to the session that it runs in, "" for nothing.
	ForSession string
}

// Parse reads the text of a statement, with the rows of an INSERT behind it, or the beginning of them.
func Parse(text string) Statement {
	s := &scanner{text: text}
	first, found := s.next()
	switch {
	case !found:
		return Statement{}
	case first.is("INSERT"):
		return parseInsert(s)
	case first.is("SYSTEM"):
		if verb, _ := s.next(); verb.is("SHUTDOWN") || verb.is("KILL") {
			return Statement{Refused: "SYSTEM " + verb.text}
		}
	case first.is("SET"), first.is("USE"):
		return Statement{ForSession: strings.ToUpper(first.text)}
	case first.is("CREATE") && createsTemporary(scanner{text: text, at: s.at}):
		return Statement{ForSession: "CREATE TEMPORARY"}
	}
	return parseOther(s)
}

// createsTemporary is true if TEMPORARY stands behind CREATE or CREATE OR REPLACE.
func createsTemporary(s scanner) bool {
	current, _ := s.next()
	if current.is("OR") {
		s.next()
		current, _ = s.next()
	}
	return current.is("TEMPORARY")
}

// parseOther finds the last FORMAT clause; words before it may be column names.
func parseOther(s *scanner) Statement {
	var statement Statement
	var previous token
	for current := range s.rest {
		switch {
		case previous.is("INTO") && current.is("OUTFILE"):
			statement.Refused = "INTO OUTFILE"
		case previous.is("FORMAT") && previous.depth == 0 && current.word:
			statement.Format = current.text
		}
		previous = current
	}
	return statement
}

func parseInsert(s *scanner) Statement {
	start := skipTable(s)
	for current, found := start, start.end > 0; found; current, found = s.next() {
		if current.depth > 0 {
			continue
		}
		switch {
		case current.is("VALUES"):
			return Statement{Insert: true, Format: "Values", Head: s.text[:current.end-len(current.text)], Data: current.end}
		case current.is("FORMAT"):
			format, _ := s.next()
			if !format.word {
				return Statement{}
			}
			return Statement{
				Insert: true, Format: format.text,
				Head: s.text[:current.end-len(current.text)], Data: dataStart(s.text, format.end),
			}
		case current.is("INFILE"):
			return Statement{Refused: "FROM INFILE"}
		case current.is("SELECT"), current.is("WITH"):
			return parseInsertSelect(s)
		}
	}
	return Statement{}
}

// parseInsertSelect passes an INSERT whose rows come from a query; only one that reads them from the request is not offered.
func parseInsertSelect(s *scanner) Statement {
	var previous token
	for current := range s.rest {
		if previous.is("input") && current.text == "(" {
			return Statement{Refused: "INSERT … SELECT … FROM input()"}
		}
		previous = current
	}
	return Statement{}
}

// skipTable passes [INTO] [TABLE] [FUNCTION] name[.name] and gives the token behind, so that a table may be called like a keyword.
func skipTable(s *scanner) token {
	current, _ := s.next()
	for _, optional := range []string{"INTO", "TABLE", "FUNCTION"} {
		if current.is(optional) {
			current, _ = s.next()
		}
	}
	current, _ = s.next()
	for current.text == "." {
		s.next() // the name behind the dot
		current, _ = s.next()
	}
	return current
}

// dataStart passes the blanks behind a format's name and the line feed that ends them: rows may begin with blanks of their own.
func dataStart(text string, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f' || text[at] == '\r') {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	return at
}
