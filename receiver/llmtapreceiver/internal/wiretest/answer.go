// Package wiretest encodes answers of models the way servers do, for tests of the decoders: one answer in the forms of
// every API, whole and streamed.
package wiretest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Answer is an answer of a model, in terms that all APIs share.
type Answer struct {
	ID, Model       string
	Text, Reasoning string
	Calls           []Call
	// Usage is what the server reports; nil when it does not.
	Usage *Usage
}

// Call is a tool call. Arguments is a JSON object.
type Call struct{ ID, Name, Arguments string }

// Usage are token counts. Input includes Cached.
type Usage struct{ Input, Cached, Output int64 }

// Random makes an answer.
func Random(r *rand.Rand) Answer {
	a := Answer{ID: "id-" + word(r), Model: "model-" + word(r), Text: text(r)}
	if r.IntN(2) == 0 {
		a.Reasoning = text(r)
	}
	for range r.IntN(3) {
		arguments, _ := json.Marshal(map[string]any{word(r): text(r), "n": r.IntN(1000)})
		a.Calls = append(a.Calls, Call{ID: "call-" + word(r) + word(r), Name: "tool_" + word(r), Arguments: string(arguments)})
	}
	if r.IntN(3) > 0 {
		cached := r.Int64N(100)
		a.Usage = &Usage{Input: cached + r.Int64N(1000), Cached: cached, Output: r.Int64N(1000)}
	}
	return a
}

func word(r *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	out := make([]byte, 4+r.IntN(5))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}
	return string(out)
}

// text is of what gives readers of JSON and of streams trouble.
func text(r *rand.Rand) string {
	pieces := []string{
		"plain ", "\n", "\r\n", "\n\n", `"`, `\`, "\t", "é", "漢字", "🙂", "data: ", "[DONE]", "event: error\n", "\u2028", "\x00", "{}", ": ", "</s>",
	}
	var out strings.Builder
	for range 1 + r.IntN(12) {
		out.WriteString(pieces[r.IntN(len(pieces))])
	}
	return out.String()
}

// cut cuts a text into pieces between characters.
func cut(r *rand.Rand, text string) (pieces []string) {
	for text != "" {
		n := 1 + r.IntN(9)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		n = min(n, len(text))
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

// object is a JSON object.
type object = map[string]any

func encode(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // of a value of our own
	}
	return string(out)
}

// sse frames events; names tells that they carry the value of their member type as a name.
func sse(events []object, names bool, end string) string {
	var out strings.Builder
	for _, event := range events {
		if name, ok := event["type"].(string); ok && names {
			out.WriteString("event: " + name + "\n")
		}
		out.WriteString("data: " + encode(event) + "\n\n")
	}
	return out.String() + end
}

// NamedEvents frames events whose names are their types.
func NamedEvents(events ...string) string {
	var out strings.Builder
	for _, event := range events {
		_, kind, _ := strings.Cut(event, `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		out.WriteString("event: " + kind + "\ndata: " + event + "\n\n")
	}
	return out.String()
}
