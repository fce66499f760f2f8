package openai

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// readTextless reads the answer of a model that writes no text: an object with usage. member reads what an API has
// beside that, with what it counts, and is not ok for what it leaves. It gives the count, as usage that it wrote to would be one more
// allocation of each answer.
func readTextless(x *exchange.Exchange, call *genai.Call, member func(key []byte, r *jsonscan.Reader) (input genai.Count, ok bool)) error {
	a := answer.Answer{NoOutput: true}
	var u usage
	beside := func(key []byte, r *jsonscan.Reader) bool {
		if member == nil {
			return false
		}
		input, ok := member(key, r)
		u.Input = later(u.Input, input)
		return ok
	}
	a.Whole(described(x, call), call, func(_ []byte, r *jsonscan.Reader) bool {
		if r.Kind() == jsonscan.Array { // llama.cpp, SGLang and TEI give results without an object around them
			call.Detail.UsageOff = true
			return beside([]byte("data"), r)
		}
		var c chunk
		for key := range r.Object {
			switch {
			case beside(key, r):
			case string(key) == "total_tokens": // RTP-LLM
				u.total = answer.Count(r, u.total)
			case string(key) == "meta": // Cohere
				call.Detail.UsageOff = readMeta(r, &u)
			default:
				c.readMember(key, r, &u)
			}
		}
		a.Fail(&c.failure)
		answer.KeepFirst(&a.ID, c.id)
		answer.KeepFirst(&a.Model, c.model)
		return true
	})
	u.tell(&a)
	call.Detail.TotalTokens = u.total
	if !a.Usage.Input.Known && u.total.Known { // Voyage counts nothing but a total
		a.Usage.Input = u.total
	}
	if !a.Usage.Input.Known {
		a.Usage.Input = headerCount(&x.Response, "x-compute-tokens") // TEI
	}
	return a.Put(x, call)
}

// described gives an exchange with what vLLM says, in a header or not at all, of an answer in bytes.
func described(x *exchange.Exchange, call *genai.Call) *exchange.Exchange {
	if !x.Response.HasMediaType("application/octet-stream") {
		return x
	}
	plain := *x
	plain.Response.Body, plain.Response.Tail = x.Response.Get("metadata"), nil
	call.Detail.UsageOff = len(plain.Response.Body) == 0
	return &plain
}

// readMeta tells whether the server counts no tokens, as Cohere's does of pictures.
func readMeta(r *jsonscan.Reader, u *usage) (untold bool) {
	for key := range r.Object {
		if string(key) == "tokens" || string(key) == "billed_units" {
			billed := *r
			for range billed.Named("images") {
				untold = true
			}
			u.read(r)
		}
	}
	return untold && !u.Input.Known
}
