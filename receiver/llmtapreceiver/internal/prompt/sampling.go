package prompt

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Sampling reads a member that says how tokens are to be chosen, under the name that most APIs have for it.
func (p *Prompt) Sampling(key []byte, r *jsonscan.Reader) {
	s := &p.Detail.Sampling
	switch string(key) {
	case "temperature":
		s.Temperature = number(r)
	case "top_p":
		s.TopP = number(r)
	case "top_k":
		s.TopK = number(r)
	case "frequency_penalty":
		s.FrequencyPenalty = number(r)
	case "presence_penalty":
		s.PresencePenalty = number(r)
	case "seed", "random_seed": // Mistral
		n, ok := r.Int()
		s.Seed = genai.Count{N: n, Known: ok}
	}
}

func number(r *jsonscan.Reader) genai.Number {
	value, ok := r.Float()
	return genai.Number{Value: value, Known: ok}
}

// ReasoningLevel reads how much the model is to think; off is the API's word for not at all.
func (p *Prompt) ReasoningLevel(r *jsonscan.Reader, off string) {
	level := jsonscan.Word(r.Name())
	p.Detail.ReasoningLevel, p.Detail.ReasoningOff = level, p.Detail.ReasoningOff || level == off
}

// Thinks reads whether the model is to think at all.
func (p *Prompt) Thinks(r *jsonscan.Reader) {
	p.Detail.ReasoningOff = p.Detail.ReasoningOff || r.False()
}

// Thinking reads {"type":"enabled"|"disabled"|"adaptive"}.
func (p *Prompt) Thinking(r *jsonscan.Reader) {
	for range r.Named("type") {
		p.Detail.ReasoningOff = p.Detail.ReasoningOff || string(r.Text()) == "disabled"
	}
}
