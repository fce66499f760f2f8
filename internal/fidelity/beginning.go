package fidelity

import "regexp/syntax"

// beginning finds out whether a text may be the beginning of what a pattern matches as a whole. What has to stand around a place, as \b
// demands, is not asked.
type beginning struct {
	program *syntax.Prog
	seen    []int // by step, the last place in a text at which it was come to
	place   int
}

func newBeginning(pattern string) (*beginning, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	return &beginning{program: program, seen: make([]int, len(program.Inst))}, nil
}

func (b *beginning) is(text string) bool {
	b.place++
	steps := b.reach(nil, uint32(b.program.Start))
	var next []uint32
	for _, c := range text {
		b.place++
		next = next[:0]
		for _, step := range steps {
			if inst := &b.program.Inst[step]; inst.MatchRune(c) {
				next = b.reach(next, inst.Out)
			}
		}
		steps, next = next, steps
	}
	return len(steps) > 0
}

// reach adds the steps that take a character, and that are come to from another one without.
func (b *beginning) reach(steps []uint32, step uint32) []uint32 {
	if b.seen[step] == b.place {
		return steps
	}
	b.seen[step] = b.place
	switch inst := &b.program.Inst[step]; inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return b.reach(b.reach(steps, inst.Out), inst.Arg)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return b.reach(steps, inst.Out)
	case syntax.InstFail, syntax.InstMatch:
		return steps
	}
	return append(steps, step)
}
