package openai

import (
	"bytes"
	"cmp"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// readPromise reads members of a request that say what the answer is to be.
func readPromise(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "top_logprobs":
		d.TopLogprobs = answer.Count(r, d.TopLogprobs)
	case "stop":
		d.Stop = prompt.Texts(r, prompt.StopsMax)
	case "include_stop_str_in_output", "no_stop_trim": // vLLM; SGLang
		kept, _ := r.Bool()
		d.StopKept = d.StopKept || kept
	case "min_tokens": // up to which vLLM looks for no stop string
		least, _ := r.Int()
		d.StopKept = d.StopKept || least > 0
	case "request_id", "rid": // vLLM; SGLang
		p.Call.ClientRequestID = cmp.Or(p.Call.ClientRequestID, r.Name())
	case "skip_special_tokens": // vLLM, SGLang
		skipped, ok := r.Bool()
		d.ControlKept = ok && !skipped
	case "parse_tool_calls": // llama.cpp
		parsed, ok := r.Bool()
		d.MarkupKept = ok && !parsed
	case "truncation":
		mode := r.Text()
		d.TruncationOff, d.ShorteningAsked = string(mode) == "disabled", d.ShorteningAsked || string(mode) == "auto"
	case "context_management", "truncate_prompt_tokens":
		d.ShorteningAsked = true
	case "guided_choice":
		d.AnswerChoice = prompt.Texts(r, genai.AnswerChoicesMax)
	case "guided_regex", "regex": // vLLM; SGLang
		d.AnswerRegex = r.String()
	case "guided_json", "json_schema": // vLLM; llama.cpp, SGLang
		if schema := readGuide(r); schema != nil && p.Call.ResponseFormat == "" {
			p.Call.ResponseFormat, d.ResponseSchema = "json_schema", schema
		}
	case "structured_outputs":
		readStructuredOutputs(p, r)
	default:
		readThinkingAsked(p, key, r)
	}
}

// readStructuredOutputs reads what vLLM calls so since it stopped calling it guided decoding.
func readStructuredOutputs(p *prompt.Prompt, r *jsonscan.Reader) {
	d := p.Detail
	for key := range r.Object {
		switch string(key) {
		case "choice":
			d.AnswerChoice = prompt.Texts(r, genai.AnswerChoicesMax)
		case "regex":
			d.AnswerRegex = r.String()
		case "json":
			if schema := readGuide(r); schema != nil {
				p.Call.ResponseFormat, d.ResponseSchema = "json_schema", schema
			}
		case "json_object":
			if asked, _ := r.Bool(); asked {
				p.Call.ResponseFormat = "json_object"
			}
		}
	}
}

// readGuide reads a schema, or a string of one; nil when there is none. One without members is none: TabbyAPI heeds no such schema,
// and clients send it for none.
func readGuide(r *jsonscan.Reader) (schema []byte) {
	switch r.Kind() {
	case jsonscan.Object:
		schema = r.Raw()
	case jsonscan.String:
		schema = []byte(r.String())
	default:
		r.Skip()
	}
	if len(bytes.Trim(schema, "{} \t\r\n")) == 0 {
		return nil
	}
	return schema
}
