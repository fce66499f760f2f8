package genaiprocessor

import (
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
)

// judge lets the fidelity checks look at calls that the tap has not seen, as far as their spans have the content.
type judge struct{ *fidelity.Judge }

func (j judge) apply(call *genai.Call, from *origin) {
	if len(call.Fidelity.Applicable) > 0 || len(call.Fidelity.Undecidable) > 0 || !genai.ReadContent(from.span, call) {
		return
	}
	j.Apply(call)
	genai.PutFidelity(&call.Fidelity, from.span)
}
