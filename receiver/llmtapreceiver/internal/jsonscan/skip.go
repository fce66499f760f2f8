package jsonscan

import "bytes"

// Raw consumes a value and gives its bytes; nil when there is none or it is cut.
func (r *Reader) Raw() []byte {
	start := r.at
	end := r.skip()
	if r.err != nil {
		return nil
	}
	return r.in[start:end]
}

// Skip consumes a value.
func (r *Reader) Skip() { r.skip() }

// skip gives the position after the value, before the white space that follows.
func (r *Reader) skip() int {
	switch r.Kind() {
	case Object, Array:
		r.nested()
	case String:
		r.quoted()
	case Number:
		r.word()
	case Bool, Null:
		r.literal()
	default:
		if r.at >= len(r.in) {
			r.fail(ErrCut)
		} else {
			r.fail(ErrSyntax)
		}
		return r.at
	}
	end := r.at
	r.space()
	return end
}

// structural marks the bytes at which skipping an object or array has to look.
var structural = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1, '"': 2}

// nested skips an object or array by counting brackets outside of strings; it needs no stack at any depth.
func (r *Reader) nested() {
	depth := 0
	for r.at < len(r.in) {
		switch step := structural[r.in[r.at]]; step {
		case 0:
			r.at++
		case 2:
			if r.quoted(); r.err != nil {
				return
			}
		default:
			r.at++
			if depth += int(step); depth == 0 {
				return
			}
		}
	}
	r.fail(ErrCut)
}

// quoted skips a string and gives what stands between its quotes; of a cut string what there is.
func (r *Reader) quoted() (inside []byte) {
	start := r.at + 1
	from := start
	for {
		i := bytes.IndexByte(r.in[from:], '"')
		if i < 0 {
			r.at = len(r.in)
			r.fail(ErrCut)
			return withoutCutEscape(r.in[start:])
		}
		quote := from + i
		slashes := quote
		for slashes > from && r.in[slashes-1] == '\\' {
			slashes--
		}
		from = quote + 1
		if (quote-slashes)%2 == 0 {
			r.at = from
			return r.in[start:quote]
		}
	}
}

// withoutCutEscape takes an escape of which the end is missing from the end of a cut string.
func withoutCutEscape(inside []byte) []byte {
	i := bytes.LastIndexByte(inside, '\\')
	if i < 0 {
		return inside
	}
	first := i
	for first > 0 && inside[first-1] == '\\' {
		first--
	}
	begins := (i-first)%2 == 0
	if begins && (i+1 == len(inside) || inside[i+1] == 'u' && len(inside)-i < len(`\u0000`)) {
		return inside[:i]
	}
	return inside
}

// word skips a number or literal.
func (r *Reader) word() []byte {
	start := r.at
	for r.at < len(r.in) && wordByte[r.in[r.at]] {
		r.at++
	}
	return r.in[start:r.at]
}

// literal skips true, false or null and gives it.
func (r *Reader) literal() []byte {
	word := r.word()
	switch string(word) {
	case "true", "false", "null":
		return word
	}
	if r.at == len(r.in) {
		r.fail(ErrCut)
	} else {
		r.fail(ErrSyntax)
	}
	return nil
}

var wordByte = func() (set [256]bool) {
	for _, c := range []byte("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		set[c] = true
	}
	return set
}()
