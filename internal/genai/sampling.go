package genai

// Sampling is how a request wants tokens to be chosen, as far as it says so.
type Sampling struct {
	Temperature, TopP, TopK, FrequencyPenalty, PresencePenalty Number
	Seed                                                       Count
}

// Number is a number that may be unknown.
type Number struct {
	Value float64
	Known bool
}

// Repeats tells that the same request is to have the same answer: it has a seed, and the temperature 0.
func (s *Sampling) Repeats() bool {
	return s.Seed.Known && s.Temperature == Number{Known: true}
}
