package fidelity

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// listed joins what a function makes of the numbers below n with commas.
func listed(n int, of func(int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = of(i)
	}
	return strings.Join(parts, ",")
}

func same(text string) func(int) string { return func(int) string { return text } }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// units gives what a validation costs by its estimate, were there no bound.
func units(t *testing.T, schema, instance string) int {
	t.Helper()
	compiled := compile([]byte(schema)).compiled
	require.NotNil(t, compiled, schema)
	b := bill{left: 1 << 40}
	require.True(t, b.visit(compiled, value(t, instance), 0, false))
	return 1<<40 - b.left
}

// Each part of a visit that the validator repeats is in the estimate as often as it is repeated.
func TestCostOfWhatIsRepeated(t *testing.T) {
	f := func(least int, schema, instance string) {
		t.Helper()
		require.GreaterOrEqual(t, units(t, schema, instance), least, schema[:min(60, len(schema))])
	}
	empties := `[` + listed(10, same(`{}`)) + `]`
	object := `{` + listed(100, numbered(`"a%d":1`)) + `}`
	f(10*500, `{"items":{"required":[`+listed(500, numbered(`"a%d"`))+`]}}`, empties)
	f(10*500, `{"items":{"dependentRequired":{`+listed(500, numbered(`"a%d":["x"]`))+`}}}`, empties)
	f(500, `{"dependentRequired":{"a":[`+listed(500, numbered(`"a%d"`))+`]}}`, `{"a":1}`)
	f(500, `{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":[`+listed(500, numbered(`"a%d"`))+`]}}`, `{"a":1}`)
	f(100*50*unitsPerMark, `{"unevaluatedProperties":{},"anyOf":[`+listed(50, same(`true`))+`]}`, object)
	f(100*50*unitsPerMark, `{"unevaluatedItems":{},"allOf":[{"anyOf":[`+listed(50, same(`{"prefixItems":[{}]}`))+`]}]}`, `[`+listed(100, same("1"))+`]`)
	f(100*50, `{"allOf":[`+listed(50, same(`{"additionalProperties":false}`))+`]}`, object)
	f(100*50*unitsPerMatch, `{"patternProperties":{`+listed(50, numbered(`"^x%d":{}`))+`}}`, object)
	f(10*50*unitsPerBool, `{"items":{"allOf":[`+listed(50, same(`{}`))+`]}}`, empties)
	f(10*50*unitsPerPair, `{"items":{"const":[`+listed(50, same(`1.5`))+`]}}`, `[`+listed(10, same(`[`+listed(50, same(`1.5`))+`]`))+`]`)
	f(10*50*unitsPerPair, `{"items":{"enum":[`+listed(50, numbered(`%d`))+`]}}`, `[`+listed(10, same(`-1`))+`]`)
	f(50*1000/bytesPerUnit, `{"allOf":[`+listed(50, same(`{"minLength":1}`))+`]}`, `"`+strings.Repeat("x", 1000)+`"`)
	f(190*unitsPerPair, `{"uniqueItems":true}`, `[`+listed(20, numbered(`%d`))+`]`)
	f(10*390/4, `{"items":{"multipleOf":1}}`, `[`+listed(10, same(`1e390`))+`]`)
}

// The validator compares items that have one hash: sign and length are in none.
func TestCostOfItemsWithOneHash(t *testing.T) {
	signs := func(i int) string {
		return `[` + listed(10, func(bit int) string { return []string{"1", "-1"}[i>>bit&1] }) + `]`
	}
	require.Greater(t, units(t, `{"uniqueItems":true}`, `[`+listed(200, signs)+`]`), 200*199/2*unitsPerPair)
	require.Less(t, units(t, `{"uniqueItems":true}`, `[`+listed(200, numbered(`{"a":%d}`))+`]`), 200*100)
}

