package openai

import (
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// Limits of what is kept of a request's own conditions.
const (
	stopsMax       = 64
	answerKindsMax = 1024
)

// readPromise reads members of a request that nothing but the fidelity checks needs.
func readPromise(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "top_logprobs":
		d.TopLogprobs = answer.Count(r, d.TopLogprobs)
	case "stop":
		d.Stop = names(r, stopsMax)
	case "include_stop_str_in_output":
		d.StopKept, _ = r.Bool()
	case "seed":
		_, d.HasSeed = r.Int()
	case "temperature":
		value, ok := r.Float()
		d.Greedy = ok && value == 0
	case "reasoning_effort":
		d.ReasoningOff = string(r.Text()) == "none"
	case "truncation":
		mode := r.Text()
		d.TruncationOff, d.ShorteningAsked = string(mode) == "disabled", d.ShorteningAsked || string(mode) == "auto"
	case "context_management", "truncate_prompt_tokens":
		d.ShorteningAsked = d.ShorteningAsked || r.Kind() != jsonscan.Null
	case "guided_choice":
		d.AnswerChoice = names(r, answerKindsMax)
	case "guided_regex":
		d.AnswerRegex = r.String()
	case "guided_json":
		if p.Call.ResponseFormat == "" && r.Kind() == jsonscan.Object {
			p.Call.ResponseFormat, d.ResponseSchema = "json_schema", r.Raw()
		}
	case "structured_outputs":
		readStructuredOutputs(p, r)
	}
}

// readStructuredOutputs reads what vLLM calls so since it stopped calling it guided decoding.
func readStructuredOutputs(p *prompt.Prompt, r *jsonscan.Reader) {
	d := p.Detail
	for key := range r.Object {
		switch string(key) {
		case "choice":
			d.AnswerChoice = names(r, answerKindsMax)
		case "regex":
			d.AnswerRegex = r.String()
		case "json":
			if r.Kind() == jsonscan.Object {
				p.Call.ResponseFormat, d.ResponseSchema = "json_schema", r.Raw()
			}
		}
	}
}

// names reads one string or a list of them.
func names(r *jsonscan.Reader, most int) (out []string) {
	if r.Kind() == jsonscan.String {
		return []string{r.String()}
	}
	for range r.Array {
		if text := r.Text(); len(out) < most {
			out = append(out, string(text))
		}
	}
	return out
}
