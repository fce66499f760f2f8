package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// read gives all that the Reader's methods find, as encoding/json would.
func read(r *Reader) any {
	switch r.Kind() {
	case Object:
		object := map[string]any{}
		for key := range r.Object {
			object[string(key)] = read(r)
		}
		return object
	case Array:
		array := []any{}
		for range r.Array {
			array = append(array, read(r))
		}
		return array
	case String:
		return r.String()
	case Number:
		f, _ := r.Float()
		return f
	case Bool:
		b, _ := r.Bool()
		return b
	default:
		r.Skip()
		return nil
	}
}

var samples = []string{
	`{}`, `[]`, `null`, `true`, `"a"`, `-1.5e3`, ` { "a" : [ 1 , { "b" : null } , "c" ] , "d" : false } `,
	`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, `{"a":"\\"}`, `{"a":"\\\\\"","b":"x"}`, `{"k\u0065y":1}`,
	`{"a":1,"a":2}`, `{"lone":"\ud83d"}`, `{"pair":"\ud83dx\udc00"}`, `[[],[[]],{},{"a":{}}]`, "{\"a\":\"\u00e9\u4e2d\"}",
	`{"a":[1.25,-0.0123456789,12345678901234567890,[0.5,{"y_Y\u007f":"]"}]],"b":{"c":[[1,2,3,4,5,6,7,8,9]]}}`,
	`{"deep":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
}

func TestReadsWhatEncodingJSONReads(t *testing.T) {
	for _, in := range samples {
		var want any
		require.NoError(t, json.Unmarshal([]byte(in), &want), in)
		r := New([]byte(in))
		require.Equal(t, want, read(&r), in)
		require.NoError(t, r.Err(), in)
		require.Empty(t, r.Rest(), in)
	}
}

func TestNamed(t *testing.T) {
	r := New([]byte(`{"a":1,"b":{"a":2},"\u0061":3,"a":null}`))
	var found []Kind
	for range r.Named("a") {
		found = append(found, r.Kind())
	}
	require.Equal(t, []Kind{Number, Number, Null}, found)
	require.NoError(t, r.Err())
	require.Empty(t, r.Rest())
}

func TestSkippingEndsWhereReadingEnds(t *testing.T) {
	for _, in := range samples {
		r := New([]byte(in + ` "next"`))
		require.Equal(t, strings.TrimSpace(in), string(r.Raw()))
		require.Equal(t, "next", r.String())
		require.NoError(t, r.Err())
	}
}

func TestEveryPrefixEndsWithAnError(t *testing.T) {
	for _, in := range samples {
		whole := strings.TrimSpace(in)
		if c := whole[0]; c != '{' && c != '[' && c != '"' {
			continue
		}
		for cut := range len(whole) {
			r := New([]byte(whole[:cut]))
			read(&r)
			require.ErrorIs(t, r.Err(), ErrCut, whole[:cut])
			r = New([]byte(whole[:cut]))
			require.Nil(t, r.Raw())
			require.ErrorIs(t, r.Err(), ErrCut, whole[:cut])
		}
	}
}

func TestSyntaxErrorsKeepWhatWasRead(t *testing.T) {
	f := func(in string) {
		t.Helper()
		r := New([]byte(in))
		var got int64
		for key := range r.Object {
			if string(key) == "a" {
				got, _ = r.Int()
			}
		}
		require.EqualValues(t, 7, got)
		require.ErrorIs(t, r.Err(), ErrSyntax)
	}
	f(`{"a":7 "b":1}`)
	f(`{"a":7,b:1}`)
	f(`{"a":7,"b" 1}`)
	f(`{"a":7,"b":<html>}`)
	f(`{"a":7,"b":nil}`)
	f(`{"a":7]`)
}

// Half a number or name is another one.
func TestNothingIsReadOfWhatIsCut(t *testing.T) {
	for _, in := range []string{`{"a":12`, `[12`, `{"a":-1.5`, `[1e2`, ` ["gpt-4`} {
		r := New([]byte(in))
		read := func() {
			probe := r
			n, ok := probe.Int()
			require.Equal(t, int64(0), n, in)
			require.False(t, ok, in)
			probe = r
			_, ok = probe.Float()
			require.False(t, ok, in)
			probe = r
			require.Empty(t, probe.Whole(), in)
			require.Empty(t, r.Name(), in)
		}
		for range r.Object {
			read()
		}
		r = New([]byte(in))
		for range r.Array {
			read()
		}
		require.ErrorIs(t, r.Err(), ErrCut, in)
	}
	r := New([]byte(`"gpt-4o"`))
	require.Equal(t, "gpt-4o", string(r.Whole()))
}

func TestNumbers(t *testing.T) {
	f := func(in string, want int64, wantOK bool) {
		t.Helper()
		r := New([]byte(in))
		n, ok := r.Int()
		require.Equal(t, wantOK, ok)
		require.Equal(t, want, n)
		require.NoError(t, r.Err())
	}
	f(`0`, 0, true)
	f(`-3`, -3, true)
	f(`9007199254740993`, 9007199254740993, true)
	f(`9223372036854775807`, 9223372036854775807, true)
	f(`9223372036854775808`, 0, false)
	f(`12.0`, 12, true)
	f(`1e3`, 1000, true)
	f(`1.5`, 0, false)
	f(`1e400`, 0, false)
	f(`"12"`, 0, false)
	f(`null`, 0, false)
	f(`[1]`, 0, false)
}

func TestIndex(t *testing.T) {
	f := func(in string, want int) {
		t.Helper()
		r := New([]byte(in))
		require.Equal(t, want, r.Index(-1), in)
	}
	f("0", 0)
	f("2147483647", 2147483647)
	f("2147483648", -1)
	f("-2", -1)
	f("0.5", -1)
	f("null", -1)
	f(`"1"`, -1)
}

func TestTextOrRaw(t *testing.T) {
	f := func(in, want string, wantText, wantOK bool) {
		t.Helper()
		r := New([]byte(in))
		value, isText, ok := r.TextOrRaw()
		require.Equal(t, want, string(value))
		require.Equal(t, wantText, isText)
		require.Equal(t, wantOK, ok)
		require.Empty(t, r.Rest())
	}
	f(`"{\"a\":1}"`, `{"a":1}`, true, true)
	f(`""`, "", true, true)
	f(`{"a":1}`, `{"a":1}`, false, true)
	f(`[1]`, `[1]`, false, true)
	f(`null`, "", false, false)
}

func TestOtherKindsCountAsAbsent(t *testing.T) {
	r := New([]byte(`[1, "a", {"b":2}, null, [3], true]`))
	for i := range r.Array {
		switch i {
		case 0:
			require.Empty(t, r.String())
		case 1:
			for range r.Object {
				t.Fatal("no object")
			}
		case 2:
			_, ok := r.Bool()
			require.False(t, ok)
		case 3:
			require.Nil(t, r.Text())
		case 4:
			require.Equal(t, "x", string(r.AppendText([]byte("x"))))
		case 5:
			_, ok := r.Float()
			require.False(t, ok)
		}
	}
	require.NoError(t, r.Err())
}

func TestWrongEscapesStay(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		r := New([]byte(`"` + in + `"`))
		require.Equal(t, want, r.String())
	}
	f(`\x`, `\x`)
	f(`\u12`, `\u12`)
	f(`\u12g4`, `\u12g4`)
	f("a\xffb", "a\xffb")
	f("raw\nline", "raw\nline")
}

