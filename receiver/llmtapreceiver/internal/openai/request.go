package openai

import (
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// nameBytesMax bounds model names, ids, tool names and the like; what is longer is cut.
const nameBytesMax = 512

// toolsMax bounds the tools of a request, and the tool calls of a choice, that are kept in detail. All are counted.
const toolsMax = 1024

// chatRequest gathers what the prompt's version is made of.
type chatRequest struct {
	call   *genai.Call
	detail *genai.Detail
	system [][]byte
	tools  []byte
}

func readChatRequest(body []byte, fields caller.Fields, call *genai.Call) error {
	if len(body) == 0 {
		return nil
	}
	q := chatRequest{call: call, detail: call.Detail}
	r := jsonscan.New(body)
	for key := range r.Object {
		fields.Look(key, r, call)
		q.member(key, &r)
	}
	call.PromptVersion = promptVersion(q.system, q.tools)
	if err := r.Err(); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	return nil
}

func (q *chatRequest) member(key []byte, r *jsonscan.Reader) {
	d := q.detail
	switch string(key) {
	case "model":
		q.call.RequestModel = name(r)
	case "messages":
		q.messages(r)
	case "stream":
		d.StreamAsked, _ = r.Bool()
	case "stream_options":
		for key := range r.Object {
			if string(key) == "include_usage" {
				d.IncludeUsage, _ = r.Bool()
			}
		}
	case "n":
		if n, ok := r.Int(); ok {
			d.ChoiceCount = int(max(1, min(n, choicesMax)))
		}
	case "tools", "functions":
		q.offered(r)
	case "tool_choice", "function_call":
		d.ToolChoice = readToolChoice(r)
	case "parallel_tool_calls":
		if value, ok := r.Bool(); ok {
			d.ParallelTools = &value
		}
	case "response_format":
		q.responseFormat(r)
	case "max_tokens", "max_completion_tokens":
		d.MaxTokens = count(r, d.MaxTokens)
	case "logprobs":
		d.LogprobsAsked, _ = r.Bool()
	}
}

func (q *chatRequest) messages(r *jsonscan.Reader) {
	c := q.call
	q.system = q.system[:0]
	c.Turn, c.InputImages, c.InputAudios, c.InputFiles = 0, 0, 0, 0
	for range r.Array {
		c.Turn++
		var role, content []byte
		for key := range r.Object {
			switch string(key) {
			case "role":
				role = r.Text()
			case "content":
				content = r.Raw()
			}
		}
		q.parts(content)
		if string(role) == "system" || string(role) == "developer" {
			q.system = append(q.system, content)
		}
	}
}

// parts counts what a message holds besides text.
func (q *chatRequest) parts(content []byte) {
	r := jsonscan.New(content)
	if r.Kind() != jsonscan.Array {
		return
	}
	for range r.Array {
		for key := range r.Object {
			if string(key) != "type" {
				continue
			}
			switch string(r.Text()) {
			case "image_url", "input_image", "image":
				q.call.InputImages++
			case "input_audio", "audio_url", "audio":
				q.call.InputAudios++
			case "file", "input_file", "document_url", "video_url", "input_video":
				q.call.InputFiles++
			}
		}
	}
}

func (q *chatRequest) offered(r *jsonscan.Reader) {
	q.tools = r.Raw()
	q.call.ToolsOffered, q.detail.Tools = 0, nil
	list := jsonscan.New(q.tools)
	for range list.Array {
		q.call.ToolsOffered++
		if tool := readTool(&list); len(q.detail.Tools) < toolsMax {
			q.detail.Tools = append(q.detail.Tools, tool)
		}
	}
}

// readTool reads {"type":"function","function":{...}}, {"type":"custom","custom":{...}} and the function alone.
func readTool(r *jsonscan.Reader) (tool genai.Tool) {
	tool.Kind = "function"
	for key := range r.Object {
		switch string(key) {
		case "type":
			tool.Kind = name(r)
		case "function", "custom":
			for key := range r.Object {
				readToolMember(key, r, &tool)
			}
		default:
			readToolMember(key, r, &tool)
		}
	}
	return tool
}

func readToolMember(key []byte, r *jsonscan.Reader, tool *genai.Tool) {
	switch string(key) {
	case "name":
		tool.Name = name(r)
	case "parameters":
		if r.Kind() == jsonscan.Object {
			tool.Schema = r.Raw()
		}
	case "strict":
		tool.Strict, _ = r.Bool()
	}
}

// readToolChoice reads a mode, or {"type":"function","function":{"name"}}, {"type":"custom","custom":{"name"}},
// {"type":"allowed_tools","allowed_tools":{"tools":[...]}} and the old {"name"}.
func readToolChoice(r *jsonscan.Reader) (choice genai.ToolChoice) {
	if r.Kind() == jsonscan.String {
		if choice.Mode = name(r); choice.Mode == "any" {
			choice.Mode = "required"
		}
		return choice
	}
	for key := range r.Object {
		switch string(key) {
		case "name":
			choice = genai.ToolChoice{Mode: "named", Names: []string{name(r)}}
		case "function", "custom":
			choice = genai.ToolChoice{Mode: "named", Names: []string{readTool(r).Name}}
		case "allowed_tools":
			choice = genai.ToolChoice{Mode: "allowed"}
			for key := range r.Object {
				if string(key) == "tools" {
					for range r.Array {
						choice.Names = append(choice.Names, readTool(r).Name)
					}
				}
			}
		}
	}
	return choice
}

func (q *chatRequest) responseFormat(r *jsonscan.Reader) {
	q.call.ResponseFormat, q.detail.ResponseSchema, q.detail.SchemaStrict = "", nil, false
	for key := range r.Object {
		switch string(key) {
		case "type":
			q.call.ResponseFormat = name(r)
		case "json_schema":
			for key := range r.Object {
				switch string(key) {
				case "schema":
					q.detail.ResponseSchema = r.Raw()
				case "strict":
					q.detail.SchemaStrict, _ = r.Bool()
				}
			}
		}
	}
}

// promptVersion is a hash of what an application's developer writes: system prompt and tools. 0 without either.
func promptVersion(system [][]byte, tools []byte) uint64 {
	if len(system) == 0 && len(tools) == 0 {
		return 0
	}
	h := xxhash.New()
	for _, content := range system {
		_, _ = h.Write(content)
		_, _ = h.Write([]byte{0})
	}
	_, _ = h.Write(tools)
	return h.Sum64()
}

// name reads a string that goes into a span: valid UTF-8 of at most nameBytesMax bytes.
func name(r *jsonscan.Reader) string { return asName(r.Text()) }

func asName(in []byte) string {
	return strings.ToValidUTF8(string(in[:min(len(in), nameBytesMax)]), "\uFFFD")
}

// count reads a number of tokens; null, a negative number or another kind leaves what was known before.
func count(r *jsonscan.Reader, before genai.Count) genai.Count {
	if n, ok := r.Int(); ok && n >= 0 {
		return genai.Known(n)
	}
	return before
}
