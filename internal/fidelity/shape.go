package fidelity

import (
	"net/url"
	"strconv"
	"strings"
)

// Limits of what compiling a schema takes. The compiler looks for each subschema among all others, by where it stands,
// and compiles what an unusual reference points to anew.
const (
	subschemasMax    = 3000
	pointerBytesMax  = 1 << 20
	shapeValuesMax   = 4 * documentValuesMax
	indexBytes       = 6 // of an index in a pointer, about
	bytesPerSub      = 1000
	bytesPerObject   = 400
	bytesPerValue    = 100
	bytesPerLocation = 4 // for each byte of a pointer: it is held escaped, too
)

// shape is what there may be to compile in a schema's document.
type shape struct {
	doc        any
	values     int
	objects    int
	subschemas int
	pointers   int // bytes of where they stand
	refs       []string
	enums      bill // what finding out whether the values of enums differ takes
	// scopes tells that a part has an id, by which references in it are resolved; so it is in draft 4 with the other key.
	scopes, oldScopes, old bool
}

// shapeOf goes through a document until it is over a limit.
func shapeOf(doc any) *shape {
	m := &shape{doc: doc, enums: bill{left: costMax * unitsPerVisit}}
	m.walk(doc, 0)
	m.scopes = m.scopes || m.oldScopes && m.old
	refs := m.refs
	known := map[string]bool{}
	for _, ref := range refs {
		if m.scopes || !known[ref] {
			m.follow(ref)
		}
		known[ref] = true
	}
	return m
}

func (m *shape) over() bool {
	return m.subschemas > subschemasMax || m.pointers > pointerBytesMax || m.values > shapeValuesMax || m.enums.left < 0
}

// weight is what the compiled schema takes, in bytes.
func (m *shape) weight() int {
	return m.subschemas*bytesPerSub + m.pointers*bytesPerLocation + m.objects*bytesPerObject + m.values*bytesPerValue
}

func (m *shape) walk(value any, pointer int) {
	if m.values++; m.over() {
		return
	}
	switch value := value.(type) {
	case bool:
		m.place(pointer)
	case map[string]any:
		m.objects++
		m.place(pointer)
		for key, sub := range value {
			m.member(key, sub, pointer)
			m.walk(sub, pointer+1+len(key))
		}
	case []any:
		for _, sub := range value {
			m.walk(sub, pointer+indexBytes)
		}
	}
}

func (m *shape) place(pointer int) {
	m.subschemas++
	m.pointers += pointer
}

func (m *shape) member(key string, value any, pointer int) {
	text, isText := value.(string)
	list, isList := value.([]any)
	switch {
	case isList && key == "enum":
		m.enums.unique(list)
	case !isText:
	case key == "$ref" || key == "$dynamicRef" || key == "$recursiveRef":
		m.refs = append(m.refs, text)
	case key == "$id":
		m.scopes = m.scopes || pointer > 0
	case key == "id":
		m.oldScopes = m.oldScopes || pointer > 0
	case key == "$schema":
		m.old = m.old || strings.Contains(text, "draft-04")
	}
}

// follow counts what a reference may have compiled anew: what it points to, or where parts have ids, all.
func (m *shape) follow(ref string) {
	_, pointer, _ := strings.Cut(ref, "#")
	if !m.scopes && !strings.HasPrefix(pointer, "/") {
		return // the whole, or one that has the name: each is compiled as it stands
	}
	m.place(len(ref))
	target, ok := m.doc, true
	if !m.scopes {
		target, ok = lookUp(m.doc, pointer)
	}
	if ok {
		m.walk(target, len(ref))
	}
}

// lookUp finds what a JSON pointer points to. Without it compiling fails, too.
func lookUp(value any, pointer string) (any, bool) {
	pointer, err := url.PathUnescape(pointer)
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		found := false
		switch in := value.(type) {
		case map[string]any:
			value, found = in[token]
		case []any:
			i, wrong := strconv.Atoi(token)
			if found = wrong == nil && i >= 0 && i < len(in); found {
				value = in[i]
			}
		}
		if !found {
			return nil, false
		}
	}
	return value, err == nil
}
