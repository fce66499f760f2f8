package fidelity

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of a pattern and the machine that it becomes, and of all patterns of a schema.
const (
	patternBytesMax = 1024
	patternStepsMax = 10_000
	schemaStepsMax  = 20_000
	bytesPerStep    = 200
)

// pattern is a regular expression with the steps of its machine, at most.
type pattern struct {
	*regexp.Regexp
	steps int
}

// patterns compiles the patterns of one schema, each once: the validator asks for one again to check its form.
type patterns struct {
	known map[string]*pattern
	// weight is of their machines, in steps.
	weight int
}

// compile compiles a pattern of the dialect that Go and JavaScript share; another one makes its schema useless, as does
// one too many.
func (p *patterns) compile(text string) (jsonschema.Regexp, error) {
	if known, ok := p.known[text]; ok {
		return known, nil
	}
	if len(text) > patternBytesMax {
		return nil, errOver
	}
	if p.weight += foldedSteps(text); p.weight > schemaStepsMax {
		return nil, errOver
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := sizeOf(parsed).plus(machine{steps: 2})
	if p.weight += size.weight(); p.weight > schemaStepsMax || size.steps > patternStepsMax {
		return nil, errOver
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	if p.known == nil {
		p.known = map[string]*pattern{}
	}
	made := &pattern{compiled, size.steps}
	p.known[text] = made
	return made, nil
}

// differsByDialect tells whether servers differ in what a pattern means for a text: beyond ASCII, \w, \d, \s and \b know the
// characters of all scripts in the dialects of Python and Rust, and none or a few in those of JavaScript and Go.
func differsByDialect(pattern, text string) bool {
	if strings.IndexFunc(text, func(c rune) bool { return c > unicode.MaxASCII }) < 0 {
		return false
	}
	for {
		_, after, ok := strings.Cut(pattern, `\`)
		if !ok || after == "" {
			return false
		}
		if strings.IndexByte("wWdDsSbB", after[0]) >= 0 {
			return true
		}
		pattern = after[1:]
	}
}

// foldedStepsPerRange is how many steps are compiled while the letters of a long range are folded.
const foldedStepsPerRange = 8000

// foldedSteps is for ranges of letters of any script whose case does not matter: each of the letters is looked at.
func foldedSteps(text string) int {
	_, flags, ok := strings.Cut(text, "(?")
	ascii := strings.IndexFunc(text, func(c rune) bool { return c > 127 }) < 0 && !strings.Contains(text, `\x`)
	if !ok || ascii || !strings.Contains(flags, "i") {
		return 0
	}
	return foldedStepsPerRange * strings.Count(text, "-")
}

// machine is the size of what a part of a pattern becomes.
type machine struct {
	steps int
	// runes are the bounds of ranges in classes of characters. Repeated, a class is held again.
	runes int
}

// runesPerStep is how many bounds weigh as much as a step.
const runesPerStep = 32

func (m machine) weight() int { return m.steps + m.runes/runesPerStep }

func (m machine) plus(o machine) machine { return machine{m.steps + o.steps, m.runes + o.runes} }

func (m machine) times(n int) machine { return machine{n * m.steps, n * m.runes} }

// sizeOf gives the size of the machine at most. Compiling a pattern only to count its steps takes what is to be saved.
func sizeOf(re *syntax.Regexp) machine {
	sum := machine{}
	for _, sub := range re.Sub {
		sum = sum.plus(sizeOf(sub))
	}
	switch re.Op {
	case syntax.OpLiteral:
		return machine{steps: max(1, len(re.Rune))}
	case syntax.OpCharClass:
		return machine{steps: 1, runes: len(re.Rune)}
	case syntax.OpConcat:
		return sum
	case syntax.OpAlternate:
		return sum.plus(machine{steps: len(re.Sub)})
	case syntax.OpRepeat:
		return repeated(sum, re.Min, re.Max)
	case syntax.OpPlus, syntax.OpQuest:
		return sum.plus(machine{steps: 1})
	case syntax.OpStar, syntax.OpCapture:
		return sum.plus(machine{steps: 2})
	}
	return machine{steps: 1}
}

// repeated is a part as often as it may come, with a way past each one that may be missing.
func repeated(part machine, least, most int) machine {
	if most < 0 { // no bound
		return part.times(max(1, least)).plus(machine{steps: 2})
	}
	return part.times(max(1, most)).plus(machine{steps: most - least})
}
