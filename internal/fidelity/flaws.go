package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// ownForm tells whether answers come in a form of the server's own.
func (s *subject) ownForm() bool {
	switch s.Provider {
	case genai.ProviderOllama, genai.ProviderLlamaCpp, genai.ProviderSGLang, genai.ProviderTGI, genai.ProviderLMStudio:
		return true
	}
	return false
}

// flawIn makes a check of a flaw that the decoder notes, where a trait of the call says that it can occur. It is undecidable when
// part of the answer is missing for reasons other than the server.
func flawIn(of trait, flaw genai.Flaw) func(*subject) result {
	return func(s *subject) result {
		switch {
		case !s.is(of):
			return notApplicable
		case s.cut:
			return undecidable
		}
		return failIf(s.d.Flaws.Has(flaw), "")
	}
}

// formFlaw makes a check of a flaw in a stream's course. What an event that cannot be read leaves open only looks like one.
func formFlaw(of trait, flaw genai.Flaw) func(*subject) result {
	judge := flawIn(of, flaw)
	return func(s *subject) result {
		if r := judge(s); r.verdict != Fail || s.d.InvalidEvents == 0 {
			return r
		}
		return undecidable
	}
}

// noted turns the failures of a check into those of a lesser flaw where only that one is there.
func noted(judge func(*subject) result, lesser genai.Flaw) func(*subject) result {
	return func(s *subject) result {
		r := judge(s)
		if r.verdict == Pass && s.d.Flaws.Has(lesser) {
			return failAs(Information, "")
		}
		return r
	}
}

// succeeded tells whether the HTTP status announced an answer.
func (s *subject) succeeded() bool { return s.HTTPStatus >= 200 && s.HTTPStatus < 300 }

// errored tells that the server itself reported an error, under whatever status.
func (s *subject) errored() bool {
	switch s.ErrorType {
	case "", genai.ErrorClientAbort, genai.ErrorStreamBroken, genai.ErrorTimeout:
		return false
	}
	return true
}

// responsesFlaw makes a check of what an answer of the Responses API repeats of its request.
func responsesFlaw(flaw genai.Flaw) func(*subject) result { return flawIn(responsesAnswer, flaw) }
