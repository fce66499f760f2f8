package fidelity

import (
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// vectorChecks judge answers of embedding and rerank APIs.
var vectorChecks = []Check{
	{"embedding.dimensions_ignored", Violation, Server, Errors,
		"Vectors have the dimensions that were asked for.", embeddingDimensions},
	{"embedding.encoding_format_ignored", Violation, Server, Errors,
		"Vectors come in the encoding that was asked for.", embeddingEncoding},
	{"embedding.count", Violation, Server, Errors, "There is a vector for each text.", embeddingCount},
	{"embedding.index", Violation, Server, Errors, "Vectors have the indices 0, 1, …, each once.", embeddingIndex},
	{"embedding.all_zero", Suspicion, Server, Errors, "No vector is all 0.", eachRead(
		func(_ *genai.Embedding, v *genai.Vector) bool { return v.Zero })},
	{"embedding.not_finite", Violation, Server, Errors, "All numbers of a vector are finite.", eachRead(
		func(_ *genai.Embedding, v *genai.Vector) bool { return v.Invalid })},
	{"rerank.count", Violation, Server, Errors, "There are no more results than were asked for.", rerankCount},
	{"rerank.unsorted", Violation, Server, Errors, "The most relevant result comes first.", rerankUnsorted},
	{"rerank.index", Violation, Server, Errors, "Each result is of another document.", rerankIndex},
}

func (s *subject) embedding(asked bool) (*genai.Embedding, result, bool) {
	e := s.d.Embedding
	r, ok := s.promise(e != nil && asked)
	if ok && len(e.Vectors) == 0 {
		return nil, undecidable, false
	}
	return e, r, ok
}

// eachVector makes a check that fails when any vector is wrong.
func eachVector(wrong func(*genai.Embedding, *genai.Vector) bool) func(*subject) result {
	return func(s *subject) result {
		e, r, ok := s.embedding(true)
		switch {
		case !ok:
			return r
		case e.Packed, s.unseen: // what is not seen of the request may ask for another form
			return undecidable
		}
		for i := range e.Vectors {
			if wrong(e, &e.Vectors[i]) {
				return fail("")
			}
		}
		return pass
	}
}

// eachRead is eachVector for what the numbers are. Those of base64 that was not asked for may be no floats, as Perplexity's.
func eachRead(wrong func(*genai.Embedding, *genai.Vector) bool) func(*subject) result {
	return func(s *subject) result {
		if e := s.d.Embedding; e != nil && !e.Base64Asked && slices.ContainsFunc(e.Vectors, func(v genai.Vector) bool { return v.Base64 }) {
			return undecidable
		}
		return eachVector(wrong)(s)
	}
}

func embeddingDimensions(s *subject) result {
	if e := s.d.Embedding; e == nil || !e.Dimensions.Known && !s.unseen {
		return notApplicable
	}
	return eachRead(func(e *genai.Embedding, v *genai.Vector) bool {
		return int64(v.Dimensions) != e.Dimensions.N
	})(s)
}

func embeddingEncoding(s *subject) result {
	return eachVector(func(e *genai.Embedding, v *genai.Vector) bool { return v.Base64 != e.Base64Asked })(s)
}

func embeddingCount(s *subject) result {
	e := s.d.Embedding
	r, ok := s.promise(e != nil && (e.Inputs.Known || s.unseen))
	switch {
	case !ok:
		return r
	case s.unseen, len(e.Vectors) == 0 && !e.Listed: // there may be more texts, or vectors in another place
		return undecidable
	}
	return failIf(int64(len(e.Vectors)) != e.Inputs.N, "")
}

func embeddingIndex(s *subject) result {
	e, r, ok := s.embedding(true)
	if !ok {
		return r
	}
	seen := make([]bool, len(e.Vectors))
	for i := range e.Vectors {
		index := e.Vectors[i].Index
		if index < 0 || index >= len(seen) || seen[index] {
			return fail("")
		}
		seen[index] = true
	}
	return pass
}

func (s *subject) rerank() (*genai.Rerank, result, bool) {
	r, ok := s.promise(s.d.Rerank != nil)
	return s.d.Rerank, r, ok
}

func rerankCount(s *subject) result {
	k, r, ok := s.rerank()
	if !ok {
		return r
	}
	if s.unseen {
		return undecidable // there may be more documents
	}
	asked := int64(k.Documents)
	if k.TopN.Known && k.TopN.N > 0 {
		asked = min(asked, k.TopN.N)
	}
	return failIf(int64(len(k.Results)) > asked, "")
}

func rerankUnsorted(s *subject) result {
	k, r, ok := s.rerank()
	if !ok {
		return r
	}
	for i := 1; i < len(k.Results); i++ {
		if k.Results[i].Score > k.Results[i-1].Score {
			return fail("")
		}
	}
	return pass
}

func rerankIndex(s *subject) result {
	k, r, ok := s.rerank()
	if !ok {
		return r
	}
	seen := map[int]bool{}
	for _, one := range k.Results {
		if one.Index < 0 || seen[one.Index] || one.Index >= k.Documents && !s.unseen {
			return fail("")
		}
		seen[one.Index] = true
	}
	if s.unseen {
		return undecidable
	}
	return pass
}
