package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeEmbeddings reads an exchange of /v1/embeddings.
func DecodeEmbeddings(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationEmbeddings, provider
	call.NewDetail().Embedding = &genai.Embedding{}
	requestErr := prompt.Read(x, fields, call, readEmbeddingsMember)
	return errors.Join(requestErr, readVectors(x, call, func(key []byte, r *jsonscan.Reader) bool {
		isData := string(key) == "data"
		if isData {
			for range r.Array {
				kept := readVector(r, call.Detail.Embedding)
				call.ResponseTruncated = call.ResponseTruncated || !kept
			}
		}
		return isData
	}))
}

func readEmbeddingsMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	if string(key) == "input" {
		p.Call.Turn = texts(r)
		p.Detail.Embedding.Inputs = genai.Known(int64(p.Call.Turn))
		return
	}
	readEmbeddingAsked(p, key, r)
	readMember(p, key, r)
}

// readVectors reads the answer of a model that writes no text: an object with usage. member reads what an API has
// beside that, and is false for what it leaves.
func readVectors(x *exchange.Exchange, call *genai.Call, member func(key []byte, r *jsonscan.Reader) bool) error {
	a := answer.Answer{NoOutput: true}
	var u usage
	ended, err := a.Whole(x, call, func(_ []byte, r *jsonscan.Reader) bool {
		if r.Kind() == jsonscan.Array && member != nil { // SGLang and TEI give a ranking without an object around it
			return member([]byte("data"), r)
		}
		var c chunk
		for key := range r.Object {
			if member == nil || !member(key, r) {
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
	a.Put(x, call, ended)
	return answer.Readable(x, err)
}
