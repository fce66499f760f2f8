package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// agento11y is what spans of Grafana's SDKs of this name, which were sigil, tell of how they count.
type agento11y struct {
	// sdk is which of them it is; they all say that.
	sdk string
	// framework tells that a framework counted: most have wholes.
	framework bool
	// inclusive tells that the input has the caches in it; versions before 0.16 did not say so, nor had those of Anthropic.
	inclusive bool
	agent     string
}

var agento11yNames = dialect{
	"agento11y.sdk.name":                  (*foreign).readAgento11y,
	"sigil.sdk.name":                      (*foreign).readAgento11y,
	"gen_ai.token.semantics":              func(f *foreign, v pcommon.Value) { f.agento11y.inclusive = v.Str() == "inclusive" },
	"agento11y.gen_ai.usage.total_tokens": (*foreign).readTotal,
}

func (f *foreign) readAgento11y(v pcommon.Value) { f.agento11y.sdk = v.Str() }

// rawness is as the SDK counts. The plugins of pi and opencode have the caches apart of every provider. JavaScript's has the AI SDK's
// counts too, of which some versions have wholes, and Python's has added Gemini's thoughts for long.
func (a *agento11y) rawness() rawness {
	switch {
	case a.sdk == "" || a.inclusive || a.framework:
		return rawNone
	case a.agent == "pi", a.agent == "opencode", strings.HasPrefix(a.agent, "opencode:"):
		return rawApart
	case a.sdk == "sdk-js":
		return rawNone
	case a.sdk == "sdk-python":
		return rawAnthropic
	}
	return rawAll
}