func TestCutStringGivesItsBeginning(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		r := New([]byte(`{"content":"` + in))
		for range r.Object {
			require.Equal(t, want, r.String())
		}
		require.ErrorIs(t, r.Err(), ErrCut)
	}
	f(`Hello wor`, "Hello wor")
	f(`Hello\\`, `Hello\`)
	f(`Hello\`, `Hello`)
	f(`Hello\n`, "Hello\n")
	f(`Hello\u00e`, `Hello`)
	f(`Hello\u00e9`, `Helloé`)
	f(``, "")
}

func TestLeavingALoopEndsTheReader(t *testing.T) {
	r := New([]byte(`{"a":1,"b":2}`))
	for range r.Object {
		break
	}
	require.ErrorIs(t, r.Err(), ErrSyntax)
}

func TestCanonical(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		out, ok := AppendCanonical([]byte("#"), []byte(in))
		require.True(t, ok, in)
		require.Equal(t, "#"+want, string(out))
	}
	f(` { "b" : [ 1 , true , null ] , "a" : "\u0041\n" } `, `{"a":"A\u000a","b":[1,true,null]}`)
	f(`{"a":1,"b":0,"a":2}`, `{"a":2,"b":0}`)
	f(`{"b":{"d":1,"c":[{"z":1,"y":{}},{"y":0}]},"a":2}`, `{"a":2,"b":{"c":[{"y":{},"z":1},{"y":0}],"d":1}}`)
	f(`{"b":{"d":1,"c":2},"a":{"y":1,"x":2},"b":{"f":1,"e":2}}`, `{"a":{"x":2,"y":1},"b":{"e":2,"f":1}}`)
	f(`{}`, `{}`)
	f(`"x"`, `"x"`)
	nested := strings.Repeat("[", DepthMax) + strings.Repeat("]", DepthMax)
	f(nested, nested)

	bad := func(in string) {
		t.Helper()
		out, ok := AppendCanonical([]byte("#"), []byte(in))
		require.False(t, ok, in)
		require.Equal(t, "#", string(out))
	}
	bad(``)
	bad(`{"a":1`)
	bad(`{"a":1} x`)
	bad(`{a:1}`)
	bad(strings.Repeat("[", DepthMax+2) + strings.Repeat("]", DepthMax+2))

	members := func(n int) string { return "{" + strings.Repeat(`"a":1,`, n-1) + `"a":2}` }
	f(members(MembersMax), `{"a":2}`)
	bad(members(MembersMax + 1))
	bad(`{"a":{"b":` + members(MembersMax-1) + `}}`)
}

func FuzzReader(f *testing.F) {
	for _, in := range samples {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := New(in)
		got := read(&r)
		var want any
		if !utf8.Valid(in) || json.Unmarshal(in, &want) != nil {
			return // what is no JSON must only not crash
		}
		require.NoError(t, r.Err())
		require.Equal(t, want, got)
		r = New(in)
		r.Skip()
		require.NoError(t, r.Err())
		require.Empty(t, r.Rest())
		if canonical, ok := AppendCanonical(nil, in); ok {
			again, ok := AppendCanonical(nil, canonical)
			require.True(t, ok)
			require.Equal(t, string(canonical), string(again))
			require.True(t, json.Valid(canonical))
		}
	})
}

func TestWhatIsAppendedToATextLeavesTheInputAlone(t *testing.T) {
	const in = `{"a":"x","b":" and more"}`
	body := []byte(in)
	r := New(body)
	var text []byte
	for key := range r.Object {
		if string(key) == "a" {
			text = r.Text()
		} else {
			text = r.AppendText(text)
		}
	}
	require.Equal(t, "x and more", string(text))
	require.Equal(t, in, string(body))
}
