package fidelity

import (
	"strings"
	"sync"

	"github.com/llmtap/llmtap/internal/genai"
)

// group is checks that a call has nothing to do with unless when says so; nil stands for any call.
type group struct {
	when   func(*subject) bool
	checks []Check
	// judges are those of the checks, near each other: the rest of a check serves only who reads of it.
	judges []func(*subject) result
	// informs tells of which checks the class is Information.
	informs []bool
}

var groups = prepared([]group{
	{when: (*subject).offersTools, checks: toolChecks},
	{checks: outputChecks},
	{when: (*subject).callsTools, checks: toolCallChecks},
	{when: chatCallStream, checks: toolDeltaChecks},
	{when: (*subject).wantsForm, checks: structuredChecks},
	{checks: answerChecks},
	{when: anyStream, checks: streamChecks},
	{when: chatStream, checks: chatStreamChecks},
	{when: responsesStream, checks: responsesChecks},
	{when: messagesStream, checks: messagesChecks},
	{when: ollamaStream, checks: ollamaChecks},
	{when: (*subject).usesResponses, checks: rememberedChecks},
	{checks: stateChecks},
	{checks: usageChecks},
	{when: anyStream, checks: streamUsageChecks},
	{when: (*subject).asksMore, checks: requestChecks},
	{checks: reasoningChecks},
	{when: (*subject).ranks, checks: vectorChecks},
	{when: (*subject).refused, checks: errorChecks},
	{when: (*subject).succeeded, checks: hiddenErrorChecks},
	{when: (*subject).hasMedia, checks: multimodalChecks},
})

func prepared(groups []group) []group {
	for i := range groups {
		for _, check := range groups[i].checks {
			groups[i].judges = append(groups[i].judges, check.judge)
			groups[i].informs = append(groups[i].informs, check.Class == Information)
		}
	}
	return groups
}

// Checks gives all checks, in the order in which they are documented.
func Checks() (all []Check) {
	for i := range groups {
		all = append(all, groups[i].checks...)
	}
	return all
}

func (s *subject) offersTools() bool {
	return len(s.d.Tools) > 0 || s.d.ToolChoice.Mode != "" || s.toolCalls > 0 || len(s.d.TurnResultIDs) > 0 || s.unseen
}

func (s *subject) callsTools() bool { return s.toolCalls > 0 || s.unseen }

func (s *subject) wantsForm() bool {
	return s.wantsJSON() || len(s.d.ResponseSchema) > 0 || len(s.d.AnswerChoice) > 0 || s.d.AnswerRegex != "" || s.unseen ||
		s.APIType == responsesAPI
}

// usesResponses takes a call of an SDK whose API is not known for one that may.
func (s *subject) usesResponses() bool {
	return s.APIType == responsesAPI || s.APIType == "" && s.unseen
}

func (s *subject) asksMore() bool {
	return s.d.ChoiceCount > 1 || s.d.LogprobsAsked || len(s.d.Stop) > 0 || s.d.HasSeed || s.d.ReasoningOff || s.unseen
}

func (s *subject) ranks() bool { return s.d.Embedding != nil || s.d.Rerank != nil }

func (s *subject) refused() bool { return s.HTTPStatus >= 400 || s.errored() }

func (s *subject) hasMedia() bool { return s.InputImages+s.InputAudios > 0 || s.unseen }

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

// Apply writes the verdicts of all checks into the call. A call without detail is left alone. Evidence is kept only
// when the call has its content.
func (j *Judge) Apply(c *genai.Call) {
	if c.Detail == nil {
		return
	}
	s, _ := j.subjects.Get().(*subject)
	s.take(c)
	s.schemas = j.schemas
	s.past = j.history.recall(s)
	var f genai.Fidelity
	var applicable set
	first := 0
	for i := range groups {
		g := &groups[i]
		if g.when == nil || g.when(s) {
			for k, judge := range g.judges {
				switch r := judge(s); {
				case r.verdict == NotApplicable:
				case r.verdict == Pass && !g.informs[k], r.verdict != Pass && record(&f, &g.checks[k], r, c.Content != nil):
					applicable.add(first + k)
				}
			}
		}
		first += len(g.checks)
	}
	f.Applicable, f.ApplicableText = j.lists.of(applicable)
	c.Fidelity = f
	*s = subject{}
	j.subjects.Put(s)
}

// record tells whether the check counts as applicable.
func record(f *genai.Fidelity, check *Check, r result, evidence bool) bool {
	class := check.Class
	if r.class != 0 {
		class = r.class
	}
	counts := check.Class != Information
	if counts && r.verdict == Undecidable {
		f.Undecidable = append(f.Undecidable, check.ID)
		return false
	}
	if r.verdict != Fail {
		return counts
	}
	switch class {
	case Violation:
		f.Failed = append(f.Failed, check.ID)
	case Suspicion:
		f.Suspected = append(f.Suspected, check.ID)
	case Information:
		f.Noted = append(f.Noted, check.ID)
	}
	if evidence && r.evidence != "" {
		f.Evidence = append(f.Evidence, check.ID+": "+snippet(r.evidence))
	}
	return counts
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
