package fidelity

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/genai"
)

// family is a way in which models write tool calls, which a server has to parse and take out of the text.
type family struct {
	name string
	// start is what the markup begins with. Where atStart is set, it counts only at the beginning of the text.
	start   string
	atStart bool
	// end closes the markup; empty where the payload's own end does.
	end string
}

// families are those of the models that vLLM, SGLang, llama.cpp, Ollama and LM Studio have parsers for. One that is
// the beginning of another stands after it.
var families = []family{
	{name: "inkling", start: "<|content_invoke_tool_json|>", end: "<|end_message|>"},
	{name: "gigachat3", start: "<|function_call|>"},
	{name: "gigachat3", start: "function call<|role_sep|>"},
	{name: "minicpm5", start: "<function name=", end: "</function>"},
	{name: "dots", start: "<dots_function_call>", end: "</dots_function_call>"},
	{name: "minimax", start: "<minimax:tool_call>", end: "</minimax:tool_call>"},
	{name: "hermes", start: "<tool_call>", end: "</tool_call>"}, // also of Qwen, GLM and Step
	{name: "qwen3-coder", start: "<function=", end: "</function>"},
	{name: "llama3", start: "<|python_tag|>"},
	{name: "lfm2", start: "<|tool_call_start|>", end: "<|tool_call_end|>"},
	{name: "llama4", start: "<|python_start|>", end: "<|python_end|>"},
	{name: "olmo3", start: "<function_calls>", end: "</function_calls>"},
	{name: "granite-20b", start: "<function_call>"},
	{name: "jamba", start: "<tool_calls>", end: "</tool_calls>"}, // also of Hunyuan, Apriel and MiniMax-M1
	{name: "internlm", start: "<|action_start|>", end: "<|action_end|>"},
	{name: "apertus", start: "<|tools_prefix|>", end: "<|tools_suffix|>"},
	{name: "longcat", start: "<longcat_tool_call>", end: "</longcat_tool_call>"},
	{name: "mistral", start: "[TOOL_CALLS]"},
	{name: "deepseek-v3", start: "<｜tool▁call", end: "<｜tool▁call▁end｜>"},
	{name: "deepseek-v3.2", start: "<｜DSML｜", end: "</｜DSML｜invoke>"},
	{name: "kimi", start: "<|tool_calls_section_begin|>", end: "<|tool_call_end|>"},
	{name: "kimi", start: "<|tool_call_begin|>", end: "<|tool_call_end|>"},
	{name: "harmony", start: "<|channel|>commentary to=functions.", end: "<|call|>"},
	{name: "harmony", start: "<|channel|>analysis to=functions.", end: "<|call|>"},
	{name: "harmony", start: "<|start|>assistant to=functions.", end: "<|call|>"}, // the role may name the tool, too
	{name: "harmony", start: "to=functions.", atStart: true, end: "<|call|>"},     // the template has begun the role
	{name: "harmony", start: "commentary to=functions.", atStart: true},           // with its control tokens taken out
	{name: "harmony", start: "assistantcommentary to=functions."},
	{name: "command-r", start: "<|START_ACTION|>", end: "<|END_ACTION|>"},
	{name: "gemma4", start: "<|tool_call>", end: "<tool_call|>"},
	{name: "functiongemma", start: "<start_function_call>", end: "<end_function_call>"},
	{name: "granite", start: "<|tool_call|>"},
	{name: "phi4-mini", start: "functools[", atStart: true, end: "]"},
	{name: "nemotron", start: "<TOOLCALL>", end: "</TOOLCALL>"},
	{name: "lmstudio", start: "[TOOL_REQUEST]", end: "[END_TOOL_REQUEST]"},
	{name: "kimi-k3", start: "<|open|>call ", end: "<|close|>call<|sep|>"},
	{name: "step3", start: "<steptml:invoke name=", end: "</steptml:invoke>"},
	{name: "hunyuan-v3", start: "<tool_call:", end: "</tool_call:"}, // behind the colon is a suffix of the checkpoint's
	{name: "muse-glimmer", start: "<atem:invoke name=", end: "</atem:invoke>"},
	{name: "k2-horizon", start: "<ifm|tool_call>", end: "</ifm|tool_call>"},
	{name: "xml", start: "<invoke name=", end: "</invoke>"},
}

