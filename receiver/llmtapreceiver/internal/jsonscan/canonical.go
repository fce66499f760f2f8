package jsonscan

import (
	"bytes"
	"slices"
)

// Limits of AppendCanonical: how deep objects and arrays may lie in each other, and how many members all objects may have
// that stand open at a time.
const (
	DepthMax   = 128
	MembersMax = 4096
)

// AppendCanonical appends a JSON text in a form in which texts that mean the same are mostly the same: no white space,
// members sorted by key, of keys that occur twice the last, strings without needless escapes, numbers as sent.
// It is false, and dst unchanged, for what is no JSON or over DepthMax or MembersMax.
func AppendCanonical(dst, in []byte) ([]byte, bool) {
	c := canonical{Reader: New(in)}
	out := c.value(slices.Grow(dst, len(in)), 0)
	if c.err != nil || len(c.Rest()) > 0 {
		return dst, false
	}
	return out, true
}

// canonical writes what it reads in canonical form.
type canonical struct {
	Reader
	members []member // of the objects that stand open, one object's behind the other's
	spare   []byte
}

// member is where a member of an object stands in what was written.
type member struct {
	key      []byte
	from, to int
}

func (c *canonical) value(dst []byte, depth int) []byte {
	if depth > DepthMax {
		c.fail(ErrSyntax)
		return dst
	}
	switch c.Kind() {
	case Object:
		return c.object(dst, depth)
	case Array:
		dst = append(dst, '[')
		for i := range c.Array {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = c.value(dst, depth+1)
		}
		return append(dst, ']')
	case String:
		return appendQuoted(dst, c.Text())
	default:
		return append(dst, c.Raw()...)
	}
}

func (c *canonical) object(dst []byte, depth int) []byte {
	dst = append(dst, '{')
	begin, first, sorted := len(dst), len(c.members), true
	for key := range c.Object {
		if len(c.members) == MembersMax {
			c.fail(ErrSyntax)
			continue
		}
		if n := len(c.members); n > first {
			sorted = sorted && bytes.Compare(c.members[n-1].key, key) < 0
			dst = append(dst, ',')
		}
		from := len(dst)
		dst = append(appendQuoted(dst, key), ':')
		n := len(c.members)
		c.members = append(c.members, member{key: key, from: from})
		dst = c.value(dst, depth+1)
		c.members[n].to = len(dst)
	}
	if !sorted {
		dst = c.sort(dst, begin, c.members[first:])
	}
	c.members = c.members[:first]
	return append(dst, '}')
}

// sort puts the members of an object that was written from begin on into order.
func (c *canonical) sort(dst []byte, begin int, members []member) []byte {
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.key, b.key) })
	c.spare = append(c.spare[:0], dst[begin:]...)
	dst = dst[:begin]
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(m.key, members[i+1].key) {
			continue
		}
		if len(dst) > begin {
			dst = append(dst, ',')
		}
		dst = append(dst, c.spare[m.from-begin:m.to-begin]...)
	}
	return dst
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
