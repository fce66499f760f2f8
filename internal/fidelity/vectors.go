package fidelity

import (
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// vectorChecks judge answers of embedding and rerank APIs.
var vectorChecks = []Check{
	{"embedding.dimensions_ignored", Violation, Server, Errors,
		"Vectors have the dimensions that were asked for.", when(ranks, embeddingDimensions)},
	{"embedding.encoding_format_ignored", Violation, Server, Errors,
		"Vectors come in the encoding that was asked for.", when(ranks, embeddingEncoding)},
	{"embedding.count", Violation, Server, Errors, "There is a vector for each text.", when(ranks, embeddingCount)},
	{"embedding.index", Violation, Server, Errors, "Vectors have the indices 0, 1, …, each once.", when(ranks, embeddingIndex)},
	{"embedding.all_zero", Suspicion, Server, Errors, "No vector is all 0.",
		when(ranks, eachRead(func(_ *genai.Embedding, v *genai.Vector) bool { return v.Zero }))},
	{"embedding.not_finite", Violation, Server, Errors, "All numbers of a vector are finite.",
		when(ranks, eachRead(func(_ *genai.Embedding, v *genai.Vector) bool { return v.Invalid }))},
	{"rerank.count", Violation, Server, Errors, "There are no more results than were asked for.", when(ranks, rerankCount)},
	{"rerank.unsorted", Violation, Server, Errors, "The most relevant result comes first.", when(ranks, rerankUnsorted)},
	{"rerank.index", Violation, Server, Errors, "Each result is of another document.", when(ranks, rerankIndex)},
}

// vectors is promise for checks that need some.
func (s *subject) vectors() result {
	e := s.d.Embedding
	if r := s.promise(e != nil); r.verdict != Pass || len(e.Vectors) > 0 {
		return r
	}
	return undecidable
}

// eachVector makes a check that fails when any vector is wrong.
func eachVector(wrong func(*genai.Embedding, *genai.Vector) bool) func(*subject) result {
	return func(s *subject) result {
		e, r := s.d.Embedding, s.vectors()
		switch {
		case r.verdict != Pass:
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
	r := s.promise(e != nil && (e.Inputs.Known || s.unseen))
	switch {
	case r.verdict != Pass:
		return r
	case s.unseen, len(e.Vectors) == 0 && !e.Listed: // there may be more texts, or vectors in another place
		return undecidable
	}
	return failIf(int64(len(e.Vectors)) != e.Inputs.N, "")
}

func embeddingIndex(s *subject) result {
	if r := s.vectors(); r.verdict != Pass {
		return r
	}
	e := s.d.Embedding
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

func rerankCount(s *subject) result {
	k := s.d.Rerank
	if r := s.promise(k != nil); r.verdict != Pass {
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
	k := s.d.Rerank
	if r := s.promise(k != nil); r.verdict != Pass {
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
	k := s.d.Rerank
	if r := s.promise(k != nil); r.verdict != Pass {
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
