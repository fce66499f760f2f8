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
	case "logprob_token_ids": // vLLM
		d.AlternativesOtherwise = d.AlternativesOtherwise || r.Length() > 0
	case "post_sampling_probs": // llama.cpp
		d.AlternativesOtherwise = d.AlternativesOtherwise || r.True()
	case "stop":
		d.Stop = prompt.Texts(r, prompt.StopsMax)
	case "stop_token_ids": // vLLM, SGLang
		d.StopsOtherwise = d.StopsOtherwise || r.Length() > 0
	case "stop_regex": // SGLang
		d.StopsOtherwise = d.StopsOtherwise || len(prompt.Texts(r, 1)) > 0
	case "include_stop_str_in_output", "no_stop_trim": // vLLM; SGLang
		d.StopKept = d.StopKept || r.True()
	case "min_tokens": // up to which vLLM looks for no stop string
		d.MinTokens = answer.Count(r, d.MinTokens)
		d.StopKept = d.StopKept || d.MinTokens.N > 0
	case "request_id", "rid": // vLLM; SGLang
		p.Call.ClientRequestID = cmp.Or(p.Call.ClientRequestID, r.Name())
	case "skip_special_tokens": // vLLM, SGLang
		d.ControlKept = r.False()
	case "parse_tool_calls": // llama.cpp
		d.MarkupKept = r.False()
	case "truncation":
		mode := r.Text()
		d.TruncationOff = string(mode) == "disabled" && p.Call.APIType == genai.APIResponses // others do not know it
		d.ShorteningAsked = d.ShorteningAsked || string(mode) == "auto"
	case "context_management", "truncate_prompt_tokens":
		d.ShorteningAsked = true
	case "guided_choice":
		d.AnswerChoice, d.ChoiceWord = prompt.Texts(r, genai.AnswerChoicesMax), genai.WordOfVLLM
	case "guided_regex":
		d.AnswerRegex, d.RegexWord = r.String(), genai.WordOfVLLM
	case "regex":
		d.AnswerRegex, d.RegexWord = r.String(), genai.WordOfSGLang
	case "guided_json":
		readForm(p, r, genai.WordOfVLLM)
	case "json_schema":
		readForm(p, r, genai.WordOfLlama)
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
			d.AnswerChoice, d.ChoiceWord = prompt.Texts(r, genai.AnswerChoicesMax), genai.WordOfVLLM
		case "regex":
			d.AnswerRegex, d.RegexWord = r.String(), genai.WordOfVLLM
		case "json":
			readForm(p, r, genai.WordOfVLLM)
		case "json_object":
			if r.True() && isNoForm(p.Call.ResponseFormat) {
				p.Call.ResponseFormat, d.FormWord = "json_object", genai.WordOfVLLM
			}
		}
	}
}

// readForm reads a schema that counts where response_format does not ask for another form.
func readForm(p *prompt.Prompt, r *jsonscan.Reader, word genai.Word) {
	if schema := readGuide(r); schema != nil && isNoForm(p.Call.ResponseFormat) {
		p.Call.ResponseFormat, p.Detail.ResponseSchema, p.Detail.FormWord = "json_schema", schema, word
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
