package fidelity

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// group is checks that a call has nothing to do with unless when says so; nil stands for any call.
type group struct {
	when   func(*subject) bool
	checks []Check
}

var groups = []group{
	{nil, toolChecks},
	{(*subject).callsTools, toolCallChecks},
	{chatCallStream, toolDeltaChecks},
	{(*subject).wantsForm, structuredChecks},
	{nil, streamChecks},
	{chatStream, chatStreamChecks},
	{responsesStream, responsesChecks},
	{messagesStream, messagesChecks},
	{ollamaStream, ollamaChecks},
	{nil, stateChecks},
	{nil, usageChecks},
	{nil, requestChecks},
	{(*subject).ranks, vectorChecks},
	{nil, errorChecks},
	{(*subject).hasMedia, multimodalChecks},
}

// Checks gives all checks, in the order in which they are documented.
func Checks() (all []Check) {
	for i := range groups {
		all = append(all, groups[i].checks...)
	}
	return all
}

func (s *subject) callsTools() bool { return s.toolCalls > 0 || s.unseen }

func (s *subject) wantsForm() bool {
	return s.wantsJSON() || len(s.d.ResponseSchema) > 0 || len(s.d.AnswerChoice) > 0 || s.d.AnswerRegex != "" || s.unseen ||
		s.APIType == responsesAPI
}

func (s *subject) ranks() bool { return s.d.Embedding != nil || s.d.Rerank != nil }

func (s *subject) hasMedia() bool { return s.InputImages+s.InputAudios > 0 || s.unseen }

// Judge judges calls. It remembers earlier calls, within limits, and may be used by several goroutines at once.
type Judge struct {
	schemas *schemaCache
	history *history
}

// NewJudge makes a Judge that remembers nothing yet.
func NewJudge() *Judge { return &Judge{schemas: newSchemaCache(), history: newHistory()} }

// Apply writes the verdicts of all checks into the call. A call without detail is left alone. Evidence is kept only
// when the call has its content.
func (j *Judge) Apply(c *genai.Call) {
	if c.Detail == nil {
		return
	}
	s := newSubject(c)
	s.schemas = j.schemas
	s.past = j.history.recall(s)
	f := genai.Fidelity{Applicable: make([]string, 0, applicableTypical)}
	for i := range groups {
		if groups[i].when != nil && !groups[i].when(s) {
			continue
		}
		for j := range groups[i].checks {
			check := &groups[i].checks[j]
			if r := check.judge(s); r.verdict != NotApplicable {
				record(&f, check, r, c.Content != nil)
			}
		}
	}
	c.Fidelity = f
}

// applicableTypical is how many checks of a streamed answer with tools can be judged.
const applicableTypical = 48

func record(f *genai.Fidelity, check *Check, r result, evidence bool) {
	class := check.Class
	if r.class != 0 {
		class = r.class
	}
	if check.Class != Information {
		if r.verdict == Undecidable {
			f.Undecidable = append(f.Undecidable, check.ID)
			return
		}
		f.Applicable = append(f.Applicable, check.ID)
	}
	if r.verdict != Fail {
		return
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
