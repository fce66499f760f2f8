package fidelity

import (
	"encoding/json"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestStepsAreCountedWithoutCompiling(t *testing.T) {
	for _, text := range []string{
		``, `^a+$`, `a*`, `(a|b|cd)*`, `a{990}b{990}`, `[a-z]{3,}`, `(?:a{2,5}){3}`, `(x*)?`, `^(?:[A-Z]{2}-\d{4,6})?$`, `a{0}`, `.{1,300}`,
		`(?i)straße`, `\bword\b`, `((a))`, `a??b+?`, `(|a)*`, `(a{0,3}|b){2,}`, `[^\x00-\x{10FFFF}]`, `ab|ac|ad`,
	} {
		parsed, err := syntax.Parse(text, syntax.Perl)
		require.NoError(t, err)
		size := sizeOf(parsed).steps + 2
		program, err := syntax.Compile(parsed.Simplify())
		require.NoError(t, err)
		require.GreaterOrEqual(t, size, len(program.Inst), text)
		require.LessOrEqual(t, size, 2*len(program.Inst)+4, text)
	}
}

// Servers whose patterns are those of Python or Rust let \w and the like be letters of any script.
func TestPatternsThatDialectsReadDifferently(t *testing.T) {
	f := func(pattern, text string, want error) {
		t.Helper()
		quoted, err := json.Marshal(pattern)
		require.NoError(t, err)
		problem, err := compile([]byte(`{"properties":{"a":{"anyOf":[{"pattern":`+string(quoted)+`},{"type":"null"}]}}}`)).validate(
			map[string]any{"a": text}, new(account))
		require.ErrorIs(t, err, want)
		require.Equal(t, want == nil, problem != "")
		c := with(textCall(), func(c *genai.Call) { c.Detail.AnswerRegex, choice(c).Text = pattern, text })
		require.Equal(t, want == nil, slices.Contains(verdicts(c).Failed, "structured.regex"))
	}
	f(`^\w+$`, "Zoë", errUndecidable)
	f(`^\S+\.$`, "Zoë", errUndecidable)
	f(`^\w+$`, "Zoe!", nil)
	f(`^[a-z]+$`, "zoë", nil)
	f(`^\\w+$`, "zoë", nil)
	f(`^a\.$`, "zoë", nil)
}

func TestPatternsOfASchemaShareTheirSteps(t *testing.T) {
	one := func(i int) string { return fmt.Sprintf(`%c{998}`, 'a'+i) } // 1,000 steps
	var p patterns
	for i := range schemaStepsMax / 1000 {
		_, err := p.compile(one(i))
		require.NoError(t, err)
		_, err = p.compile(one(i))
		require.NoError(t, err)
	}
	require.Equal(t, schemaStepsMax, p.weight)
	require.Len(t, p.known, schemaStepsMax/1000)
	_, err := p.compile(`z`)
	require.ErrorIs(t, err, errOver)
}

func TestSchemaOfManyPatternsDecidesNothing(t *testing.T) {
	schema := func(n int) string { return `{"allOf":[` + listed(n, numbered(`{"pattern":"a{990}%d"}`)) + `]}` }
	_, err := compile([]byte(schema(20))).validate("a", new(account))
	require.NoError(t, err)
	_, err = compile([]byte(schema(21))).validate("a", new(account))
	require.ErrorIs(t, err, errUndecidable)
	classes := `{"pattern":"^\\p{L}{900}$"}`
	_, err = compile([]byte(classes)).validate("a", new(account))
	require.ErrorIs(t, err, errUndecidable)
	folded := `{"pattern":"(?i)` + strings.Repeat(`[B-\\x{1E942}]`, 3) + `"}`
	_, err = compile([]byte(folded)).validate("a", new(account))
	require.ErrorIs(t, err, errUndecidable)
}

func TestGuidedPatternIsCompiledOnce(t *testing.T) {
	c := textCall()
	c.Detail.AnswerRegex = `[A-Z].*\.`
	c.Detail.Choices = slices.Repeat(c.Detail.Choices, 128)
	s := subjectOf(c)
	require.Equal(t, pass, structuredRegex(s))
	first := s.guidePattern()
	require.Same(t, first, s.guidePattern())
	before := s.spent.units
	require.Equal(t, pass, structuredRegex(s))
	require.Positive(t, s.spent.units-before)
	s.spent.units = costSum * unitsPerVisit
	require.Equal(t, undecidable, structuredRegex(s))
}
