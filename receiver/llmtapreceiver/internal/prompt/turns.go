package prompt

import (
	"bytes"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// callIDsMax bounds the ids of tool calls, and those of their results, that are kept of a request.
const callIDsMax = 1024

// turns gathers what fidelity checks compare between the calls of a conversation.
type turns struct {
	detail *genai.Detail
	hash   xxhash.Digest
	begun  bool
	bytes  int64
	kind   []byte
	callID string
}

// member reads a member of a message that says of which tool call it is.
func (t *turns) member(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "type":
		t.kind = r.Text()
	case "call_id": // of an item of the Responses API
		t.callID = r.Name()
	case "tool_call_id":
		t.result(r.Name())
	case "tool_calls":
		for range r.Array {
			for key := range r.Object {
				switch string(key) {
				case "id":
					t.call(r.Name())
				case "function":
					t.text(r.Raw())
				}
			}
		}
	case "arguments", "input", "reasoning_content", "thinking":
		t.text(r.Raw())
	case "tools": // that the model found by searching
		t.detail.MoreTools = true
	}
}

// end ends a message, whose text is raw.
func (t *turns) end(raw []byte) {
	switch {
	case t.callID == "":
	case bytes.HasSuffix(t.kind, []byte("_output")):
		t.result(t.callID)
	default:
		t.call(t.callID)
	}
	t.kind, t.callID = nil, ""
	if !t.begun {
		t.hash.Reset()
		t.begun = true
	}
	_, _ = t.hash.Write(raw)
	if len(t.detail.Messages) < genai.MessagesMax {
		t.detail.Messages = append(t.detail.Messages, genai.Message{Hash: t.hash.Sum64(), TextBytes: t.bytes})
	}
}

func (t *turns) call(id string) {
	if id != "" && len(t.detail.TurnCallIDs) < callIDsMax {
		t.detail.TurnCallIDs = append(t.detail.TurnCallIDs, id)
	}
}

func (t *turns) result(id string) {
	if id != "" && len(t.detail.TurnResultIDs) < callIDsMax {
		t.detail.TurnResultIDs = append(t.detail.TurnResultIDs, id)
	}
}

func (t *turns) text(raw []byte) {
	n := textBytes(raw)
	t.bytes += n
	t.detail.PromptTextBytes += n
}

// partIDs are the ids that a part of a message of the Messages API has.
type partIDs struct {
	kind   []byte
	call   string
	result string
}

func (p *partIDs) member(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "id":
		p.call = r.Name()
	case "tool_use_id":
		p.result = r.Name()
	}
}

func (t *turns) part(p *partIDs) {
	switch string(p.kind) {
	case "tool_use":
		t.call(p.call)
	case "tool_result":
		t.result(p.result)
	}
}

// unicodeSampleBytes is how much of a text is looked at for what part of its escapes is \u.
const unicodeSampleBytes = 4 << 10

// textBytes gives about the size of a JSON text without its escapes; \u stands for three bytes.
func textBytes(raw []byte) int64 {
	escapes := bytes.Count(raw, []byte{'\\'})
	if escapes == 0 {
		return int64(len(raw))
	}
	sample := raw[:min(len(raw), unicodeSampleBytes)]
	unicode := escapes * bytes.Count(sample, []byte(`\u`)) / max(1, bytes.Count(sample, []byte{'\\'}))
	return int64(len(raw) - escapes - 2*unicode)
}
