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

// readAgento11y takes attributes of Grafana's SDKs.
func (f *foreign) readAgento11y(name string, v pcommon.Value) bool {
	switch {
	case name == "sdk.name":
		f.agento11y.sdk = v.Str()
	case strings.HasPrefix(name, "framework."):
		f.agento11y.framework = true
	default:
		return false
	}
	return true
}

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
