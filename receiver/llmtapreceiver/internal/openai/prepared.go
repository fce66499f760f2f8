package openai

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// decodePrepared reads an exchange of TensorRT-LLM's /generate, whose request {"kind","token_ids","request"} holds one of chat
// completions or completions, beside the tokens that its prompt has been made to. The answer is theirs.
func decodePrepared(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	held, decode := *x, DecodeChat
	r := jsonscan.NewLenient(x.Request.Body)
	for key := range r.Object {
		switch string(key) {
		case "kind":
			if string(r.Text()) == "completion" {
				decode = DecodeCompletions
			}
		case "request":
			rest := x.Request.Body[r.Pos():]
			if held.Request.Body = r.Raw(); held.Request.Body == nil { // it is cut
				held.Request.Body = rest
			}
			held.Request.Size = x.Request.Size - int64(len(x.Request.Body)-len(held.Request.Body))
		}
	}
	return decode(&held, fields, call)
}