// markup is raw tool-call markup that was found in a text.
type markup struct {
	family string
	text   string
	// whole tells that the markup came to its end, call that it is of a tool that was offered, too.
	whole, call bool
}

// findMarkup finds the first family's markup in a text outside of code.
func findMarkup(text string, offered []genai.Tool) (found markup, ok bool) {
	trimmed := strings.TrimSpace(text)
	if isBareHarmony(trimmed) {
		return markup{family: "harmony", text: trimmed, whole: true}, true
	}
	if strings.IndexByte(text, '<') < 0 && strings.IndexByte(text, '[') < 0 && !strings.Contains(text, "to=functions.") {
		return markup{}, false
	}
	if name, ok := pythonic(trimmed); ok && offers(offered, name) {
		whole := strings.Contains(trimmed, ")]")
		return markup{family: "pythonic", text: trimmed, whole: whole, call: whole}, true
	}
	for i := range families {
		f := &families[i]
		if !strings.Contains(text, f.start) {
			continue
		}
		plain := withoutFences(trimmed)
		at := indexUnquoted(plain, f.start)
		if at < 0 || f.atStart && at > 0 {
			continue
		}
		payload := plain[at+len(f.start):]
		whole := f.ends(payload)
		return markup{family: f.name, text: plain[at:], whole: whole, call: whole && namesAny(payload, offered)}, true
	}
	return markup{}, false
}

// indexUnquoted finds the beginning of markup that no backtick stands before: a text that has it as code speaks of it.
func indexUnquoted(text, start string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], start)
		if i < 0 {
			return -1
		}
		if i += from; i == 0 || text[i-1] != '`' {
			return i
		}
		from = i + len(start)
	}
}

// pythonic gives the function of a text that begins like a list of Python calls.
func pythonic(text string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(text, "[")
	if !ok {
		return "", false
	}
	name, _, ok = strings.Cut(rest[:min(len(rest), callNameBytesMax)], "(")
	return name, ok
}

// callNameBytesMax is how far into the markup the tool's name is looked for.
const callNameBytesMax = 256

// namesAny tells whether a payload names an offered tool. In an object of JSON the name is a string of its own: one that a text in it
// speaks of is not called. What is no JSON, as a dict of Python, is no answer to anyone, and names a tool by any word.
func namesAny(payload string, offered []genai.Tool) bool {
	payload = strings.TrimLeft(payload, " \t\r\n[")
	head, spoken := payload[:min(len(payload), callNameBytesMax)], false
	called := slices.ContainsFunc(offered, func(tool genai.Tool) bool {
		word := containsWord(head, tool.Name)
		spoken = spoken || word
		return word && strings.Contains(head, `"`+tool.Name+`"`)
	})
	return called || spoken && !(strings.HasPrefix(payload, "{") && beginsWithJSON(payload))
}

// ends tells whether a payload came to its end: that of its JSON, or the family's.
func (f *family) ends(payload string) bool {
	if f.end != "" && strings.Contains(payload, f.end) {
		return true
	}
	at := strings.IndexByte(payload, '{')
	return at >= 0 && beginsWithJSON(payload[at:])
}

// beginsWithJSON tells whether a text begins with a whole JSON value.
func beginsWithJSON(text string) bool {
	_, err := readDocument(text[:min(len(text), documentBytesMax)])
	return err == nil || errors.Is(err, errTrailing)
}

func containsWord(text, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		before, after := from+i-1, from+i+len(word)
		if (before < 0 || !isNameByte(text[before])) && (after >= len(text) || !isNameByte(text[after])) {
			return true
		}
		from = after
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c-'0' <= 9 || c|0x20-'a' <= 25
}

func offers(offered []genai.Tool, name string) bool {
	return slices.ContainsFunc(offered, func(tool genai.Tool) bool { return tool.Name == name })
}

// withoutFences cuts fenced code out of a text; a fence that is never closed reaches to the end.
func withoutFences(text string) string {
	const fence = "```"
	if !strings.Contains(text, fence) {
		return text
	}
	var out strings.Builder
	for i, part := range strings.Split(text, fence) {
		if i%2 == 0 {
			out.WriteString(part)
		}
	}
	return out.String()
}

