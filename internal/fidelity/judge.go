package fidelity

import (
	"slices"
	"strings"
	"sync"

	"github.com/llmtap/llmtap/internal/genai"
)

// group is checks that a call has nothing to do with unless it has a trait.
type group struct {
	of     trait
	checks []Check
	// flaws tells that the checks are all of flaws that the decoder notes: an answer that has none keeps all their promises.
	flaws bool
}

func of(t trait, checks []Check) group      { return group{t, checks, false} }
func flawsOf(t trait, checks []Check) group { return group{t, checks, true} }

var groups = []group{
	of(offersTools, toolChecks),
	of(anyCall, outputChecks),
	of(endsForTools, toolFinishChecks),
	of(reasons, onlyReasoningChecks),
	of(callsTools, toolCallChecks),
	flawsOf(chatCallStream, toolDeltaChecks),
	of(wantsForm, structuredChecks),
	of(anyCall, answerChecks),
	flawsOf(succeeded, deliveryChecks),
	flawsOf(generated, replacementChecks),
	of(anyStream, streamChecks),
	flawsOf(anyStream, streamFormChecks),
	flawsOf(eventStream, eventFormChecks),
	of(chatStream, chatStreamChecks),
	flawsOf(chatStream, chatFormChecks),
	flawsOf(chatOnlyStream, chatRoleChecks),
	flawsOf(responsesStream, responsesChecks),
	of(messagesStream, messagesEndChecks),
	flawsOf(messagesStream, messagesChecks),
	of(ollamaStream, ollamaChecks),
	of(usesResponses, rememberedChecks),
	of(promptIsLong, truncationChecks),
	of(anyCall, identityChecks),
	of(anyCall, usageChecks),
	of(countsMore, usageDetailChecks),
	of(anyStream, streamUsageChecks),
	of(asksMore, requestChecks),
	of(anyCall, reasoningChecks),
	flawsOf(chatAnswer, reasoningNameChecks),
	of(ranks, vectorChecks),
	of(refused, errorChecks),
	of(succeeded, hiddenErrorChecks),
	of(anyStream, midstreamChecks),
	of(hasMedia, multimodalChecks),
}

var checks, judging = planned(groups)

// plan is what Apply reads for each call, near each other: the rest of a check serves only who reads of it.
type plan struct {
	steps []step
	// counting are the checks that count as applicable: those whose class is not Information.
	counting set
}

// step is a group, with the place of its first check.
type step struct {
	of     trait
	judges []func(*subject) result
	first  int
	flaws  bool
	all    set
}

func planned(groups []group) (checks []Check, p plan) {
	for _, g := range groups {
		checks = append(checks, g.checks...)
	}
	judges := make([]func(*subject) result, len(checks))
	for i := range checks {
		judges[i] = checks[i].judge
		if checks[i].Class != Information {
			p.counting.add(i)
		}
	}
	first := 0
	for _, g := range groups {
		next := step{of: g.of, judges: judges[first : first+len(g.checks)], first: first, flaws: g.flaws}
		for i := range g.checks {
			next.all.add(first + i)
		}
		p.steps = append(p.steps, next)
		first += len(g.checks)
	}
	return checks, p
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
	s.schemas = j.schemas
	j.history.recall(s)
	var f genai.Fidelity // it becomes the call's only when it is whole: a check may panic
	var applicable set
	for i := range judging.steps {
		step := &judging.steps[i]
		if !s.is(step.of) {
			continue
		}
		if step.flaws && s.flawless {
			applicable.join(&step.all)
			continue
		}
		for i, judge := range step.judges {
			switch r := judge(s); r.verdict {
			case NotApplicable:
			case Pass:
				applicable.add(step.first + i)
			default:
				if c.Content == nil {
					r.evidence = ""
				}
				if record(&f, &checks[step.first+i], r, redactor) {
					applicable.add(step.first + i)
				}
			}
		}
	}
	applicable.keep(&judging.counting)
	if applicable != s.applicable.set {
		s.applicable = j.lists.of(applicable)
	}
	f.Applicable, f.ApplicableText = s.applicable.ids, s.applicable.text
	c.Fidelity = f
	*s = subject{applicable: s.applicable}
	j.subjects.Put(s)
}

// record writes down what is not a pass, and tells whether it was decided.
func record(f *genai.Fidelity, check *Check, r result, redactor Redactor) bool {
	class := check.Class
	if r.class != 0 {
		class = r.class
	}
	if r.verdict == Undecidable {
		if check.Class != Information {
			f.Undecidable = append(f.Undecidable, check.ID)
		}
		return false
	}
	switch class {
	case Violation:
		f.Failed = append(f.Failed, check.ID)
	case Suspicion:
		f.Suspected = append(f.Suspected, check.ID)
	case Information:
		f.Noted = append(f.Noted, check.ID)
	}
	if evidence := r.evidence; evidence != "" {
		if redactor != nil { // before the text is cut: half of a secret is none to the rules
			evidence = redactor.Redact(evidence, evidenceBytesMax)
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
