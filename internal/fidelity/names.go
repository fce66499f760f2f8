package fidelity

import (
	"strings"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/genai"
)

// known are the names and ids of a request by which those of its answer are judged.
type known struct {
	tools   places
	calls   places // of earlier turns
	offered nameSet
	chosen  nameSet
}

// lookedThrough is how often a list is looked through before it is put in order: most answers have a call or two.
const lookedThrough = 16

// places finds names in a list.
type places struct {
	lookups int
	at      map[string]int
}

// find gives the first place of a name in a list of n, or -1.
func (p *places) find(name string, n int, of func(int) string) int {
	if p.lookups++; p.lookups > lookedThrough {
		if p.at == nil {
			p.order(n, of)
		}
		if at, ok := p.at[name]; ok {
			return at
		}
		return -1
	}
	for i := range n {
		if of(i) == name {
			return i
		}
	}
	return -1
}

func (p *places) order(n int, of func(int) string) {
	p.at = make(map[string]int, n)
	for i := n - 1; i >= 0; i-- {
		p.at[of(i)] = i
	}
}

// tool gives the offered tool of a name.
func (s *subject) tool(name string) *genai.Tool {
	i := s.known.tools.find(name, len(s.d.Tools), func(i int) string { return s.d.Tools[i].Name })
	if i < 0 {
		return nil
	}
	return &s.d.Tools[i]
}

// calledBefore tells whether an earlier turn has a call of an id.
func (s *subject) calledBefore(id string) bool {
	return s.known.calls.find(id, len(s.d.TurnCallIDs), func(i int) string { return s.d.TurnCallIDs[i] }) >= 0
}

// callsCut tells that earlier turns may have more calls than are known.
func (s *subject) callsCut() bool { return len(s.d.TurnCallIDs) >= genai.TurnIDsMax }

// offersAlmost tells whether a tool is offered whose name differs only as servers change names.
func (s *subject) offersAlmost(name string) bool {
	if s.known.offered == nil {
		s.known.offered = nameSet{}
		for i := range s.d.Tools {
			s.known.offered.add(s.d.Tools[i].Name)
		}
	}
	return s.known.offered.has(name)
}

// chosen tells whether tool_choice names a tool, by a name that servers may have changed.
func (s *subject) chosen(name string) bool {
	names := s.d.ToolChoice.Names
	if len(names) == 1 && names[0] == name {
		return true
	}
	if s.known.chosen == nil {
		s.known.chosen = nameSet{}
		for _, one := range names {
			s.known.chosen.add(one)
		}
	}
	return s.known.chosen.has(name)
}

// nameSet has names but for what servers change in those of tools: case, punctuation and the prefix functions.
type nameSet map[string]struct{}

func (n nameSet) add(name string) { n[normalName(name)] = struct{}{} }

func (n nameSet) has(name string) bool {
	normal := normalName(name)
	_, ok := n[normal]
	return ok && normal != "" // names of nothing but punctuation are not alike
}

func normalName(name string) string {
	name = strings.TrimPrefix(name, "functions.")
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c - 'A' + 'a'
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf: // servers leave other scripts as they are
			return c
		default:
			return -1
		}
	}, name)
}

// repeatedID gives an id that two calls have.
func repeatedID(calls []genai.ToolCall) string {
	if len(calls) <= lookedThrough {
		for i := range calls {
			for j := range calls[:i] {
				if id := calls[i].ID; id != "" && id == calls[j].ID {
					return id
				}
			}
		}
		return ""
	}
	seen := make(map[string]struct{}, len(calls))
	for i := range calls {
		id := calls[i].ID
		if _, ok := seen[id]; ok && id != "" {
			return id
		}
		seen[id] = struct{}{}
	}
	return ""
}
