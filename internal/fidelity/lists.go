package fidelity

import (
	"math/bits"
	"sync"

	"github.com/llmtap/llmtap/internal/genai"
)

// set is of checks, by their places in Checks.
type set [3]uint64

func (s *set) add(check int) { s[check/64] |= 1 << (check % 64) }

func (s *set) join(other *set) {
	for i := range s {
		s[i] |= other[i]
	}
}

// keep takes out what is not in another set.
func (s *set) keep(other *set) {
	for i := range s {
		s[i] &= other[i]
	}
}

func (s *set) has(check int) bool { return s[check/64]&(1<<(check%64)) != 0 }

func (s *set) ids() []string {
	var n int
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	ids := make([]string, 0, n)
	for i := range checks {
		if s.has(i) {
			ids = append(ids, checks[i].ID)
		}
	}
	return ids
}

// listsMax bounds the lists that are kept, about 2 KB each. Calls of one kind share a list, and there are few kinds.
const listsMax = 256

// lists makes lists of check ids and keeps them, so that most calls need none of their own.
type lists struct {
	mu    sync.Mutex
	known map[set]list
}

type list struct {
	set  set
	ids  []string
	text string
}

// of gives the ids of a set, which nobody may change, and their text on a span.
func (l *lists) of(s set) list {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found, ok := l.known[s]; ok {
		return found
	}
	ids := s.ids()
	made := list{s, ids, genai.JoinChecks(ids)}
	if l.known == nil {
		l.known = map[set]list{}
	}
	if len(l.known) < listsMax {
		l.known[s] = made
	}
	return made
}
