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

// DecodePooling reads an exchange of /pooling, vLLM's and LMDeploy's API for what any model that writes no text makes of one:
// vectors, classes or rewards.
func DecodePooling(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationPooling, genai.ProviderVLLM
	return decodePooling(x, fields, call)
}

// DecodeClassify reads an exchange of /classify, which vLLM and SGLang serve, or of SGLang's own form of it.
func DecodeClassify(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if generateForm(x.Request.Body) == sglangForm {
		return decodeSGLangPooling(genai.OperationClassify, x, fields, call)
	}
	call.Operation, call.Provider = genai.OperationClassify, genai.ProviderVLLM
	return decodePooling(x, fields, call)
}

// AsksEncode tells whether a request is one of SGLang's /encode. LMDeploy has /v1/encode for tokens.
func AsksEncode(request *exchange.Message) bool {
	return generateForm(request.Body) == sglangForm || prompt.Undecided(request)
}

// DecodeEncode reads an exchange of /encode, for which AsksEncode: SGLang's own API for embeddings.
func DecodeEncode(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeSGLangPooling(genai.OperationEmbeddings, x, fields, call)
}

func decodePooling(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return errors.Join(prompt.Read(x, fields, call, readPoolingMember), readTextless(x, call, nil))
}

func readPoolingMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "input", "text", "input_ids", "input_embeds":
		p.Call.Turn = texts(r)
	case "messages":
		p.Call.Turn = 1
	case "image_data":
		p.Call.InputImages += medias(r)
	default:
		readMember(p, key, r)
	}
}

// decodeSGLangPooling reads {"embedding","meta_info"}, or a list of them.
func decodeSGLangPooling(operation genai.Operation, x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = operation, genai.ProviderSGLang
	requestErr := prompt.Read(x, fields, call, readPoolingMember)
	a := answer.Answer{NoOutput: true}
	one := func(r *jsonscan.Reader, place int) (piece bool) {
		var part sglangPart
		for key := range r.Object {
			if string(key) == "meta_info" {
				part.readInfo(r)
			} else {
				part.failure.Member(key, r)
			}
		}
		a.Fail(&part.failure)
		add(&a.Usage.Input, part.input, place == 0)
		return true
	}
	a.Whole(x, call, func(_ []byte, r *jsonscan.Reader) bool { return eachResult(r, one) })
	return errors.Join(requestErr, a.Put(x, call))
}
