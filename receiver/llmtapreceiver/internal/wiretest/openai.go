package wiretest

import "math/rand/v2"

const done = "data: [DONE]\n\n"

func (u *Usage) chat() any {
	if u == nil {
		return nil
	}
	return object{
		"prompt_tokens": u.Input, "completion_tokens": u.Output, "total_tokens": u.Input + u.Output,
		"prompt_tokens_details": object{"cached_tokens": u.Cached},
	}
}

// Chat encodes an answer of /v1/chat/completions.
func Chat(r *rand.Rand, a Answer) (whole, stream string) {
	var calls []object
	for _, c := range a.Calls {
		calls = append(calls, object{"id": c.ID, "type": "function", "function": object{"name": c.Name, "arguments": c.Arguments}})
	}
	whole = encode(object{
		"id": a.ID, "object": "chat.completion", "model": a.Model, "usage": a.Usage.chat(),
		"choices": []object{{"index": 0, "finish_reason": "stop", "message": object{
			"role": "assistant", "content": a.Text, "reasoning_content": a.Reasoning, "tool_calls": calls,
		}}},
	})
	var chunks []object
	chunk := func(delta object, finish any) {
		chunks = append(chunks, object{
			"id": a.ID, "object": "chat.completion.chunk", "model": a.Model, "usage": nil,
			"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}},
		})
	}
	chunk(object{"role": "assistant", "content": ""}, nil)
	for _, piece := range cut(r, a.Reasoning) {
		chunk(object{"reasoning_content": piece}, nil)
	}
	for _, piece := range cut(r, a.Text) {
		chunk(object{"content": piece}, nil)
	}
	for i, c := range a.Calls {
		chunk(object{"tool_calls": []object{{"index": i, "id": c.ID, "type": "function", "function": object{"name": c.Name, "arguments": ""}}}}, nil)
		for _, piece := range cut(r, c.Arguments) {
			chunk(object{"tool_calls": []object{{"index": i, "function": object{"arguments": piece}}}}, nil)
		}
	}
	chunk(object{}, "stop")
	if a.Usage != nil {
		chunks = append(chunks, object{"id": a.ID, "model": a.Model, "choices": []object{}, "usage": a.Usage.chat()})
	}
	return whole, sse(chunks, false, done)
}

// Completions encodes the text of an answer of /v1/completions.
func Completions(r *rand.Rand, a Answer) (whole, stream string) {
	choice := func(text string, finish any) []object {
		return []object{{"index": 0, "text": text, "finish_reason": finish, "logprobs": nil}}
	}
	whole = encode(object{"id": a.ID, "object": "text_completion", "model": a.Model, "choices": choice(a.Text, "length"), "usage": a.Usage.chat()})
	var chunks []object
	for _, piece := range cut(r, a.Text) {
		chunks = append(chunks, object{"id": a.ID, "object": "text_completion", "model": a.Model, "choices": choice(piece, nil)})
	}
	chunks = append(chunks, object{"id": a.ID, "model": a.Model, "choices": choice("", "length"), "usage": a.Usage.chat()})
	return whole, sse(chunks, false, done)
}

func (u *Usage) responses() any {
	if u == nil {
		return nil
	}
	return object{
		"input_tokens": u.Input, "input_tokens_details": object{"cached_tokens": u.Cached}, "output_tokens": u.Output,
		"output_tokens_details": object{"reasoning_tokens": 0}, "total_tokens": u.Input + u.Output,
	}
}

// Responses encodes an answer of /v1/responses. Without final the last event lacks the output, as some servers have it.
func Responses(r *rand.Rand, a Answer, final bool) (whole, stream string) {
	s := responseStream{r: r}
	if a.Reasoning != "" {
		s.reasoning(a.Reasoning)
	}
	s.message(a.Text)
	for _, c := range a.Calls {
		s.call(c)
	}
	response := func(status string, output any, usage any) object {
		return object{"id": a.ID, "object": "response", "model": a.Model, "status": status, "error": nil, "output": output, "usage": usage}
	}
	whole = encode(response("completed", s.output, a.Usage.responses()))
	events := []object{{"type": "response.created", "response": response("in_progress", []object{}, nil)}}
	events = append(events, s.events...)
	output := []object{}
	if final {
		output = s.output
	}
	events = append(events, object{"type": "response.completed", "response": response("completed", output, a.Usage.responses())})
	for i := range events {
		events[i]["sequence_number"] = i
	}
	return whole, sse(events, true, "")
}

