package jsonscan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNestingOfJSONThatGrows(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		var once, bytewise Nesting
		closed := false
		for i := range len(text) + 1 {
			closed = bytewise.Closed([]byte(text[:i]))
		}
		require.Equal(t, want, once.Closed([]byte(text)))
		require.Equal(t, want, closed)
	}
	f(``, false)
	f(` `, false)
	f(`{`, false)
	f(`{}`, true)
	f("{\"a\":[1,{}]}\n", true)
	f(`{"a":[1,{}]`, false)
	f(`{"a":"}`, false)
	f(`{"a":"\"}`, false)
	f(`{"a":"\"}"}`, true)
	f(`{"a":"\\"}`, true)
	f(`"a`, false)
	f(`"a"`, true)
	f(`}`, false)
}

// However often it is asked, it reads each byte once.
func TestNestingReadsOnlyWhatIsNew(t *testing.T) {
	var n Nesting
	json := []byte(`{"a":[{},`)
	require.False(t, n.Closed(json))
	copy(json, `[[[[[[[[[`)
	require.True(t, n.Closed(append(json, `{}]}`...)))
}
