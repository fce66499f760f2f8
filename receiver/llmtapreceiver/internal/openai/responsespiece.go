package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
)

// text takes a piece of text, or a text that is complete, in.
func (a *responseAnswer) text(e *responseEvent, kind partKind, place int) (piece bool) {
	it := a.items.find(e, false)
	if it == nil {
		a.Cut = true
		return false
	}
	p := it.part(kind, place)
	if p == nil {
		a.Cut = true
		return false
	}
	if len(e.done) > 0 {
		piece = len(p.text) == 0 // some send no deltas before it
		a.form.flaws.AddIf(piece, genai.FlawNoDelta)
		a.form.flaws.AddIf(!piece && !bytes.Equal(p.text, e.done), genai.FlawTextDiffers)
		p.text = shared(e.done)
	}
	a.form.flaws.AddIf(e.endsEmpty() && len(p.text) > 0, genai.FlawTextDiffers)
	a.Append(&p.text, e.delta)
	return piece || len(e.delta) > 0
}

// endsEmpty tells that a done event gives an empty text. Servers may write one into the events of deltas, too.
func (e *responseEvent) endsEmpty() bool {
	return e.hasDone && len(e.done) == 0 && bytes.HasSuffix(e.kind, []byte(".done"))
}

// arguments takes a part of a tool call's arguments, or all of them, in.
func (a *responseAnswer) arguments(e *responseEvent) (piece bool) {
	it := a.items.find(e, false)
	if it == nil {
		a.Cut = true
		return false
	}
	if len(e.done) > 0 {
		piece = len(it.arguments) == 0
		a.form.flaws.AddIf(piece, genai.FlawNoDelta)
		a.form.flaws.AddIf(!piece && !bytes.Equal(it.arguments, e.done), genai.FlawArgumentsDiffer)
		it.arguments = shared(e.done)
	}
	a.form.flaws.AddIf(e.endsEmpty() && len(it.arguments) > 0, genai.FlawArgumentsDiffer)
	a.Append(&it.arguments, e.delta)
	return piece || len(e.delta) > 0
}
