package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
)

// text takes in what an event brings of the text of a part.
func (a *responseAnswer) text(e *responseEvent, kind partKind, place int) (piece bool) {
	if it := a.items.find(e); it != nil {
		if p := it.part(kind, place); p != nil {
			return a.gather(&p.text, e, genai.FlawTextDiffers)
		}
	}
	a.Cut = true
	return false
}

// arguments takes in what an event brings of the arguments of a tool call.
func (a *responseAnswer) arguments(e *responseEvent) (piece bool) {
	if it := a.items.find(e); it != nil {
		return a.gather(&it.arguments, e, genai.FlawArgumentsDiffer)
	}
	a.Cut = true
	return false
}

// gather takes in a piece of a text, or a text that is complete. differs is the flaw of one that is not what its pieces came to.
func (a *responseAnswer) gather(text *[]byte, e *responseEvent, differs genai.Flaw) (piece bool) {
	flaws := &a.form.flaws
	if len(e.done) > 0 {
		piece = len(*text) == 0 // some send no deltas before it
		flaws.AddIf(piece, genai.FlawNoDelta)
		flaws.AddIf(!piece && !bytes.Equal(*text, e.done), differs)
		*text = shared(e.done)
	}
	flaws.AddIf(e.endsEmpty() && len(*text) > 0, differs)
	a.Append(text, e.delta)
	return piece || len(e.delta) > 0
}

// endsEmpty tells that a done event gives an empty text. Servers may write one into the events of deltas, too.
func (e *responseEvent) endsEmpty() bool {
	return e.hasDone && len(e.done) == 0 && bytes.HasSuffix(e.kind, []byte(".done"))
}
