package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// readLightLLM reads what LightLLM, which has TGI's requests, writes beside the text, or beside that of a token. In an answer
// with several texts, reasons and counts are lists. Its streams end with "finished", and have no text of the whole.
func (a *tgiAnswer) readLightLLM(key []byte, r *jsonscan.Reader) (known bool) {
	switch string(key) {
	case "finished":
		a.Ended = a.Ended || r.True()
	case "finish_reason":
		eachResult(r, func(r *jsonscan.Reader, place int) bool {
			if c := a.Choice(place); c != nil {
				c.Finish = jsonscan.Name(r.Whole())
			}
			return false
		})
	case "count_output_tokens":
		var sum genai.Count
		eachResult(r, func(r *jsonscan.Reader, place int) bool {
			add(&sum, answer.Count(r, genai.Count{}), place == 0)
			return false
		})
		if r.Err() == nil {
			a.Usage.Output = later(a.Usage.Output, sum)
		}
	case "prompt_tokens":
		a.Usage.Input = answer.Count(r, a.Usage.Input)
	default:
		return false
	}
	return true
}
