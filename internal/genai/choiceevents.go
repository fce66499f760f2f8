package genai

import (
	"strings"
	"unicode"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readChoiceEvents takes finish reasons and tool calls of a span that has them in events alone, as Strands' have: those of conventions
// before v1.37, or their event of a call.
func (f *foreign) readChoiceEvents(span ptrace.Span, c *Call) {
	if !isModelCall(c.Operation) || len(c.FinishReasons) > 0 || len(f.choices)+len(f.messageReasons) > 0 {
		return
	}
	for _, event := range span.Events().All() {
		switch event.Name() {
		case "gen_ai.choice":
			f.readChoiceEvent(event.Attributes())
		case "gen_ai.client.inference.operation.details":
			if messages, ok := event.Attributes().Get(AttrOutputMessages); ok && len(f.messageReasons) == 0 {
				f.readOutput(messages)
				f.spoken = true
			}
		}
	}
}

func (f *foreign) readChoiceEvent(attributes pcommon.Map) {
	reason, told := attributes.Get("finish_reason")
	if !told || reason.Str() == "" || len(f.choices) == contentChoiceMax {
		return
	}
	if message, ok := attributes.Get("message"); ok && len(f.choices) == 0 { // Strands gives one
		f.readToolCalls(message.Str())
	}
	f.addChoice(len(f.choices), snake(reason.Str()))
	f.spoken = true
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
