package prompt

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// ToolsMax bounds the tools of a request that are kept in detail. All are counted.
const ToolsMax = 1024

// functions is what a request says in the words that OpenAI had before tools. They say nothing of tools, nor do all servers know them.
type functions struct{ offered, chosen bool }

// Functions reads the list of functions of a request that offers no tools.
func (p *Prompt) Functions(r *jsonscan.Reader) {
	if p.Call.ToolsOffered > 0 {
		return
	}
	p.readTools(r)
	p.functions.offered = p.Call.ToolsOffered > 0
}

// FunctionCall reads which function is to be called, unless there are tools or tool_choice says it.
func (p *Prompt) FunctionCall(r *jsonscan.Reader) {
	if p.Call.ToolsOffered > 0 && !p.functions.offered || p.Detail.ToolChoice.Mode != "" {
		return
	}
	p.ToolChoice(r)
	p.functions.chosen, p.Detail.ToolChoice.Foreign = true, false
}

// Tools reads the list of the tools offered.
func (p *Prompt) Tools(r *jsonscan.Reader) {
	if p.functions.chosen {
		p.Detail.ToolChoice = genai.ToolChoice{}
	}
	p.functions.offered = false
	p.readTools(r)
}

func (p *Prompt) readTools(r *jsonscan.Reader) {
	at := r.Pos()
	raw := r.Raw()
	p.tools = p.digest.text(raw, at)
	p.beside(valueBytes(raw))
	p.Call.ToolsOffered, p.Detail.Tools = 0, p.Detail.Tools[:0]
	list := jsonscan.NewLenient(raw)
	for range list.Array {
		p.Call.ToolsOffered++
		tool := ReadTool(&list, p.Call.APIType == genai.APIResponses)
		p.Detail.MoreTools = p.Detail.MoreTools || bringsTools(tool.Kind)
		if len(p.Detail.Tools) < ToolsMax {
			p.Detail.Tools = append(p.Detail.Tools, tool)
		}
	}
}

// bringsTools tells whether a tool of this kind stands for others that are not in the list. xAI calls those of its x_search by
// names of their own.
func bringsTools(kind string) bool {
	return strings.HasPrefix(kind, "mcp") || strings.HasPrefix(kind, "tool_search") || kind == "namespace" || kind == "x_search"
}

// ReadTool reads {"type":"function","function":{...}}, {"type":"custom","custom":{...}} and the same without the inner
// object, which is flat, as the Responses API and Anthropic have it. Where a tool is named in both forms that of the API counts:
// servers take no notice of the other.
func ReadTool(r *jsonscan.Reader, flat bool) genai.Tool {
	tool, inner := genai.Tool{Kind: "function"}, genai.Tool{}
	for key := range r.Given {
		switch string(key) {
		case "type":
			tool.Kind = r.Name()
		case "function", "custom":
			for key := range r.Given {
				readToolMember(key, r, &inner)
			}
		default:
			readToolMember(key, r, &tool)
		}
	}
	if inner.Name == "" || flat && tool.Name != "" {
		return tool
	}
	inner.Kind = tool.Kind
	return inner
}

func readToolMember(key []byte, r *jsonscan.Reader, tool *genai.Tool) {
	switch string(key) {
	case "name":
		tool.Name = r.Name()
	case "parameters", "input_schema":
		if r.Kind() == jsonscan.Object {
			tool.Schema = r.Raw()
		}
	case "strict":
		tool.Strict = r.True()
	}
}

// ToolChoice reads what OpenAI's APIs call tool_choice: a mode, {"type":"function","function":{"name"}},
// {"type":"allowed_tools","allowed_tools":{"mode","tools"}}, the same without the inner object, or the old {"name"}.
func (p *Prompt) ToolChoice(r *jsonscan.Reader) {
	choice := &p.Detail.ToolChoice
	*choice, p.functions.chosen = genai.ToolChoice{}, false
	if r.Kind() == jsonscan.String {
		if choice.Mode = r.Name(); choice.Mode == "any" { // Mistral
			choice.Mode = "required"
		}
		return
	}
	flat := p.Call.APIType == genai.APIResponses
	for key := range r.Given {
		switch string(key) {
		case "name":
			putNamed(choice, r.Name(), !flat)
		case "function", "custom":
			putNamed(choice, ReadTool(r, flat).Name, flat)
		case "allowed_tools":
			for key := range r.Given {
				readAllowed(key, r, choice, flat)
			}
		default:
			readAllowed(key, r, choice, flat)
		}
	}
}

// putNamed takes a tool's name for the choice. Where it stands in two forms that of the API counts.
func putNamed(choice *genai.ToolChoice, name string, foreign bool) {
	if !foreign || choice.Mode != "named" {
		*choice = genai.ToolChoice{Mode: "named", Names: []string{name}, Foreign: foreign}
	}
}

func readAllowed(key []byte, r *jsonscan.Reader, choice *genai.ToolChoice, flat bool) {
	switch string(key) {
	case "mode":
		choice.Required = string(r.Text()) == "required"
	case "tools":
		choice.Mode, choice.Names = "allowed", nil
		for range r.Array {
			if tool := ReadTool(r, flat); len(choice.Names) < ToolsMax {
				choice.Names = append(choice.Names, tool.Name)
			}
		}
	}
}

// StopsMax bounds the strings that end an answer.
const StopsMax = 64

// Texts reads one string or a list of them, most of them at most.
func Texts(r *jsonscan.Reader, most int) (out []string) {
	if r.Kind() == jsonscan.String {
		return []string{r.String()}
	}
	for range r.Array {
		if text := r.Text(); len(out) < most {
			out = append(out, string(text))
		}
	}
	return out
}
