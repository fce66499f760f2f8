package jsonscan

import (
	"bytes"
	"slices"
)

// DepthMax bounds how deep AppendCanonical follows objects and arrays.
const DepthMax = 128

// AppendCanonical appends a JSON text in a form in which texts that mean the same are mostly the same: no white space,
// members sorted by key, of keys that occur twice the last, strings without needless escapes, numbers as sent.
// It is false, and dst unchanged, for what is no JSON or nested deeper than DepthMax.
func AppendCanonical(dst, in []byte) ([]byte, bool) {
	r := New(in)
	out := r.canonical(dst, 0)
	if r.err != nil || len(r.Rest()) > 0 {
		return dst, false
	}
	return out, true
}

func (r *Reader) canonical(dst []byte, depth int) []byte {
	if depth > DepthMax {
		r.fail(ErrSyntax)
		return dst
	}
	switch r.Kind() {
	case Object:
		return r.canonicalObject(dst, depth)
	case Array:
		dst = append(dst, '[')
		for i := range r.Array {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.canonical(dst, depth+1)
		}
		return append(dst, ']')
	case String:
		return appendQuoted(dst, r.Text())
	default:
		return append(dst, r.Raw()...)
	}
}

func (r *Reader) canonicalObject(dst []byte, depth int) []byte {
	type member struct{ key, value []byte }
	var members []member
	for key := range r.Object {
		members = append(members, member{key, r.canonical(nil, depth+1)})
	}
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.key, b.key) })
	dst = append(dst, '{')
	separate := false
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(m.key, members[i+1].key) {
			continue
		}
		if separate {
			dst = append(dst, ',')
		}
		separate = true
		dst = appendQuoted(dst, m.key)
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

// appendQuoted writes a string with the escapes that JSON demands, each in one form.
func appendQuoted(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
