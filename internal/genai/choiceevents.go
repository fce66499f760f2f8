package genai

import (
	"strings"
	"unicode"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readChoiceEvents takes finish reasons and tool calls of a span that has them in the events of conventions before v1.37 alone, as Strands'
// have.
func (f *foreign) readChoiceEvents(span ptrace.Span, c *Call) {
	if !isModelCall(c.Operation) || len(c.FinishReasons) > 0 || len(f.choices) > 0 {
		return
	}
	choices := 0
	for _, event := range span.Events().All() {
		reason, told := event.Attributes().Get("finish_reason")
		if event.Name() != "gen_ai.choice" || !told || choices == contentChoiceMax {
			continue
		}
		f.addChoice(choices, snake(reason.Str()))
		if message, ok := event.Attributes().Get("message"); ok && choices == 0 { // Strands gives one
			f.readToolCalls(message.Str())
		}
		f.spoken = true
		choices++
	}
}

// snake gives a word as others write it: Strands for JavaScript has endTurn for end_turn.
func snake(word string) string {
	var b strings.Builder
	lower := false
	for _, r := range word {
		if lower && unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return b.String()
}
