package llmtapreceiver

import (
	"regexp"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

const (
	defaultReplacement = "[redacted]"
	// redactCut shows that a text was cut at limits::redact_bytes.
	redactCut = "…[cut]"
)

// redactor takes out of captured content what must not be kept. Without rules it changes nothing.
type redactor struct {
	rules    []redaction
	bytesMax int
	onCut    func()
}

type redaction struct {
	pattern     *regexp.Regexp
	replacement string
}

func newRedactor(cfg *Config, onCut func()) *redactor {
	r := &redactor{bytesMax: cfg.Limits.RedactBytes, onCut: onCut}
	for _, rule := range cfg.Redact {
		replacement := rule.Replacement
		if replacement == "" {
			replacement = defaultReplacement
		}
		r.rules = append(r.rules, redaction{regexp.MustCompile(rule.Pattern), replacement}) // checked by Validate
	}
	return r
}

// apply redacts all that a call keeps of its bodies.
func (r *redactor) apply(call *genai.Call) {
	if len(r.rules) == 0 || call.Content == nil {
		return
	}
	call.Content.Request = r.text(call.Content.Request)
	call.Content.Response = r.text(call.Content.Response)
	for i, evidence := range call.Fidelity.Evidence {
		call.Fidelity.Evidence[i] = r.text(evidence)
	}
}

func (r *redactor) text(text string) string {
	if len(text) > r.bytesMax {
		r.onCut()
		text = strings.ToValidUTF8(text[:r.bytesMax], "") + redactCut
	}
	for _, rule := range r.rules {
		text = rule.pattern.ReplaceAllString(text, rule.replacement)
	}
	return text
}