// withoutFence takes the one fence off that a text consists of.
func withoutFence(text string) string {
	text = strings.TrimSpace(text)
	inside, ok := strings.CutPrefix(text, "```")
	if !ok || !strings.HasSuffix(inside, "```") {
		return text
	}
	inside = strings.TrimSuffix(inside, "```")
	if _, rest, ok := strings.Cut(inside, "\n"); ok {
		return strings.TrimSpace(rest)
	}
	return inside
}

// isProseCall tells whether a whole text calls an offered tool in bare JSON, or as name({...}).
func isProseCall(text string, offered []genai.Tool) bool {
	text = withoutFence(text)
	if text == "" {
		return false
	}
	if text[0] == '{' || text[0] == '[' {
		return areObjectCalls(text, offered)
	}
	name, rest, ok := strings.Cut(text, "(")
	if !ok || !offers(offered, name) || !strings.HasSuffix(rest, ")") {
		return false
	}
	_, err := readDocument(strings.TrimSuffix(rest, ")"))
	return err == nil
}

// areObjectCalls tells whether a text is calls in JSON, of which Llama 3 parts several by semicolons.
func areObjectCalls(text string, offered []genai.Tool) bool {
	for text != "" {
		doc, rest, err := readFirst(text)
		if err != nil {
			return false
		}
		if list, ok := doc.value.([]any); ok && len(list) > 0 {
			doc.value = list[0]
		}
		if !isObjectCall(doc.value, offered) {
			return false
		}
		text = strings.TrimLeft(rest, "; \t\r\n")
	}
	return true
}

func isObjectCall(value any, offered []genai.Tool) bool {
	object, _ := value.(map[string]any)
	if inner, ok := object["function"].(map[string]any); ok {
		object = inner
	}
	name, _ := object["name"].(string)
	_, arguments := object["arguments"]
	_, parameters := object["parameters"]
	return (arguments || parameters) && offers(offered, name)
}

// controlTokens are written by a model's template, never by a model that answers.
var controlTokens = []string{
	"<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "<|start_header_id|>",
	"<|end|>", "<|return|>", "<|call|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|start|>",
	"<|tool_calls_section_end|>", "<|tool_call_end|>", "[TOOL_CALLS]", "<end_of_turn>", "<｜end▁of▁sentence｜>",
	"<｜tool▁calls▁end｜>", "<｜tool▁call▁end｜>", "<|eot|>", "<|eom|>", "<|user|>", "<|observation|>", "<|END_OF_TURN_TOKEN|>",
	"<|end_of_role|>", "<eos>", "<turn|>", "<|sep|>", "<|message_sep|>", "<|end_message|>", "<|content_model_end_sampling|>",
	"<｜tool_calls_end｜>", "<｜tool_call_end｜>", endOfSequence,
}

// endOfSequence is Llama 2's and Mistral's, and in HTML the end of what is struck through.
const endOfSequence = "</s>"

// trailingControlToken gives the control token that a text ends with. inSentence tells that it is a word of a sentence, which may
// be about it, as in: Mistral ends with </s>
func trailingControlToken(text string) (token string, inSentence bool) {
	text = strings.TrimSpace(text)
	if text == "" || text[len(text)-1] != '>' && text[len(text)-1] != ']' {
		return "", false
	}
	for _, token := range controlTokens {
		before, ends := strings.CutSuffix(text, token)
		if !ends || token == endOfSequence && strikesThrough(before) {
			continue
		}
		words := strings.TrimRight(before, " ")
		last, _ := utf8.DecodeLastRuneInString(words)
		return token, len(words) < len(before) && (unicode.IsLetter(last) || unicode.IsDigit(last) || last == ':' || last == ',')
	}
	return "", false
}

// strikesThrough tells whether a text has the beginning of what HTML strikes through.
func strikesThrough(text string) bool {
	const element = "<s"
	for _, rest := range strings.Split(text, element)[1:] {
		if rest != "" && strings.IndexByte("> \t\r\n", rest[0]) >= 0 {
			return true
		}
	}
	return false
}

// hasControlToken tells whether a name or id has a piece of a control token, which none may have.
func hasControlToken(name string) bool {
	return strings.Contains(name, "<|") || strings.Contains(name, "|>") || strings.Contains(name, "<｜") ||
		strings.Contains(name, "[TOOL_CALLS]") || strings.Contains(name, "[ARGS]")
}
