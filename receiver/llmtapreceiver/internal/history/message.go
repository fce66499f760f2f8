package history

import "github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"

// message is what the APIs' messages and items have that counts.
type message struct {
	role, kind, content, output, name, arguments, toolCalls []byte
}

func (c *chain) message(raw []byte) {
	var m message
	r := jsonscan.New(raw)
	for key := range r.Object {
		switch string(key) {
		case "role":
			m.role = r.Text()
		case "type":
			m.kind = r.Text()
		case "content":
			m.content = r.Raw()
		case "output":
			m.output = r.Raw()
		case "name":
			m.name = r.Text()
		case "arguments", "input":
			m.arguments = text(r.Raw())
		case "tool_calls":
			m.toolCalls = r.Raw()
		}
	}
	switch {
	case string(m.role) == "system" || string(m.role) == "developer" || string(m.kind) == "reasoning":
	case string(m.role) == "assistant" || string(m.role) == "model":
		c.pending = true
		c.answer.content(m.content)
		c.answer.toolCalls(m.toolCalls)
	case string(m.kind) == "function_call" || string(m.kind) == "custom_tool_call":
		c.pending = true
		c.answer.call(m.name, m.arguments)
	case len(m.output) > 0:
		c.other([]byte("tool"), m.output)
	default:
		c.other(m.role, m.content)
	}
}

// text gives the inside of a string, and other values as they are.
func text(raw []byte) []byte {
	r := jsonscan.New(raw)
	if r.Kind() == jsonscan.String {
		return r.Text()
	}
	return raw
}

// content adds the text and tool calls among an answer's parts.
func (a *answer) content(raw []byte) {
	r := jsonscan.New(raw)
	if r.Kind() == jsonscan.String {
		a.text = r.AppendText(a.text)
		return
	}
	for range r.Array {
		var kind, said, name, input []byte
		for key := range r.Object {
			switch string(key) {
			case "type":
				kind = r.Text()
			case "text", "refusal":
				said = r.Text()
			case "name":
				name = r.Text()
			case "input":
				input = r.Raw()
			}
		}
		switch string(kind) {
		case "text", "output_text", "refusal":
			a.text = append(a.text, said...)
		case "tool_use":
			a.call(name, input)
		}
	}
}

// toolCalls adds those of the chat APIs: a list of {"function":{"name","arguments"}} or {"custom":{"name","input"}}.
func (a *answer) toolCalls(raw []byte) {
	r := jsonscan.New(raw)
	for range r.Array {
		var name, arguments []byte
		for key := range r.Object {
			switch string(key) {
			case "function", "custom":
				for key := range r.Object {
					switch string(key) {
					case "name":
						name = r.Text()
					case "arguments", "input":
						arguments = text(r.Raw())
					}
				}
			}
		}
		a.call(name, arguments)
	}
}

// appendContent appends a user's or tool's content: texts as they are, other parts canonically, nothing of caches.
func appendContent(dst, raw []byte) []byte {
	r := jsonscan.New(raw)
	if r.Kind() == jsonscan.String {
		return append(r.AppendText(dst), 0)
	}
	if r.Kind() != jsonscan.Array {
		return append(append(dst, raw...), 0)
	}
	for range r.Array {
		dst = appendPart(dst, r.Raw())
	}
	return dst
}

func appendPart(dst, raw []byte) []byte {
	var kind, said []byte
	r := jsonscan.New(raw)
	if r.Kind() != jsonscan.Object {
		return append(append(dst, raw...), 0)
	}
	rest := make([]byte, 0, 64)
	for key := range r.Object {
		switch string(key) {
		case "type":
			kind = r.Text()
		case "text":
			said = r.Text()
		case "cache_control", "id":
		case "content":
			rest = appendContent(rest, r.Raw())
		default:
			value := r.Raw()
			rest = append(append(rest, key...), 0)
			canonical, ok := jsonscan.AppendCanonical(rest, value)
			if !ok {
				canonical = append(rest, value...)
			}
			rest = append(canonical, 0)
		}
	}
	switch string(kind) {
	case "text", "input_text":
		return append(append(dst, said...), 0)
	}
	return append(append(append(append(append(dst, kind...), 0), rest...), said...), 0)
}
