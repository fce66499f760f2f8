package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readUsageEvents takes the tokens of a span that has them in events, as Ax's have. Of several events of a stream the last goes.
func (f *foreign) readUsageEvents(span ptrace.Span, c *Call) {
	if c.Usage.Input.Known || f.call.Usage.Input.Known {
		return
	}
	for _, event := range span.Events().All() {
		if event.Name() != "gen_ai.usage" {
			continue
		}
		for name, value := range event.Attributes().All() {
			if strings.HasPrefix(name, "gen_ai.usage.") {
				readAttribute(c, f, name, value)
			}
		}
	}
}
