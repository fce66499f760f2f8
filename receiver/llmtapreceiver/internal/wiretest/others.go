package wiretest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// Messages encodes an answer of /v1/messages.
func Messages(r *rand.Rand, a Answer) (whole, stream string) {
	content := []object{}
	events := []object{}
	block := func(start, whole object, deltas []object) {
		index := len(content)
		content = append(content, whole)
		events = append(events, object{"type": "content_block_start", "index": index, "content_block": start})
		for _, delta := range deltas {
			events = append(events, object{"type": "content_block_delta", "index": index, "delta": delta})
		}
		events = append(events, object{"type": "content_block_stop", "index": index})
	}
	deltas := func(kind, member, text string) (out []object) {
		for _, piece := range cut(r, text) {
			out = append(out, object{"type": kind, member: piece})
		}
		return out
	}
	if a.Reasoning != "" {
		block(object{"type": "thinking", "thinking": "", "signature": ""},
			object{"type": "thinking", "thinking": a.Reasoning, "signature": "s"},
			append(deltas("thinking_delta", "thinking", a.Reasoning), object{"type": "signature_delta", "signature": "s"}))
	}
	block(object{"type": "text", "text": ""}, object{"type": "text", "text": a.Text}, deltas("text_delta", "text", a.Text))
	for _, c := range a.Calls {
		block(object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": object{}},
			object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": json.RawMessage(c.Arguments)},
			deltas("input_json_delta", "partial_json", c.Arguments))
	}
	message := object{"id": a.ID, "type": "message", "role": "assistant", "model": a.Model, "content": content, "stop_reason": "end_turn"}
	start := object{"id": a.ID, "type": "message", "role": "assistant", "model": a.Model, "content": []object{}, "stop_reason": nil}
	end := object{"type": "message_delta", "delta": object{"stop_reason": "end_turn", "stop_sequence": nil}}
	if u := a.Usage; u != nil {
		message["usage"] = object{"input_tokens": u.Input - u.Cached, "cache_read_input_tokens": u.Cached, "output_tokens": u.Output}
		start["usage"] = object{"input_tokens": u.Input - u.Cached, "cache_read_input_tokens": u.Cached, "output_tokens": 1}
		end["usage"] = object{"output_tokens": u.Output}
	}
	all := append([]object{{"type": "message_start", "message": start}, {"type": "ping"}}, events...)
	return encode(message), sse(append(all, end, object{"type": "message_stop"}), true, "")
}

// OllamaChat encodes an answer of /api/chat.
func OllamaChat(r *rand.Rand, a Answer) (whole, stream string) {
	var calls []object
	for i, c := range a.Calls {
		calls = append(calls, object{"id": c.ID, "function": object{"index": i, "name": c.Name, "arguments": json.RawMessage(c.Arguments)}})
	}
	message := func(content, thinking string, calls []object) object {
		m := object{"role": "assistant", "content": content}
		if thinking != "" {
			m["thinking"] = thinking
		}
		if calls != nil {
			m["tool_calls"] = calls
		}
		return object{"model": a.Model, "message": m, "done": false}
	}
	var lines []object
	for _, piece := range cut(r, a.Reasoning) {
		lines = append(lines, message("", piece, nil))
	}
	for _, piece := range cut(r, a.Text) {
		lines = append(lines, message(piece, "", nil))
	}
	for i := range calls {
		lines = append(lines, message("", "", calls[i:i+1]))
	}
	lines = append(lines, a.Usage.ollama(message("", "", nil)))
	return encode(a.Usage.ollama(message(a.Text, a.Reasoning, calls))), ndjson(lines)
}

// OllamaGenerate encodes the text of an answer of /api/generate.
func OllamaGenerate(r *rand.Rand, a Answer) (whole, stream string) {
	line := func(text, thinking string) object {
		return object{"model": a.Model, "response": text, "thinking": thinking, "done": false}
	}
	var lines []object
	for _, piece := range cut(r, a.Reasoning) {
		lines = append(lines, line("", piece))
	}
	for _, piece := range cut(r, a.Text) {
		lines = append(lines, line(piece, ""))
	}
	return encode(a.Usage.ollama(line(a.Text, a.Reasoning))), ndjson(append(lines, a.Usage.ollama(line("", ""))))
}

// ollama makes a line the last one.
func (u *Usage) ollama(line object) object {
	line["done"], line["done_reason"], line["total_duration"] = true, "stop", 12345
	if u != nil {
		line["prompt_eval_count"], line["prompt_eval_cached_count"], line["eval_count"] = u.Input, u.Cached, u.Output
	}
	return line
}

// Llama encodes the text of an answer of llama.cpp's /completion.
func Llama(r *rand.Rand, a Answer) (whole, stream string) {
	part := func(text string, stop bool, tokens int64) object {
		part := object{"index": 0, "content": text, "tokens": []int{}, "stop": stop}
		if a.Usage != nil {
			part["tokens_evaluated"], part["tokens_predicted"] = a.Usage.Input, tokens
		}
		return part
	}
	last := func(text string) object {
		last := part(text, true, 0)
		last["model"], last["stop_type"], last["generation_settings"] = a.Model, "eos", object{"stop": []string{"content"}, "n_predict": -1}
		if u := a.Usage; u != nil {
			last["tokens_predicted"], last["tokens_cached"] = u.Output, u.Input+u.Output-1
			last["timings"] = object{"cache_n": u.Cached, "prompt_n": u.Input - u.Cached, "predicted_n": u.Output}
		}
		return last
	}
	var parts []object
	for i, piece := range cut(r, a.Text) {
		parts = append(parts, part(piece, false, int64(i+1)))
	}
	return encode(last(a.Text)), sse(append(parts, last("")), false, "")
}

// LMStudio encodes an answer of LM Studio's /api/v1/chat.
func LMStudio(r *rand.Rand, a Answer) (whole, stream string) {
	events := []object{{"type": "chat.start", "model_instance_id": a.Model}, {"type": "prompt_processing.progress", "progress": 0.5}}
	var output []object
	text := func(kind, text string) {
		output = append(output, object{"type": kind, "content": text})
		events = append(events, object{"type": kind + ".start"})
		for _, piece := range cut(r, text) {
			events = append(events, object{"type": kind + ".delta", "content": piece})
		}
		events = append(events, object{"type": kind + ".end"})
	}
	if a.Reasoning != "" {
		text("reasoning", a.Reasoning)
	}
	for _, c := range a.Calls {
		arguments := json.RawMessage(c.Arguments)
		output = append(output, object{"type": "tool_call", "tool": c.Name, "arguments": arguments, "output": "[]"})
		events = append(events, object{"type": "tool_call.start", "tool": c.Name},
			object{"type": "tool_call.arguments", "tool": c.Name, "arguments": arguments},
			object{"type": "tool_call.success", "tool": c.Name, "arguments": arguments, "output": "[]"})
	}
	text("message", a.Text)
	answer := object{"model_instance_id": a.Model, "output": output, "response_id": a.ID}
	if u := a.Usage; u != nil {
		answer["stats"] = object{"input_tokens": u.Input, "total_output_tokens": u.Output, "reasoning_output_tokens": 0, "tokens_per_second": 43.7}
	}
	return encode(answer), sse(append(events, object{"type": "chat.end", "result": answer}), true, "")
}

func ndjson(lines []object) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(encode(line) + "\n")
	}
	return out.String()
}