type responseStream struct {
	r      *rand.Rand
	events []object
	output []object
}

func (s *responseStream) add(kind string, event object) {
	event["type"] = "response." + kind
	event["output_index"] = len(s.output)
	s.events = append(s.events, event)
}

func (s *responseStream) message(text string) {
	part := object{"type": "output_text", "text": text, "annotations": []object{}}
	s.add("output_item.added", object{"item": object{"id": "msg_1", "type": "message", "role": "assistant", "content": []object{}}})
	s.add("content_part.added", object{"item_id": "msg_1", "content_index": 0, "part": object{"type": "output_text", "text": ""}})
	for _, piece := range cut(s.r, text) {
		s.add("output_text.delta", object{"item_id": "msg_1", "content_index": 0, "delta": piece})
	}
	s.add("output_text.done", object{"item_id": "msg_1", "content_index": 0, "text": text})
	s.add("content_part.done", object{"item_id": "msg_1", "content_index": 0, "part": part})
	s.done(object{"id": "msg_1", "type": "message", "role": "assistant", "content": []object{part}})
}

func (s *responseStream) reasoning(text string) {
	s.add("output_item.added", object{"item": object{"id": "rs_1", "type": "reasoning", "summary": []object{}}})
	for _, piece := range cut(s.r, text) {
		s.add("reasoning_summary_text.delta", object{"item_id": "rs_1", "summary_index": 0, "delta": piece})
	}
	s.add("reasoning_summary_text.done", object{"item_id": "rs_1", "summary_index": 0, "text": text})
	s.done(object{"id": "rs_1", "type": "reasoning", "summary": []object{{"type": "summary_text", "text": text}}})
}

func (s *responseStream) call(c Call) {
	item := func(arguments string) object {
		return object{"id": "fc_" + c.ID, "type": "function_call", "call_id": c.ID, "name": c.Name, "arguments": arguments}
	}
	s.add("output_item.added", object{"item": item("")})
	for _, piece := range cut(s.r, c.Arguments) {
		s.add("function_call_arguments.delta", object{"item_id": "fc_" + c.ID, "delta": piece})
	}
	s.add("function_call_arguments.done", object{"item_id": "fc_" + c.ID, "arguments": c.Arguments})
	s.done(item(c.Arguments))
}

func (s *responseStream) done(item object) {
	s.add("output_item.done", object{"item": item})
	s.output = append(s.output, item)
}

// Transcription encodes the text of an answer of /v1/audio/transcriptions.
func Transcription(r *rand.Rand, a Answer) (whole, stream string) {
	var usage any
	if a.Usage != nil {
		usage = object{
			"type": "tokens", "input_tokens": a.Usage.Input, "output_tokens": a.Usage.Output,
			"input_token_details": object{"audio_tokens": a.Usage.Cached, "text_tokens": a.Usage.Input - a.Usage.Cached},
		}
	}
	var events []object
	for _, piece := range cut(r, a.Text) {
		events = append(events, object{"type": "transcript.text.delta", "delta": piece})
	}
	events = append(events, object{"type": "transcript.text.done", "text": a.Text, "usage": usage})
	return encode(object{"text": a.Text, "usage": usage}), sse(events, true, "")
}

// Image encodes one image of /v1/images/generations.
func Image(_ *rand.Rand, a Answer) (whole, stream string) {
	var usage any
	if a.Usage != nil {
		usage = object{
			"input_tokens": a.Usage.Input, "output_tokens": a.Usage.Output,
			"input_tokens_details": object{"image_tokens": a.Usage.Cached, "text_tokens": a.Usage.Input - a.Usage.Cached},
		}
	}
	return encode(object{"created": 1, "data": []object{{"b64_json": "AAAA"}}, "usage": usage}), sse([]object{
		{"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "AA=="},
		{"type": "image_generation.completed", "b64_json": "AAAA", "usage": usage},
	}, true, "")
}

// Speech encodes a sound of /v1/audio/speech, whose whole form is the file itself.
func Speech(_ *rand.Rand, _ Answer) (whole, stream string) {
	return "ID3\x04\x00\xff\xfb\x90", sse([]object{
		{"type": "speech.audio.delta", "audio": "SUQzBA=="}, {"type": "speech.audio.done"},
	}, true, "")
}
