package openai

import (
	"errors"
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// AsksGenerate tells whether a request is one of SGLang's, TGI's, vLLM's or TensorRT-LLM's own API. Others have the path /generate for something
// else.
func AsksGenerate(request *exchange.Message) bool {
	return generateForm(request.Body) != noForm || prompt.Undecided(request)
}

// AsksTGI tells whether a request to / is one of TGI's own API.
func AsksTGI(request *exchange.Message) bool {
	return generateForm(request.Body) == tgiForm || prompt.Undecided(request)
}

// generation is whose request a body is.
type generation uint8

const (
	noForm generation = iota
	sglangForm
	tokensForm // vLLM's
	tgiForm
	preparedForm // TensorRT-LLM's
)

// generateForm tells forms by the name of the prompt.
func generateForm(body []byte) (found generation) {
	r, holds := jsonscan.NewLenient(body), false
	for key := range r.Object {
		switch string(key) {
		case "text", "input_ids", "input_embeds":
			found = max(found, sglangForm)
		case "token_ids":
			found = max(found, tokensForm)
		case "inputs":
			found = max(found, tgiForm)
		case "request":
			holds = r.Kind() == jsonscan.Object
		}
	}
	if holds && found == tokensForm {
		return preparedForm
	}
	return found
}

// DecodeGenerate reads an exchange of /generate, for which AsksGenerate, or of TGI's /.
func DecodeGenerate(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	switch generateForm(x.Request.Body) {
	case preparedForm:
		return decodePrepared(x, fields, call)
	case tgiForm:
		err := decodeTGI(x, fields, call)
		if strings.Contains(x.Target, "/generate") { // which never streams
			call.Detail.StreamUnclear = call.Detail.StreamAsked
		}
		return err
	case tokensForm:
		return decodeTokens(x, fields, call)
	}
	return decodeSGLang(x, fields, call)
}

// DecodeGenerateStream reads an exchange of TGI's /generate_stream.
func DecodeGenerateStream(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	err := decodeTGI(x, fields, call)
	call.Detail.StreamAsked, call.Detail.StreamUnclear = true, false
	return err
}

func decodeSGLang(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationTextCompletion, genai.ProviderSGLang
	requestErr := prompt.Read(x, fields, call, readSGLangMember)
	a := sglangAnswer{results: resultsOf(call)}
	if a.Gather(x, call, a.read, a.read); call.Stream {
		a.Ended = call.Detail.Done || a.Finished()
	}
	a.Usage = a.results.usage()
	return errors.Join(requestErr, a.Put(x, call))
}

func readSGLangMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "text", "input_ids", "input_embeds":
		p.Call.Turn = texts(r)
	case "image_data":
		p.Call.InputImages += medias(r)
	case "audio_data":
		p.Call.InputAudios += medias(r)
	case "video_data":
		p.Call.InputFiles += medias(r)
	case "max_tokens": // LMDeploy, which has no sampling_params
		readBoundIn(genai.WordOfLMDeploy, p.Detail, r)
	case "stop": // the same, which SGLang does not heed
		readMember(p, key, r)
		p.Detail.StopKept = true
	case "stream", "temperature", "include_stop_str_in_output":
		readMember(p, key, r)
	case "sampling_params":
		if r.Kind() != jsonscan.Array {
			readSGLangSampling(p, r)
			return
		}
		for range r.Array { // of each prompt
			readSGLangSampling(p, r)
		}
	}
}

// medias counts a picture or sound, a list of them or a list for each prompt.
func medias(r *jsonscan.Reader) (n int) {
	switch r.Kind() {
	case jsonscan.Array:
	case jsonscan.Null:
		return 0
	default:
		return 1
	}
	for range r.Array {
		if r.Kind() == jsonscan.Array {
			n += r.Length()
		} else if r.Kind() != jsonscan.Null {
			n++
		}
	}
	return n
}

func readSGLangSampling(p *prompt.Prompt, r *jsonscan.Reader) {
	d := p.Detail
	for key := range r.Object {
		switch string(key) {
		case "max_new_tokens":
			readBound(d, r)
		case "min_new_tokens": // up to which no stop string ends it
			least, _ := r.Int()
			d.StopKept = d.StopKept || least > 0
		case "sampling_seed":
			p.Sampling([]byte("seed"), r)
		case "json_schema":
			if schema := readGuide(r); schema != nil {
				p.Call.ResponseFormat, d.ResponseSchema, d.SchemaStrict = "json_schema", schema, true
			}
		case "n", "stop", "stop_token_ids", "stop_regex", "no_stop_trim", "regex":
			readMember(p, key, r)
		default:
			p.Sampling(key, r)
		}
	}
}
