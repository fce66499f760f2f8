package fidelity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBeginningsOfMatches(t *testing.T) {
	f := func(pattern, text string, want bool) {
		t.Helper()
		b, err := newBeginning(`^(?:` + pattern + `)$`)
		require.NoError(t, err)
		require.Equal(t, want, b.is(text))
		require.Equal(t, want, b.is(text), "again")
	}
	f(`\w+@\w+\.com\n`, "ada@love.com", true)
	f(`\w+@\w+\.com\n`, "ada@", true)
	f(`\w+@\w+\.com\n`, "", true)
	f(`\w+@\w+\.com\n`, "It is ada@love.com", false)
	f(`\w+@\w+\.com\n`, "ada@love.org", false)
	f(`red|(?i:blue)`, "BL", true)
	f(`red|(?i:blue)`, "RE", false)
	f(`\bred\b`, "re", true)
	f(`(a|b)*c`, "abab", true)
	f(`(a*)*b`, "aac", false)
	f(`.{3}`, "äö", true)
	f(`[^\n]x`, "\n", false)
	f(`a{1000}`, strings.Repeat("a", 999), true)
	f(`a{1000}`, strings.Repeat("a", 1000), false) // nothing is left to come
	f(`a{1000}`, strings.Repeat("a", 1001), false)
}

func TestTheBeginningOfAMatchMayCostTooMuch(t *testing.T) {
	c := textCall()
	c.Detail.AnswerRegex = `b+`
	s := subjectOf(c)
	require.False(t, s.beginsMatch("a"))
	s.spent.units = costSum * unitsPerVisit
	require.True(t, s.beginsMatch("a"))
}
