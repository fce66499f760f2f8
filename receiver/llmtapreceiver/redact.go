package llmtapreceiver

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/redact"
)

const defaultReplacement = "[redacted]"

// RedactConfig replaces what a pattern matches in captured content.
type RedactConfig struct {
	// Pattern is a regular expression of Go, whose time grows linearly with the text.
	Pattern string `mapstructure:"pattern"`
	// Replacement takes its place; $1 stands for the first group. Default: [redacted].
	Replacement string `mapstructure:"replacement"`
}

// Validate reports a pattern that does not compile.
func (r *RedactConfig) Validate() error {
	if r.Pattern == "" {
		return errors.New("pattern: is missing")
	}
	if _, err := regexp.Compile(r.Pattern); err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	return nil
}

// newRedactor gives the redactor of a valid configuration.
func newRedactor(cfg *Config, onCut func()) *redact.Redactor {
	var rules []redact.Rule
	for _, rule := range cfg.Redact {
		rules = append(rules, redact.Rule{Pattern: regexp.MustCompile(rule.Pattern), Replacement: cmp.Or(rule.Replacement, defaultReplacement)})
	}
	return redact.New(rules, cfg.Limits.RedactBytes, onCut)
}
