package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// flawIn tests for a flaw that the decoder notes, where a trait of the call says that it can occur. It is undecidable when part of
// the answer is missing for reasons other than the server.
func flawIn(of trait, flaw genai.Flaw) test {
	return test{of, true, func(s *subject) result {
		if s.cut {
			return undecidable
		}
		return failIf(s.d.Flaws.Has(flaw), "")
	}}
}

// formFlaw tests for a flaw in a stream's course. What an event that cannot be read leaves open only looks like one.
func formFlaw(of trait, flaw genai.Flaw) test {
	return test{of, true, func(s *subject) result {
		if s.cut || s.d.InvalidEvents > 0 && s.d.Flaws.Has(flaw) {
			return undecidable
		}
		return failIf(s.d.Flaws.Has(flaw), "")
	}}
}

// noted adds to a test for a flaw the failure of a lesser one where only that one is there.
func noted(t test, lesser genai.Flaw) test {
	return test{t.of, true, func(s *subject) result {
		if r := t.judge(s); r.verdict != Pass || !s.d.Flaws.Has(lesser) {
			return r
		}
		return failAs(Information, "")
	}}
}
