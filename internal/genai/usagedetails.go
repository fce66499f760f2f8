package genai

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// readUsageDetails takes token counts from a JSON object, either as an API sent it, where the counts of details are
// parts of the whole, or in Langfuse's own names, where they exclude each other: input, input_cache_read and so on.
// Side says whether they are of the input or output where the names do not. Details have none of their own: each more would copy
// all within it once more.
func (f *foreign) readUsageDetails(side, text string) {
	var details map[string]json.RawMessage
	if !readJSON(text, &details) {
		return
	}
	var more unnamed
	u, whole := &f.call.Usage, side != ""
	for _, name := range slices.Sorted(maps.Keys(details)) {
		raw := details[name]
		if strings.HasPrefix(string(raw), "{") {
			if side == "" {
				f.readUsageDetails(detailsOf(name), string(raw))
			}
			continue
		}
		var n int64
		if json.Unmarshal(raw, &n) != nil || n < 0 {
			continue
		}
		n = min(n, TokensMax+1) // as impossible as more, and its sums do not run over
		switch name {
		case "prompt_tokens", "input_tokens":
			u.Input, whole = Known(n), true
		case "completion_tokens", "output_tokens":
			u.Output, whole = Known(n), true
		case "input":
			u.Input = Known(n)
		case "output":
			u.Output = Known(n)
		case "total", "total_tokens":
			f.total = Known(n)
		default:
			if part := f.partOf(side, name); part != nil {
				*part = Known(n)
			} else {
				more.read(name, n, u)
			}
		}
	}
	if more.written > u.CacheWrite.N {
		u.CacheWrite = Known(more.written)
	}
	if !whole {
		f.addParts(&more)
	}
}

// unnamed are details without a count of their own, by their sums.
type unnamed struct{ input, output, written int64 }

// read takes a detail. What was written to the cache may stand once more by how long it is kept there, or so alone, as LangChain has it.
func (d *unnamed) read(name string, n int64, u *Usage) {
	switch {
	case strings.HasSuffix(name, "ephemeral_5m_input_tokens"):
		d.written += n
	case strings.HasSuffix(name, "ephemeral_1h_input_tokens"):
		d.written += n
		u.CacheWriteLong = Known(n)
	case strings.HasPrefix(name, "cached_modality_"):
		u.CacheRead = Known(min(u.CacheRead.N, TokensMax+1) + n)
	case strings.HasPrefix(name, "input_"):
		d.input += n
	case strings.HasPrefix(name, "output_"):
		d.output += n
	}
}

// detailsOf tells of which side an object of details is.
func detailsOf(name string) string {
	if strings.HasPrefix(name, "completion") || strings.HasPrefix(name, "output") {
		return "output"
	}
	return "input"
}

// partOf gives the count that a detail is; nil for one that has none.
func (f *foreign) partOf(side, name string) *Count {
	if side == "" {
		if side = "input"; strings.HasPrefix(name, "output_") {
			side = "output"
		}
		name = strings.TrimPrefix(name, side+"_")
	} else {
		name = strings.TrimPrefix(name, "priority_") // which Langfuse does not take off the whole
	}
	name = strings.TrimPrefix(name, "flex_")
	u := &f.call.Usage
	if name == "thoughts_token_count" { // Vertex AI's, which its output lacks
		return &u.Reasoning
	}
	switch side + " " + name {
	case "input cache_read", "input cached_tokens", "input cache_read_input_tokens":
		return &u.CacheRead
	case "input cache_creation", "input cache_write_tokens", "input cache_creation_input_tokens":
		return &u.CacheWrite
	case "input audio", "input audio_tokens":
		return &u.AudioInput
	case "output reasoning", "output reasoning_tokens":
		return &u.Reasoning
	case "output audio", "output audio_tokens":
		return &u.AudioOutput
	}
	return nil
}

// addParts makes wholes of counts that exclude each other. A detail that has no count of its own may be part of another one: of such
// there are no more than the total has room for.
func (f *foreign) addParts(more *unnamed) {
	u := &f.call.Usage
	for _, n := range u.counts() { // another attribute may have said any
		n.N = min(n.N, TokensMax+1)
	}
	if u.Input.Known {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N + u.AudioInput.N
	}
	if u.Output.Known {
		u.Output.N += u.Reasoning.N + u.AudioOutput.N
	}
	if f.total.Known && f.total.N < u.Input.N+u.Output.N+more.input+more.output {
		return
	}
	if u.Input.Known {
		u.Input.N += more.input
	}
	if u.Output.Known {
		u.Output.N += more.output
	}
}
