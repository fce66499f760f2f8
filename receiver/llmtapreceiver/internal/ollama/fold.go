package ollama

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// lines is what the lines of an answer amount to. A whole answer is a stream of one line.
type lines struct {
	answer.Answer
	drawn bool // the answer is a picture, of which nothing is counted
	// vectors are those of the answer; nil where it has text.
	vectors *genai.Embedding
}

// fold takes a line in.
func (l *lines) fold(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	done := false
	var reason []byte
	for key := range r.Object {
		switch string(key) {
		case "model":
			answer.KeepFirst(&l.Model, r.Whole())
		case "message":
			if r.Kind() == jsonscan.Object {
				piece = l.message(r) || piece
			} else {
				failure.Member(key, r)
			}
		case "response":
			piece = l.text(&l.Choice(0).Text, r) || piece
		case "thinking":
			piece = l.text(&l.Choice(0).Reasoning, r) || piece
		case "image": // of /api/generate
			l.drawn = l.drawn || r.Kind() == jsonscan.String
			l.Choice(0).Other = l.drawn
			piece = piece || l.drawn
			r.Skip()
		case "tool_calls": // the same
			piece = l.calls(l.Choice(0), r) || piece
		case "embeddings":
			l.readVectors(r)
		case "embedding": // of /api/embeddings
			l.readVector(r)
		case "done":
			done = r.True()
		case "done_reason":
			reason = r.Whole()
		case "prompt_eval_count":
			l.Usage.Input = answer.Count(r, l.Usage.Input)
		case "prompt_eval_cached_count": // of these, since 0.33
			l.Usage.CacheRead = answer.Count(r, l.Usage.CacheRead)
		case "eval_count":
			l.Usage.Output = answer.Count(r, l.Usage.Output)
		case "logprobs":
			if r.Kind() == jsonscan.Array {
				l.Choice(0).Logprobs = true
			}
		default:
			failure.Member(key, r)
		}
	}
	l.Fail(&failure)
	if done {
		l.end(reason)
	}
	return piece
}

func (l *lines) readVectors(r *jsonscan.Reader) {
	if l.vectors == nil {
		return
	}
	l.vectors.Listed = r.Kind() == jsonscan.Array
	for range r.Array {
		l.readVector(r)
	}
}

// readVector reads a list of numbers; an empty one is none.
func (l *lines) readVector(r *jsonscan.Reader) {
	if l.vectors == nil || r.Kind() != jsonscan.Array {
		return
	}
	l.vectors.Listed = true
	v := genai.Vector{Index: len(l.vectors.Vectors), Zero: true}
	answer.MeasureVector(&v, r.Raw())
	switch {
	case v.Dimensions == 0:
	case len(l.vectors.Vectors) >= answer.VectorsMax:
		l.Cut = true
	default:
		l.vectors.Vectors = append(l.vectors.Vectors, v)
	}
}

// end takes the last line in. One that only loads or unloads the model uses no tokens.
func (l *lines) end(reason []byte) {
	l.Ended = true
	c := l.Choice(0)
	if c.Finish = jsonscan.Name(reason); c.Finish == "" {
		c.Finish = "stop" // Ollama before 0.1.37 gives no reason
	}
	l.NoEstimate = c.Finish == "load" || c.Finish == "unload"
}

func (l *lines) message(r *jsonscan.Reader) (piece bool) {
	c := l.Choice(0)
	for key := range r.Object {
		switch string(key) {
		case "content":
			piece = l.text(&c.Text, r) || piece
		case "thinking":
			piece = l.text(&c.Reasoning, r) || piece
		case "tool_calls":
			piece = l.calls(c, r) || piece
		}
	}
	return piece
}

func (l *lines) text(field *[]byte, r *jsonscan.Reader) (some bool) {
	text := r.Text()
	l.Append(field, text)
	return len(text) > 0
}

func (l *lines) calls(c *answer.Choice, r *jsonscan.Reader) (some bool) {
	for range r.Array {
		some = true
		l.call(c, r)
	}
	return some
}

func (l *lines) call(c *answer.Choice, r *jsonscan.Reader) {
	call := l.NewCall(c)
	if call == nil {
		return
	}
	call.Index = len(c.Calls) - 1
	for key := range r.Object {
		switch string(key) {
		case "id":
			call.ID = r.Name()
		case "function":
			l.function(call, r)
		}
	}
}

func (l *lines) function(call *answer.ToolCall, r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "name":
			call.Name = r.Name()
		case "arguments":
			if value, isText, ok := r.TextOrRaw(); ok {
				l.Replace(&call.Arguments, value)
				call.NotText = isText
			}
		}
	}
}
