package apierror

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// NoteForm notes where the body of an error departs from {"error":{"message","type","param","code"}}, or with anthropic
// from {"type":"error","error":{"type","message"}}.
func NoteForm(body []byte, anthropic bool, flaws *genai.Flaws) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))) // clients read past a byte order mark
	if len(body) == 0 {
		return
	}
	lower := bytes.ToLower(body[:min(len(body), 64)])
	if bytes.HasPrefix(lower, []byte("<!doctype html")) || bytes.HasPrefix(lower, []byte("<html")) {
		flaws.Add(genai.FlawErrorHTML)
	}
	var form form
	r := jsonscan.New(body)
	if r.Kind() == jsonscan.Object {
		form.read(&r)
	} else {
		r.Skip()
	}
	if r.Err() != nil || len(r.Rest()) > 0 {
		flaws.Add(genai.FlawErrorNotJSON)
		return
	}
	if !form.object || anthropic && !form.typed {
		flaws.Add(genai.FlawErrorNoObject)
		return
	}
	missing := !form.message || !form.kind || !anthropic && !(form.param && form.code)
	flaws.AddIf(missing, genai.FlawErrorMissingFields)
	flaws.AddIf(form.numeric, genai.FlawErrorNumericCode)
}

// form tells what an error's body has.
type form struct {
	typed, object              bool
	message, kind, param, code bool
	numeric                    bool // the code is a number
}

func (f *form) read(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "type":
			f.typed = string(r.Text()) == "error"
		case "error":
			if r.Kind() == jsonscan.Object {
				f.object = true
				f.readError(r)
			}
		}
	}
}

func (f *form) readError(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "message":
			f.message = r.Kind() == jsonscan.String
		case "type":
			f.kind = r.Kind() == jsonscan.String
		case "param":
			f.param = true
		case "code":
			f.code, f.numeric = true, r.Kind() == jsonscan.Number
		}
	}
}
