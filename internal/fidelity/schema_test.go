package fidelity

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func value(t testing.TB, text string) any {
	t.Helper()
	doc, err := readDocument(text)
	require.NoError(t, err)
	return doc.value
}

func TestSchemaVerdicts(t *testing.T) {
	f := func(schema, instance, problem string) {
		t.Helper()
		got, err := compile([]byte(schema)).validate(value(t, instance), new(account))
		require.NoError(t, err)
		require.Equal(t, problem, got)
	}
	f(`{}`, `7`, "")
	f(`true`, `7`, "")
	f(weatherSchema, `{"city":"Ulm"}`, "")
	f(weatherSchema, `{"city":7}`, "/city breaks type")
	f(weatherSchema, `{}`, "/ breaks required")
	f(weatherSchema, `{"city":"Ulm","x":1}`, "/ breaks additionalProperties")
	f(`{"type":"integer"}`, `1.0`, "")
	f(`{"type":"string","format":"date"}`, `"no date"`, "")
	f(`{"$schema":"http://json-schema.org/draft-07/schema#","type":"string","format":"date"}`, `"no date"`, "")
	f(`{"$schema":"http://json-schema.org/draft-04/schema#","minimum":3,"exclusiveMinimum":true}`, `3`, "/ breaks exclusiveMinimum")
	f(`{"pattern":"^a+$"}`, `"b"`, "/ breaks pattern")
	f(`{"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}},"$ref":"#/$defs/n"}`, `{"next":{"next":{}}}`, "")
	f(`{"definitions":{"n":{"type":"string"}},"$ref":"#/definitions/n"}`, `1`, "/ breaks type")
	f(`{"uniqueItems":true}`, `[1,1]`, "/ breaks uniqueItems")
	f(`{"type":"string","nullable":true}`, `"a"`, "")
}

func TestSchemaThatDecidesNothing(t *testing.T) {
	f := func(schema, instance string) {
		t.Helper()
		_, err := compile([]byte(schema)).validate(value(t, instance), new(account))
		require.ErrorIs(t, err, errUndecidable)
	}
	f(`{"type":`, `1`)
	f(`{"type":7}`, `1`)
	f(`{"$ref":"https://example.com/schema.json"}`, `1`)
	f(`{"$ref":"file:///etc/passwd"}`, `1`)
	f(`{"$schema":"https://example.com/meta","type":"string"}`, `1`)
	f(`{"pattern":"(?=a)b"}`, `"b"`)
	f(`{"type":"string","nullable":true}`, `null`)
	f(`{"$ref":"#"}`, `1`)
	f(`{"allOf":[{"$ref":"#"}]}`, `1`)
	f(`{"$dynamicAnchor":"a","properties":{"x":{"$dynamicRef":"#a"}}}`, `{"x":1}`)
}

// hostile are schemas and instances that ask for more than a validation may take.
func hostile() map[string][2]string {
	doubling := `{"$defs":{`
	for i := range 40 {
		doubling += fmt.Sprintf(`"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]},`, i, i+1, i+1)
	}
	doubling += `"a40":{"type":"number"}},"$ref":"#/$defs/a0"}`
	branching := `{"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["z"]},{"properties":{"a":{"$ref":"#"}},"required":["y"]}]}`
	nested := strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)
	many := `[` + strings.TrimSuffix(strings.Repeat(`1,`, documentValuesMax-2), ",") + `]`
	return map[string][2]string{
		"doubling":      {doubling, `1`},
		"branching":     {branching, nested},
		"deep schema":   {strings.Repeat(`{"not":`, 5000) + `{}` + strings.Repeat(`}`, 5000), `1`},
		"huge schema":   {`{"enum":["` + strings.Repeat("x", schemaBytesMax) + `"]}`, `"x"`},
		"huge pattern":  {`{"pattern":"` + strings.Repeat("(a|b)*", 200) + `"}`, `"a"`},
		"big repeat":    {`{"pattern":"(.{1,900}.{1,900}){1,20}x"}`, `"a"`},
		"slow pattern":  {`{"pattern":"(.{1,300}.{1,300}){1,5}x"}`, `"` + strings.Repeat("a", 200<<10) + `"`},
		"all items":     {`{"items":{"allOf":[{},{"type":"integer"},{"type":"number"}]}}`, many},
		"huge exponent": {`{"multipleOf":1e-999999999}`, `1`},
	}
}