func TestValidationAtItsLimit(t *testing.T) {
	const schema, instance = `{"items":{"type":"integer"}}`, `[1,2,3]`
	cost := units(t, schema, instance)
	f := func(spent int, want error) {
		t.Helper()
		a := account{units: spent}
		_, err := compile([]byte(schema)).validate(value(t, instance), &a)
		require.ErrorIs(t, err, want)
		require.LessOrEqual(t, a.units, costSum*unitsPerVisit)
	}
	f(0, nil)
	const all = costSum * unitsPerVisit
	f(all-cost, nil)
	f(all-cost+1, errUndecidable)
	f(all, errUndecidable)
}

// doubled is a schema that is visited 2^n times.
func doubled(n int) string {
	return `{"$defs":{` + listed(n, func(i int) string {
		return fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i+1, i+1)
	}) + fmt.Sprintf(`,"d%d":{"required":["a"]}},"allOf":[{"$ref":"#/$defs/d0"}]}`, n)
}

// manyCalls is an answer of choices that each call the tool weather with the same arguments.
func manyCalls(choices, calls int, schema string) *genai.Call {
	c := toolCall()
	c.Detail.Tools[0].Schema = []byte(schema)
	one := genai.Choice{FinishReason: "tool_calls"}
	for i := range calls {
		one.ToolCalls = append(one.ToolCalls, genai.ToolCall{ID: fmt.Sprint(i), Name: "weather", Kind: "function", Arguments: `{"a":1}`})
	}
	c.Detail.Choices = slices.Repeat([]genai.Choice{one}, choices)
	return c
}

func subjectOf(c *genai.Call) *subject {
	s := &subject{schemas: newSchemaCache()}
	s.take(c)
	return s
}

func TestValidationsOfACallShareABudget(t *testing.T) {
	s := subjectOf(manyCalls(1, 2, doubled(10)))
	require.Equal(t, pass, argsSchemaInvalid(s))
	s = subjectOf(manyCalls(4, 1024, doubled(10)))
	require.Equal(t, undecidable, argsSchemaInvalid(s))
	require.LessOrEqual(t, s.spent.units, costSum*unitsPerVisit)
	require.Equal(t, undecidable, argsSchemaInvalid(subjectOf(manyCalls(1, 1, doubled(14)))))
}

func TestChoicesShareABudget(t *testing.T) {
	c := asJSON(`{"a":1}`)
	c.Detail.ResponseSchema = []byte(doubled(10))
	require.Equal(t, pass, structuredSchemaInvalid(subjectOf(c)))
	c.Detail.Choices = slices.Repeat(c.Detail.Choices, 128)
	s := subjectOf(c)
	require.Equal(t, undecidable, structuredSchemaInvalid(s))
	require.LessOrEqual(t, s.spent.units, costSum*unitsPerVisit)
}

func TestReadingOfACallIsBounded(t *testing.T) {
	c := manyCalls(60, 1024, `{}`)
	for i := range c.Detail.Choices {
		calls := slices.Clone(c.Detail.Choices[i].ToolCalls)
		for j := range calls {
			calls[j].Arguments = fmt.Sprintf(`{"a":"%d of %d"}`, j, i)
		}
		c.Detail.Choices[i].ToolCalls = calls
	}
	s := subjectOf(c)
	for _, check := range []func(*subject) result{argsNotJSON, argsNotObject, argsDoubleEncoded} {
		check(s)
	}
	require.Less(t, s.spent.read, readMax+2*valuesPerRead)
	require.Equal(t, undecidable, argsNotObject(s))
	require.Equal(t, undecidable, argsDoubleEncoded(s))
}

// What is too large to be read is neither whole nor broken.
func TestUnreadJSONIsUndecidable(t *testing.T) {
	s := subjectOf(asJSON(`{"a":"` + strings.Repeat("x", documentBytesMax) + ` [NaN]"} x`))
	for _, check := range []func(*subject) result{
		structuredNotJSON, structuredFenced, structuredTrailing, structuredDuplicateKeys, structuredNaN,
	} {
		require.Equal(t, undecidable, check(s))
	}
}
