package fidelity

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/llmtap/llmtap/internal/genai"
)

var checks = slices.Concat(
	toolChecks, toolCallChecks, structuredChecks, streamChecks, responsesChecks, messagesChecks, ollamaChecks, stateChecks, usageChecks,
	requestChecks, vectorChecks, errorChecks, multimodalChecks,
)

// step is what Apply reads of neighbouring checks of one trait, near each other: the rest of a check serves only who reads of it.
type step struct {
	of      trait
	forFlaw bool
	judges  []func(*subject) result
	first   int // place of their first
	all     set
}

// counting are the checks that count as applicable: those whose class is not Information.
var steps, counting = planned(checks)

func planned(checks []Check) (steps []*step, counting set) {
	for i := range checks {
		check := &checks[i]
		if check.Class != Information {
			counting.add(i)
		}
		if n := len(steps); n == 0 || steps[n-1].of != check.of || steps[n-1].forFlaw != check.forFlaw {
			steps = append(steps, &step{of: check.of, forFlaw: check.forFlaw, first: i})
		}
		last := steps[len(steps)-1]
		last.judges = append(last.judges, check.judge)
		last.all.add(i)
	}
	return steps, counting
}

// Checks gives all checks, in the order in which they are documented.
func Checks() []Check { return slices.Clone(checks) }

// Judge judges calls. It remembers earlier calls, within limits, and may be used by several goroutines at once.
type Judge struct {
	schemas  *schemaCache
	history  *history
	lists    lists
	subjects sync.Pool
}

// NewJudge makes a Judge that remembers nothing yet.
func NewJudge() *Judge {
	return &Judge{schemas: newSchemaCache(), history: newHistory(historyCallsMax), subjects: sync.Pool{New: func() any { return new(subject) }}}
}

// Redactor takes out of a text what must not be kept, and may leave out what is behind the first bytesMax bytes.
type Redactor interface {
	Redact(text string, bytesMax int) string
}

// Apply writes the verdicts of all checks into the call. A call without detail is left alone. Evidence is kept only
// when the call has its content.
func (j *Judge) Apply(c *genai.Call) { j.ApplyRedacting(c, nil) }

// ApplyRedacting is Apply with a redactor of the evidence.
func (j *Judge) ApplyRedacting(c *genai.Call, redactor Redactor) {
	if c.Detail == nil {
		return
	}
	s, _ := j.subjects.Get().(*subject)
	s.take(c)
	s.schemas, s.redactor = j.schemas, redactor
	j.history.recall(s)
	var f genai.Fidelity // it becomes the call's only when it is whole: a check may panic
	var applicable set
	for _, step := range steps {
		if s.is(step.of) {
			step.apply(s, &f, &applicable)
		}
	}
	applicable.keep(&counting)
	if applicable != s.applicable.set {
		s.applicable = j.lists.of(applicable)
	}
	f.Applicable, f.ApplicableText = s.applicable.ids, s.applicable.text
	c.Fidelity = f
	clear(s.readings)
	*s = subject{applicable: s.applicable, readings: s.readings[:0]}
	j.subjects.Put(s)
}

// apply judges a call by the checks of a step.
func (p *step) apply(s *subject, f *genai.Fidelity, applicable *set) {
	if p.forFlaw && s.flawless {
		applicable.join(&p.all)
		return
	}
	for i, judge := range p.judges {
		r := judge(s)
		if r.verdict == Pass || r.verdict > Pass && s.record(f, &checks[p.first+i], r) {
			applicable.add(p.first + i)
		}
	}
}

// record writes down what is not a pass, and tells whether it was decided.
func (s *subject) record(f *genai.Fidelity, check *Check, r result) (decided bool) {
	if r.verdict == Undecidable {
		if check.Class != Information {
			f.Undecidable = append(f.Undecidable, check.ID)
		}
		return false
	}
	switch cmp.Or(r.class, check.Class) {
	case Violation:
		f.Failed = append(f.Failed, check.ID)
	case Suspicion:
		f.Suspected = append(f.Suspected, check.ID)
	case Information:
		f.Noted = append(f.Noted, check.ID)
	}
	if evidence := r.evidence; evidence != "" && s.Content != nil {
		if s.redactor != nil { // before the text is cut: half of a secret is none to the rules
			evidence = s.redactor.Redact(evidence, evidenceBytesMax)
		}
		f.Evidence = append(f.Evidence, check.ID+": "+snippet(evidence))
	}
	return true
}

// evidenceBytesMax bounds the evidence of one check.
const evidenceBytesMax = 200

// snippet gives the beginning of a text on one line.
func snippet(text string) string {
	if len(text) > evidenceBytesMax {
		text = strings.ToValidUTF8(text[:evidenceBytesMax], "") + "…"
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
