package prompt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Limits of a form; what is over them is not read.
const (
	formPartsMax      = 2000 // Starlette, under vLLM and SGLang, takes 1000 fields and as many files
	formFieldBytesMax = 64 << 10
)

// ReadForm reads a request whose body is a multipart form. Its fields are visited like members of an object; file is
// told of each uploaded file by the name of its field, the content is passed over. Of a large upload the beginning and
// the end are read.
func ReadForm(x *exchange.Exchange, fields caller.Fields, call *genai.Call, member Member, file func(p *Prompt, field string)) error {
	boundary, ok := formBoundary(string(x.Request.Get("content-type")))
	if !ok {
		return Read(x, fields, call, member)
	}
	p := begin(call)
	defer p.end()
	err := p.readParts(x.Request.Body, boundary, fields, member, file)
	if x.Request.Truncated {
		if at := bytes.Index(x.Request.Tail, []byte("\n--"+boundary)); at >= 0 {
			_ = p.readParts(x.Request.Tail[at+1:], boundary, fields, member, file)
		}
		return nil
	}
	return err
}

// IsForm tells whether a request's body is the multipart form that its header says, without a content coding.
func IsForm(request *exchange.Message) bool {
	boundary, ok := formBoundary(string(request.Get("content-type")))
	return ok && bytes.HasPrefix(bytes.TrimLeft(request.Body, "\r\n"), []byte("--"+boundary))
}

// formBoundary gives the boundary of a form's parts. One with characters that should be quoted, and are not, is read as Python's
// servers do: up to the next semicolon.
func formBoundary(contentType string) (boundary string, ok bool) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if !strings.EqualFold(mediaType, "multipart/form-data") {
		return "", false
	}
	if err == nil {
		return parameters["boundary"], true
	}
	for parameter := range strings.SplitSeq(contentType, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if strings.EqualFold(name, "boundary") {
			return strings.Trim(value, `"`), true
		}
	}
	return "", false
}

func (p *Prompt) readParts(body []byte, boundary string, fields caller.Fields, member Member, file func(p *Prompt, field string)) error {
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for range formPartsMax {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("request: %w", err)
		}
		if part.FileName() != "" {
			file(p, part.FormName())
			continue
		}
		value, _ := io.ReadAll(io.LimitReader(part, formFieldBytesMax))
		p.digest.body = formValue(part.FormName(), value)
		p.digest.begin(0)
		p.reader = jsonscan.New(p.digest.body)
		fields.Look([]byte(part.FormName()), &p.reader, p.Call)
		member(p, []byte(part.FormName()), &p.reader)
	}
	return nil
}

// formValue gives a field's text as the JSON that other requests have in its place.
func formValue(name string, value []byte) []byte {
	if name == "stream" || name == "n" {
		return bytes.ToLower(bytes.TrimSpace(value))
	}
	text, err := json.Marshal(string(value))
	if err != nil {
		return nil
	}
	return text
}
