// Package apierror reads the errors of model servers, of every shape they come in, and gives them a class.
package apierror

import (
	"strconv"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Error is what a server says went wrong.
type Error struct {
	Message string
	Type    string
	// Code is the server's code; a number in decimal.
	Code string
	// Limit and Asked are the counts that llama.cpp sends beside a message about the context's length, in tokens.
	Limit, Asked genai.Count
}

// Collector gathers the error out of the members of a JSON object, whichever of these shapes it has:
//
//	{"error":{"message","type","code"}}       OpenAI, vLLM, llama.cpp, Anthropic, Groq, OpenRouter, Azure
//	{"error":"text","error_type":"..."}       Ollama, LM Studio, TGI
//	{"object":"error","message","type","code"}  SGLang, old vLLM, Mistral
//	{"detail":"text"}, {"detail":[{"msg"}]}   FastAPI, Voyage
//	{"detail":{"error":{...}}}                gateways made with FastAPI; also without the inner object
//	{"message":"text","code":"..."}           gateways, only where the status says that it is an error
//	{"errors":[{"message","code"}]}           Cloudflare, likewise; its gateway has them in error, beside "success":false
//	{"error":{"message","metadata":{"raw"}}}  OpenRouter, of the server behind it
//	{"base_resp":{"status_code","status_msg"}}  MiniMax, under 200; the code 0 is none
//	{"code":500,"msg":"text","success":false}   Z.ai for paths it does not know, and other gateways, under 200
type Collector struct {
	found  bool
	hollow bool // there is an object for an error, which says nothing
	// Members that stand beside others, which mean an error only if something says so. They share memory with the body.
	flatMessage, flatType, flatCode []byte
	Error                           Error
}

// Found tells whether there was an error. failed tells that the answer is one by its status.
func (c *Collector) Found(failed bool) bool {
	if failed && (c.hollow || len(c.flatMessage)+len(c.flatType)+len(c.flatCode) > 0) {
		c.found = true
	}
	if !c.found {
		return false
	}
	for _, flat := range []struct {
		field *string
		text  []byte
	}{{&c.Error.Message, c.flatMessage}, {&c.Error.Type, c.flatType}, {&c.Error.Code, c.flatCode}} {
		if *flat.field == "" {
			*flat.field = cut(flat.text)
		}
	}
	return true
}

// Member takes a member of the answer's object. One that has nothing to do with errors stays untouched.
func (c *Collector) Member(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "error":
		c.value(r)
	case "detail":
		c.detail(r)
	case "errors":
		c.list(r)
	case "base_resp":
		c.baseResponse(r)
	case "success":
		c.found = c.found || r.False()
	case "message", "msg", "Message": // the last: Amazon's gateways
		if r.Kind() == jsonscan.String {
			c.flatMessage = r.Text()
		}
	case "type", "error_type":
		c.flatType = r.Text()
	case "code":
		c.flatCode = code(r)
	}
}

// Flat says that the object itself is the error, as {"object":"error"} does.
func (c *Collector) Flat() { c.found = true }

func (c *Collector) value(r *jsonscan.Reader) {
	switch r.Kind() {
	case jsonscan.String:
		if message := text(r); message != "" { // an empty one is how some say that there is none
			c.found, c.Error = true, Error{Message: message}
		}
	case jsonscan.Object:
		var behind string
		c.hollow, c.Error = true, Error{}
		for key := range r.Object {
			value := *r
			c.found = c.found || says(&value)
			switch string(key) {
			case "message":
				c.Error.Message = words(r)
			case "metadata":
				behind = raw(r)
			case "type":
				c.Error.Type = text(r)
			case "code":
				c.Error.Code = cut(code(r))
			case "n_ctx":
				c.Error.Limit = count(r)
			case "n_prompt_tokens":
				c.Error.Asked = count(r)
			}
		}
		c.Error.Message += behind
	case jsonscan.Array:
		c.list(r)
	default:
		r.Skip()
	}
}

// words gives a message, which LiteLLM's guards have an object for.
func words(r *jsonscan.Reader) string {
	if r.Kind() == jsonscan.Object {
		return cut(r.Raw())
	}
	return text(r)
}

// says tells whether a member of an error is more than the nothing that some servers send where there is none.
func says(r *jsonscan.Reader) bool {
	switch r.Kind() {
	case jsonscan.Object, jsonscan.Array:
		return true
	}
	switch string(r.Raw()) {
	case "null", `""`, "0", "false":
		return false
	}
	return true
}

// raw gives what the server behind OpenRouter said, whose own message is only that it did.
func raw(r *jsonscan.Reader) (said string) {
	for key := range r.Object {
		if string(key) == "raw" && r.Kind() == jsonscan.String {
			said = " " + text(r)
		}
	}
	return said
}

func (c *Collector) detail(r *jsonscan.Reader) {
	switch r.Kind() {
	case jsonscan.String:
		c.flatMessage = r.Text()
	case jsonscan.Array:
		for range r.Array {
			for range r.Named("msg") {
				c.flatMessage = r.Text()
			}
		}
	case jsonscan.Object:
		for key := range r.Object {
			if string(key) != "detail" { // one may stand in the other without end
				c.Member(key, r)
			}
		}
	default:
		r.Skip()
	}
}

// list reads a list of errors, of which the last one counts.
func (c *Collector) list(r *jsonscan.Reader) {
	for range r.Array {
		for key := range r.Object {
			switch string(key) {
			case "message":
				c.flatMessage = r.Text()
			case "code":
				c.flatCode = code(r)
			}
		}
	}
}

// baseResponse reads what MiniMax has in every answer. Its codes are told by the words of others, which have numbers of
// their own.
func (c *Collector) baseResponse(r *jsonscan.Reader) {
	var status int64
	var message string
	for key := range r.Object {
		switch string(key) {
		case "status_code":
			status, _ = r.Int()
		case "status_msg":
			message = text(r)
		}
	}
	if status != 0 {
		c.found, c.Error = true, Error{Message: message, Type: baseResponseTypes[status]}
	}
}

// textBytesMax bounds what is kept of a message, type or code.
const textBytesMax = 4096

// OfText is the error whose words are all that a server says.
func OfText(body []byte) Error { return Error{Message: cut(body)} }

func text(r *jsonscan.Reader) string { return cut(r.Text()) }

func cut(text []byte) string { return string(text[:min(len(text), textBytesMax)]) }

func code(r *jsonscan.Reader) []byte {
	if r.Kind() == jsonscan.Number {
		if n, ok := r.Int(); ok {
			return strconv.AppendInt(nil, n, 10)
		}
		return nil
	}
	return r.Text()
}

func count(r *jsonscan.Reader) genai.Count {
	if n, ok := r.Int(); ok && n >= 0 {
		return genai.Known(n)
	}
	return genai.Count{}
}