func TestHostileSchemas(t *testing.T) {
	for name, pair := range hostile() {
		start := time.Now()
		_, err := newSchemaCache().get([]byte(pair[0]), new(account)).validate(value(t, pair[1]), new(account))
		require.ErrorIs(t, err, errUndecidable, name)
		require.Less(t, time.Since(start), 2*time.Second, name)
	}
}

func TestHostileAnswers(t *testing.T) {
	f := func(text string, want error) {
		t.Helper()
		_, err := readDocument(text)
		require.ErrorIs(t, err, want)
	}
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	f(nested(documentDepthMax+1), nil)
	f(nested(documentDepthMax+2), errOver)
	f(nested(100_000), errOver)
	f(`"`+strings.Repeat("x", documentBytesMax-2)+`"`, nil)
	f(`"`+strings.Repeat("x", documentBytesMax-1)+`"`, errOver)
	f(`[`+strings.Repeat("1,", documentValuesMax-2)+`1]`, nil)
	f(`[`+strings.Repeat("1,", documentValuesMax-1)+`1]`, errOver)
	f(strings.Repeat("1", numberBytesMax), nil)
	f(strings.Repeat("1", numberBytesMax+1), errOver)
	f(`1e400`, nil)
	f(`1e401`, errOver)
	f(`-1E-400`, nil)
	f(`1e99999999999999999999`, errOver)
	for _, text := range []string{`{"a"}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{1:2}`, `'a'`, `NaN`, "\"a\nb\"", `+1`, `.5`} {
		f(text, errNotJSON)
	}
	for _, text := range []string{``, ` `, `{`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `[`, `[1,`, `"a`, `tru`, `-`} {
		f(text, errHalf)
	}
	f(`{} {}`, errTrailing)
	f(` {} `, nil)
	f(`{"a":1}}`, errTrailing)
}

func TestDuplicateKeys(t *testing.T) {
	doc, err := readDocument(`{"a":{"b":1,"b":2}}`)
	require.NoError(t, err)
	require.Equal(t, "b", doc.duplicate)
}

func TestSchemaCacheLimits(t *testing.T) {
	c := newSchemaCache()
	for i := range schemasMax + 10 {
		c.get(fmt.Appendf(nil, `{"const":%d}`, i), new(account))
	}
	require.Equal(t, schemasMax, c.lru.Len())
	for i := range 2 * schemaBytesSum / (32 << 10) {
		c.get(fmt.Appendf(nil, `{"description":"%s","const":%d}`, strings.Repeat("x", 32<<10), i), new(account))
		require.LessOrEqual(t, c.bytes, schemaBytesSum)
	}
	sum := 0
	for _, s := range c.lru.Values() {
		sum += s.weight
	}
	require.Equal(t, sum, c.bytes)
}

func FuzzSchema(f *testing.F) {
	for _, pair := range hostile() {
		if len(pair[0])+len(pair[1]) < 4096 {
			f.Add(pair[0], pair[1])
		}
	}
	f.Add(weatherSchema, `{"city":"Ulm"}`)
	f.Fuzz(func(t *testing.T, schema, instance string) {
		doc, err := readDocument(instance)
		if valid := json.Valid([]byte(instance)); err == nil && !valid {
			t.Fatal("took for JSON what is none")
		}
		if err != nil {
			return
		}
		start := time.Now()
		_, _ = compile([]byte(schema)).validate(doc.value, new(account))
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}
