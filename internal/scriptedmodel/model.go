// Package scriptedmodel writes a tiny language model for llama.cpp that says what a script tells it, so that tests can
// put a real model server with its real template, sampler, grammar and tool parser to work without any weights.
//
// Embeddings are one-hot, attention and feed-forward layers are zero: what follows a token depends on that token alone.
// The output matrix is a table of which token follows which. The chat template ends each prompt with a control token that
// begins one of the scripts.
package scriptedmodel

import (
	"fmt"
	"strings"
)

// Script is what the model says when the last message of the user has [[name]] in it. Without one it says the first
// script, or that named tool when tools are offered and none has answered.
type script struct {
	name   string
	pieces []string // one token each; a token follows one other, so each occurs once in all scripts
}

var scripts = []script{
	{"text", []string{"Hello", " from", " a", " scripted", " model", ": na", "ïve", " café", " 日本", "語", "."}},
	{"tool", []string{
		"<tool_call>", "\n{\"name\": \"get_weather\", ", "\"arguments\": {\"city\"", ": \"Par", "is\"}}", "\n</tool_call>",
	}},
	{"json", []string{"{\"city\": ", "\"Rome\", ", "\"temp\": ", "21", "}"}},
	{"think", []string{"<think>", "\nHow much", " is it?", "\n</think>", "\n\nIt is", " four."}},
	{"two", []string{
		"<tool_call>\n", "{\"name\": \"get_weather\",", " \"arguments\": {\"city\"", ": \"Rome\"}}\n", "</tool_call>\n",
		"<tool_call>\n{", "\"name\": \"get_time\",", " \"arguments\": {", "}}\n", "</tool_call> ",
	}},
	{"unknown", []string{"<tool_call>\n{\"name\": \"no_such", "_tool\", \"arguments\": ", "{\"x\": 1}}", " \n</tool_call>"}},
	{"bare", []string{"{\"name\": \"get_weather\", \"para", "meters\": {\"city\": ", "\"Lima\"}", "} "}},
	{"mistral", []string{"[TOOL_CALLS]", "[{\"name\": \"get_weather\", \"argu", "ments\": {\"city\": ", "\"Lyon\"}}", "]"}},
}

// Kinds of tokens, as in llama.cpp's llama_token_type.
const (
	kindNormal  = 1
	kindControl = 3
	kindDefined = 4 // kept as plain text in the output
)

const (
	tokenStart = "<|im_start|>"
	tokenEnd   = "<|im_end|>"
)

// model is a vocabulary and what follows what.
type model struct {
	tokens []string
	kinds  []int32
	ids    map[string]int
	next   map[int]int
}

func build() (*model, error) {
	m := &model{ids: map[string]int{}, next: map[int]int{}}
	for b := range 256 {
		m.add(byteRune(byte(b)), kindNormal)
	}
	m.add(tokenStart, kindControl)
	end := m.add(tokenEnd, kindControl)
	m.add("<tool_call>", kindDefined)
	m.add("</tool_call>", kindDefined)
	for _, s := range scripts {
		last := m.add(begin(s.name), kindControl)
		for _, piece := range append(s.pieces, "") {
			token := end
			if piece != "" {
				token = m.add(written(piece), kindNormal)
			}
			if _, ok := m.next[last]; ok {
				return nil, fmt.Errorf("script %s: %q occurs twice", s.name, m.tokens[last])
			}
			m.next[last] = token
			last = token
		}
	}
	for _, mark := range []string{"<|fim_prefix|>", "<|fim_suffix|>"} {
		m.add(mark, kindControl)
	}
	m.next[m.add("<|fim_middle|>", kindControl)] = m.next[m.ids[begin("text")]] // what fills a gap
	return m, nil
}

func (m *model) add(token string, kind int32) int {
	if id, ok := m.ids[token]; ok {
		return id
	}
	id := len(m.tokens)
	m.ids[token] = id
	m.tokens, m.kinds = append(m.tokens, token), append(m.kinds, kind)
	return id
}

func begin(script string) string { return "<|script_" + script + "|>" }

// written gives a text in the letters that byte-level BPE writes bytes with; markers stay as they are.
func written(text string) string {
	if text == "<tool_call>" || text == "</tool_call>" {
		return text
	}
	var out strings.Builder
	for _, b := range []byte(text) {
		out.WriteString(byteRune(b))
	}
	return out.String()
}

// byteRune is GPT-2's letter for a byte: printable ones stand for themselves, others for those from U+0100 on.
func byteRune(b byte) string {
	printable := func(c int) bool { return c >= '!' && c <= '~' || c >= 0xa1 && c <= 0xac || c >= 0xae && c <= 0xff }
	if printable(int(b)) {
		return string(rune(b))
	}
	others := 0
	for c := range int(b) {
		if !printable(c) {
			others++
		}
	}
	return string(rune(0x100 + others))
}

// template is the chat template. It shows tools and calls in the form that llama.cpp's parser knows.
func template() string {
	var choose strings.Builder
	for _, s := range scripts {
		fmt.Fprintf(&choose, "{%%- if '[[%s]]' in m.content -%%}{%%- set ns.script = '%s' -%%}{%%- endif -%%}\n", s.name, s.name)
	}
	return `{%- set ns = namespace(script='text') -%}
{%- if tools -%}{%- set ns.script = 'tool' -%}<|im_start|>system
Call tools as {"name": ..., "arguments": ...} within <tool_call></tool_call>.
{%- for t in tools %}
{{ t | tojson }}
{%- endfor %}<|im_end|>
{%- endif -%}
{%- for m in messages -%}
<|im_start|>{{ m.role }}
{% if m.content is string %}{{ m.content }}{% endif %}
{%- if m.tool_calls %}{% for call in m.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}{% endif -%}
<|im_end|>
{%- if m.role == 'tool' -%}{%- set ns.script = 'text' -%}{%- endif -%}
{%- if m.role == 'user' and m.content is string -%}
` + choose.String() + `{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
<|script_{{ ns.script }}|>{%- endif -%}`
}
