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
	// redactBeyond is how much is searched behind the place of a cut, so that a match that it goes through is found.
	redactBeyond = 64 << 10
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

// apply redacts the bodies that a call keeps.
func (r *redactor) apply(call *genai.Call) {
	if len(r.rules) == 0 || call.Content == nil {
		return
	}
	for _, body := range []*string{&call.Content.Request, &call.Content.Response} {
		if len(*body) > r.bytesMax {
			r.onCut()
		}
		*body = r.Redact(*body, r.bytesMax)
	}
}

// Redact takes out of a text what must not be kept. Of one that is longer than bytesMax it gives what had stood before.
func (r *redactor) Redact(text string, bytesMax int) string {
	if len(r.rules) > 0 && len(text) > bytesMax {
		return r.cut(text[:min(len(text), bytesMax+redactBeyond)], bytesMax)
	}
	for _, rule := range r.rules {
		text = rule.pattern.ReplaceAllString(text, rule.replacement)
	}
	return text
}

// cut cuts a text behind the rules: before them it would leave half of a match that no rule knows.
func (r *redactor) cut(text string, at int) string {
	for _, rule := range r.rules {
		text, at = rule.replace(text, at)
	}
	return strings.ToValidUTF8(text[:at], "") + redactCut
}

// replace also tells where a place of the text is after it: behind the replacement of a match that the place is in.
func (r *redaction) replace(text string, place int) (string, int) {
	var out []byte
	done, after := 0, -1
	for _, match := range r.pattern.FindAllStringSubmatchIndex(text, -1) {
		begin, end := match[0], match[1]
		if after < 0 && place <= begin {
			after = len(out) + place - done
		}
		out = append(out, text[done:begin]...)
		out = r.pattern.ExpandString(out, r.replacement, text, match)
		if done = end; after < 0 && place < end {
			after = len(out)
		}
	}
	if after < 0 {
		after = len(out) + place - done
	}
	return string(append(out, text[done:]...)), after
}
