package openai

import (
	"bytes"
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeEmbeddings reads an exchange of /v1/embeddings, or of llama.cpp's own /embedding and /embeddings, which answer with a list.
func DecodeEmbeddings(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationEmbeddings, provider
	if isList(x) {
		call.Provider = genai.ProviderLlamaCpp
	}
	call.NewDetail().Embedding = &genai.Embedding{}
	requestErr := prompt.Read(x, fields, call, readEmbeddingsMember)
	return errors.Join(requestErr, readVectors(x, call, func(key []byte, r *jsonscan.Reader, _ *usage) bool {
		isData := string(key) == "data"
		if isData {
			call.Detail.Embedding.Listed = r.Kind() == jsonscan.Array
			for range r.Array {
				kept := readVector(r, call.Detail.Embedding)
				call.ResponseTruncated = call.ResponseTruncated || !kept
			}
		}
		return isData
	}))
}

func readEmbeddingsMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	if string(key) == "input" || string(key) == "content" { // content: llama.cpp
		input, at := r.Rest(), r.Pos()
		p.Call.Turn = texts(r)
		p.Detail.Embedding.Inputs = genai.Known(int64(p.Call.Turn))
		p.Detail.Embedding.Text = len(bytes.Trim(input[:min(r.Pos()-at, len(input))], betweenTexts)) > 0
		return
	}
	readEmbeddingAsked(p, key, r)
	readMember(p, key, r)
}

// betweenTexts is what a list of empty texts is made of.
const betweenTexts = "[\"], \t\r\n"

// DecodeEmbed reads an exchange of Cohere's /v2/embed, which vLLM serves too, or of TEI's /embed, which answers with the vectors.
func DecodeEmbed(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationEmbeddings, genai.ProviderCohere
	if isList(x) {
		call.Provider = genai.ProviderTEI
	}
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "texts", "inputs":
			p.Call.Turn += texts(r)
		case "images":
			p.Call.InputImages = length(r)
			p.Call.Turn += p.Call.InputImages
		default:
			readMember(p, key, r)
		}
	})
	return errors.Join(requestErr, readVectors(x, call, nil))
}

// isList tells whether an answer is one; as errors some give lists, too.
func isList(x *exchange.Exchange) bool {
	r := jsonscan.New(x.Response.Body)
	return r.Kind() == jsonscan.Array && x.Status < 400
}

// readVectors reads the answer of a model that writes no text: an object with usage. member reads what an API has
// beside that, and is false for what it leaves.
func readVectors(x *exchange.Exchange, call *genai.Call, member func(key []byte, r *jsonscan.Reader, u *usage) bool) error {
	a := answer.Answer{NoOutput: true}
	var u usage
	ended, err := a.Whole(described(x), call, func(_ []byte, r *jsonscan.Reader) bool {
		if r.Kind() == jsonscan.Array { // llama.cpp, SGLang and TEI give results without an object around them
			call.Detail.UsageOff = true
			return member != nil && member([]byte("data"), r, &u)
		}
		var c chunk
		for key := range r.Object {
			switch {
			case member != nil && member(key, r, &u):
			case string(key) == "meta": // Cohere
				readMeta(r, &u)
			default:
				c.readMember(key, r, &u)
			}
		}
		a.Fail(&c.failure, x.Status >= 400)
		answer.KeepFirst(&a.ID, c.id)
		answer.KeepFirst(&a.Model, c.model)
		return true
	})
	a.Usage = u.known()
	if !a.Usage.Input.Known && u.total.Known { // Voyage counts nothing but a total
		a.Usage.Input = u.total
	}
	if !a.Usage.Input.Known {
		a.Usage.Input = headerCount(&x.Response, "x-compute-tokens") // TEI
	}
	a.Put(x, call, ended)
	return answer.Readable(x, err)
}

// described gives an exchange with what vLLM says, in a header or not at all, of an answer in bytes.
func described(x *exchange.Exchange) *exchange.Exchange {
	if !x.Response.HasMediaType("application/octet-stream") {
		return x
	}
	plain := *x
	plain.Response.Body, plain.Response.Tail = x.Response.Get("metadata"), nil
	return &plain
}

func readMeta(r *jsonscan.Reader, u *usage) {
	for key := range r.Object {
		if string(key) == "tokens" || string(key) == "billed_units" {
			u.read(r)
		}
	}
}
