package fidelity

import "strings"

// transcriptFormat judges what a client reads by the format that it asked for. verbose_json is also JSON, and any text is text.
func transcriptFormat(s *subject) result {
	t := s.d.Transcript
	if t == nil || t.Asked == "" || t.Given == "" {
		return notApplicable
	}
	isJSON := strings.HasSuffix(t.Given, "json")
	var broken bool
	switch t.Asked {
	case "text":
		broken = isJSON
	case "srt", "vtt", "verbose_json":
		broken = t.Given != t.Asked
	case "json", "diarized_json":
		broken = !isJSON
	default:
		return notApplicable
	}
	if r := s.promised(true, broken); r.verdict != Fail {
		return r
	}
	return fail(t.Given + " for " + t.Asked)
}
