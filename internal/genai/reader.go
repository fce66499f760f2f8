package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// reader reads the attribute of a name. The readers are numbered from 1 on.
type reader struct {
	number int
	name   string
	// read is a field's, other that of a name of other dialects, which tells that a span is of one, unless it is of commonNames: a reader
	// has one of the two.
	read  func(*Call, pcommon.Value)
	other func(*foreign, pcommon.Value)
	tells bool
	// accounting tells that the field is of accountingFields.
	accounting bool
}

// readers are all, by name.
var readers = func() map[string]*reader {
	all := make(map[string]*reader)
	add := func(r reader) {
		r.number = len(all) + 1
		all[r.name] = &r
	}
	for _, fields := range [][]field{
		whatFields, outcomeFields, usageFields, requestFields, fidelityFields, accountingFields, readOnlyFields,
	} {
		for _, f := range fields {
			add(reader{name: f.name, read: f.read})
		}
	}
	for _, f := range accountingFields {
		all[f.name].accounting = true
	}
	for name, others := range otherNames {
		read := all[name].read
		for _, other := range others {
			add(reader{name: other, other: func(f *foreign, v pcommon.Value) { read(&f.call, v) }, tells: true})
		}
	}
	for _, names := range dialects {
		for name, other := range names {
			add(reader{name: name, other: other, tells: true})
		}
	}
	for name, other := range commonNames {
		add(reader{name: name, other: other})
	}
	return all
}()

// reader gives what reads the attribute of a name, nil for one that no field has.
func (s *space) reader(name string) *reader {
	if s == nil {
		return readers[name]
	}
	r := s.after[s.last]
	if r == nil || r.name != name {
		if r = readers[name]; r == nil {
			return nil
		}
		s.after[s.last] = r
	}
	s.last = r.number
	return r
}
