package openai

import (
	"bytes"
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
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
	if call.Provider == genai.ProviderLlamaCpp { // whose own API has one form of vectors
		e := call.Detail.Embedding
		e.Dimensions, e.Base64Asked, e.Packed = genai.Count{}, false, false
	}
	return errors.Join(requestErr, readTextless(x, call, func(key []byte, r *jsonscan.Reader) (input genai.Count, ok bool) {
		if ok = string(key) == "data"; ok {
			call.Detail.Embedding.Listed = r.Kind() == jsonscan.Array
			for range r.Array {
				kept := readVector(r, call.Detail.Embedding)
				call.ResponseTruncated = call.ResponseTruncated || !kept
			}
		}
		return input, ok
	}))
}

func readEmbeddingsMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	if string(key) == "input" || string(key) == "content" && !p.Detail.Embedding.Inputs.Known { // content: llama.cpp, where there is no input
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
			p.Call.InputImages = r.Length()
			p.Call.Turn += p.Call.InputImages
		default:
			readMember(p, key, r)
		}
	})
	return errors.Join(requestErr, readTextless(x, call, nil))
}

// isList tells whether an answer is one; as errors some give lists, too.
func isList(x *exchange.Exchange) bool {
	r := jsonscan.New(x.Response.Body)
	return r.Kind() == jsonscan.Array && x.Status < 400
}
