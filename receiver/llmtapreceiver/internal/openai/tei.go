package openai

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// decodeTEI reads an exchange of TEI's / or /invocations, which stand for the one API that its model is for.
func decodeTEI(operation genai.Operation, x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = operation, genai.ProviderTEI
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		if string(key) == "inputs" {
			p.Call.Turn = texts(r)
			return
		}
		readMember(p, key, r)
	})
	return errors.Join(requestErr, readTextless(x, call, nil))
}

// teiOperation tells by the answer what a request did that TGI's look like: [[0.1]] and [[{"index","value"}]] are vectors,
// [{"score","label"}] and a list of such lists are classes. It is empty for any other answer.
func teiOperation(x *exchange.Exchange) genai.Operation {
	if !isList(x) {
		return ""
	}
	const space = " \t\r\n"
	first, lists := bytes.TrimLeft(x.Response.Body, space), 0
	for ; bytes.HasPrefix(first, []byte("[")); lists++ {
		first = bytes.TrimLeft(first[1:], space)
	}
	if !bytes.HasPrefix(first, []byte("{")) {
		if lists > 1 {
			return genai.OperationEmbeddings
		}
		return ""
	}
	r := jsonscan.New(first)
	for key := range r.Object {
		switch string(key) {
		case "value":
			return genai.OperationEmbeddings
		case "label":
			return genai.OperationClassify
		}
	}
	return ""
}

// headerCount gives the count that a field of an answer's header has. Most have none, for which no error need be made.
func headerCount(m *exchange.Message, field string) genai.Count {
	value := m.Get(field)
	if len(value) == 0 {
		return genai.Count{}
	}
	n, err := strconv.ParseUint(string(value), 10, 32)
	return genai.Count{N: int64(n), Known: err == nil}
}
