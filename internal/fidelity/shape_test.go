package fidelity

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSchemaAtTheLimitOfSubschemas(t *testing.T) {
	f := func(n int, want error) {
		t.Helper()
		_, err := compile([]byte(`{"allOf":[`+listed(n, same(`{}`))+`]}`)).validate("a", new(account))
		require.ErrorIs(t, err, want)
	}
	f(subschemasMax-1, nil)
	f(subschemasMax, errUndecidable)
}

func TestSchemasThatTakeLongToCompile(t *testing.T) {
	f := func(schema string) {
		t.Helper()
		doc := value(t, schema)
		require.True(t, shapeOf(doc).over())
		require.Nil(t, compile([]byte(schema)).compiled)
	}
	aliases := func(i int) string { return fmt.Sprintf(`{"$ref":"#/allOf/%s0"}`, strings.Repeat("0", i+1)) }
	f(`{"allOf":[{"allOf":[` + listed(500, same(`{}`)) + `]},` + listed(100, aliases) + `]}`)
	f(`{"properties":{"` + strings.Repeat("k", 30000) + `":{"anyOf":[` + listed(100, same("{}")) + `]}}}`)
	signs := func(i int) string {
		return `[` + listed(10, func(bit int) string { return []string{"1", "-1"}[i>>bit&1] }) + `]`
	}
	f(`{"$schema":"http://json-schema.org/draft-04/schema#","enum":[` + listed(400, signs) + `]}`)
	f(`{"$defs":{` + listed(200, func(i int) string { return fmt.Sprintf(`"a%d":{"$id":"b%d","$ref":"b%d"}`, i, i, (i+1)%200) }) + `}}`)
}

func TestSchemasWithReferencesAreJudged(t *testing.T) {
	defs := listed(300, numbered(`"a%d":{"type":"object","properties":{"id":{"type":"string"}}}`))
	refs := listed(300, numbered(`{"$ref":"s#/$defs/a%d"},{"$ref":"#"}`))
	problem, err := compile([]byte(`{"$id":"https://example.com/s","$defs":{`+defs+`},"properties":{"x":{"anyOf":[`+refs+`]}},"examples":[{"id":"e"}]}`)).
		validate(value(t, `{"x":{"id":"1"}}`), new(account))
	require.NoError(t, err)
	require.Empty(t, problem)
}

// What schemas weigh in the cache is what they take.
func TestSchemasWeighWhatTheyTake(t *testing.T) {
	for _, schema := range []string{
		`{"properties":{` + listed(900, numbered(`"a%d":{"type":"string"}`)) + `}}`,
		`{"allOf":[` + listed(2000, same(`{"a":1}`)) + `]}`,
		`{"enum":[` + listed(2000, numbered(`{"a":%d}`)) + `]}`,
		`{"enum":[` + listed(9000, numbered(`%d`)) + `]}`,
		`{"allOf":[` + listed(20, numbered(`{"pattern":"a{980}%d"}`)) + `]}`,
		`{"pattern":"^\\p{L}{300}$"}`,
		`{"pattern":"` + strings.Repeat(`\\p{L}`, 150) + `"}`,
	} {
		before := heap()
		s := compile([]byte(schema))
		require.NotNil(t, s.compiled)
		require.Less(t, heap()-before, int64(s.weight)+64<<10, schema[:min(60, len(schema))])
		runtime.KeepAlive(s)
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestSchemasCompiledForACallAreBounded(t *testing.T) {
	c, spent := newSchemaCache(), new(account)
	schema := func(i int) []byte {
		return fmt.Appendf(nil, `{"const":%d,"allOf":[%s]}`, i, listed(1000, same(`{"a":1}`)))
	}
	i := 0
	for ; spent.compiled < compiledMax; i++ {
		require.NotNil(t, c.get(schema(i), spent).compiled)
	}
	require.Less(t, i, 10)
	require.Nil(t, c.get(schema(i), spent).compiled, "one too many")
	require.NotNil(t, c.get(schema(0), spent).compiled, "it is known")
	require.NotNil(t, c.get(schema(i), new(account)).compiled, "of the next call")
}
