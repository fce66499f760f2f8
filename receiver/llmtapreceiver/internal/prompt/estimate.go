package prompt

import (
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// Estimate counts roughly the tokens of a request's text, tools included; images and the like are not counted.
func Estimate(body []byte) (sum int64) {
	r := jsonscan.NewLenient(body)
	for key := range r.Object {
		switch string(key) {
		case "tools", "functions", "state", "questions":
			sum += estimateRaw(r.Raw())
		case "messages", "input", "prompt", "instructions", "system", "system_prompt", "suffix", "query", "documents", "text_1", "text_2",
			"input_prefix", "input_suffix", "input_extra", "inputs", "text", "texts", "content", "input_ids", "token_ids", "queries", "items",
			"data_1", "data_2":
			sum += estimate(&r, depthMax)
		}
	}
	return sum
}

// depthMax is how deep the text of a message may lie; that of a tool's result lies deepest.
const depthMax = 8

func estimate(r *jsonscan.Reader, depth int) (sum int64) {
	if depth == 0 {
		return 0
	}
	switch r.Kind() {
	case jsonscan.String:
		return tokens.Estimate(r.Text())
	case jsonscan.Number: // a prompt given as tokens
		r.Skip()
		return 1
	case jsonscan.Array:
		for range r.Array {
			sum += estimate(r, depth-1)
		}
	case jsonscan.Object:
		for key := range r.Object {
			switch string(key) {
			case "content", "text", "arguments", "output", "input", "thinking", "query", "prompt_string":
				sum += estimate(r, depth-1)
			case "tool_calls", "function":
				sum += estimateRaw(r.Raw())
			}
		}
	}
	return sum
}

// estimateRaw estimates the tokens of JSON, however it is indented.
func estimateRaw(raw []byte) int64 {
	return tokens.Estimate(raw) - tokens.OfSize(int64(indentation(raw)))
}
