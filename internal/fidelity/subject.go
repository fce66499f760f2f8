package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// subject is a call under judgement.
type subject struct {
	*genai.Call
	d *genai.Detail
	// answered tells that the server gave an answer and no error, whole or not.
	answered bool
	// unseen tells that the request could not be seen, or not all of it.
	unseen bool
	// cut tells that we do not know all of the answer, through no fault of the server.
	cut bool
	// whole tells that the answer came to its end.
	whole bool
	// settled tells that nothing is open: all was seen, nothing of it is the prompt, and each choice came to its own end. What is
	// about nothing in such a call does not apply to it; to another one it may.
	settled bool
	traits  trait
	// flawless tells that we know all of the answer and the decoder noted no flaw in it.
	flawless bool
	// toolCalls counts the calls that the application has to run.
	toolCalls int
	schemas   *schemaCache
	redactor  Redactor
	past      past
	readings  []reading
	guide     guide
	known     known
	// spent is what judging the call has cost so far.
	spent account
	// applicable are the checks of the call that was judged before: mostly those of the next one, too.
	applicable list
}

// take makes a call the subject.
func (s *subject) take(c *genai.Call) {
	s.Call, s.d, s.unseen = c, c.Detail, c.RequestTruncated || c.Detail.RequestUnknown
	for i := range s.d.Choices {
		s.toolCalls += len(s.d.Choices[i].ToolCalls)
	}
	ok := c.HTTPStatus == 0 || s.succeeded() && c.ResponseBytes > 0
	switch c.ErrorType {
	case "":
		s.answered = ok
	case genai.ErrorClientAbort, genai.ErrorStreamBroken, genai.ErrorTimeout:
		s.answered = ok && c.HTTPStatus != 0
	}
	s.cut = c.ResponseTruncated || s.d.Restarted || c.ErrorType == genai.ErrorClientAbort || s.d.Flaws.Has(genai.FlawBroken)
	s.whole = s.answered && !s.cut && c.ErrorType == "" && s.d.InvalidEvents == 0
	s.settled = s.whole && !s.unseen && !s.mayEcho() && !s.anyChoice(func(c *genai.Choice) bool { return s.endOf(c) != endedItself })
	s.flawless = !s.cut && s.d.Flaws == genai.Flaws{}
	s.findTraits()
}

func (s *subject) anyChoice(is func(*genai.Choice) bool) bool {
	for i := range s.d.Choices {
		if is(&s.d.Choices[i]) {
			return true
		}
	}
	return false
}

func thought(c *genai.Choice) bool { return c.Reasoning != "" }

// serverRanTools tells whether the server ran tools itself and let the model go on with what they gave, as Anthropic's
// does. Its counts are then of several answers.
func (s *subject) serverRanTools() bool {
	return s.anyChoice(func(c *genai.Choice) bool {
		return len(c.ServerCalls) > 0 || c.Other && s.Provider == genai.ProviderAnthropic
	})
}

// otherOutput tells whether there is output that is neither text nor a call, such as a call of a tool of the server.
func (s *subject) otherOutput() bool {
	return s.anyChoice(func(c *genai.Choice) bool { return c.Other })
}

// usesNoModel tells that a program of the model went on with what a tool gave it, and came to its next call: the server counts
// nothing, as no model ran.
func (s *subject) usesNoModel() bool {
	u := &s.Usage
	return s.APIType == genai.APIResponses && s.toolCalls > 0 && s.otherOutput() && u.Input.N == 0 && u.Output.N == 0
}

// succeeded tells whether the HTTP status announced an answer.
func (s *subject) succeeded() bool { return s.HTTPStatus >= 200 && s.HTTPStatus < 300 }

// errored tells that the server itself reported an error, under whatever status.
func (s *subject) errored() bool {
	switch s.ErrorType {
	case "", genai.ErrorClientAbort, genai.ErrorStreamBroken, genai.ErrorTimeout:
		return false
	}
	return true
}

// ownForm tells whether answers come in a form of the server's own.
func (s *subject) ownForm() bool {
	switch s.Provider {
	case genai.ProviderOllama, genai.ProviderLlamaCpp, genai.ProviderSGLang, genai.ProviderTGI, genai.ProviderLMStudio:
		return true
	}
	return false
}

// generates tells whether the call makes text, as opposed to vectors or rankings.
func (s *subject) generates() bool { return s.is(generates) }

func (s *subject) makesText() bool {
	switch s.Operation {
	case genai.OperationChat, genai.OperationTextCompletion, genai.OperationGenerateContent:
		return s.Provider != genai.ProviderOllama || !s.loads()
	}
	return false
}

// loads tells whether the call only loads or unloads Ollama's model.
func (s *subject) loads() bool {
	if len(s.d.Choices) == 0 {
		return false
	}
	reason := s.d.Choices[0].FinishReason
	return reason == "load" || reason == "unload"
}

// promise is the common beginning of checks of an answer: asked tells whether the request has what the promise is
// about. It is a pass, and there is something to judge, only when the answer is there and whole.
func (s *subject) promise(asked bool) result {
	switch {
	case !s.answered:
		return notApplicable
	case !asked && s.unseen && s.generates(): // what other requests ask for does not tell whether a promise concerns their answers
		return undecidable
	case !asked:
		return notApplicable
	case !s.whole:
		return undecidable
	}
	return pass
}

// promised judges a promise that an answer has kept or broken.
func (s *subject) promised(asked, broken bool) result {
	if r := s.promise(asked); r.verdict != Pass {
		return r
	}
	return failIf(broken, "")
}

// eachChoice judges the choices that came to their own end, and gives the worst result. One that ran into its length
// is undecidable, as is one of which part is the prompt; a refused or filtered one makes no promise.
func (s *subject) eachChoice(asked bool, judge func(*genai.Choice) result) result {
	if r := s.promise(asked && s.generates()); r.verdict != Pass {
		return r
	}
	if s.mayEcho() {
		return undecidable
	}
	worst := notApplicable
	for i := range s.d.Choices {
		c := &s.d.Choices[i]
		switch s.endOf(c) {
		case endedCut:
			worst = worse(worst, undecidable)
		case endedItself:
			worst = worse(worst, judge(c))
		}
	}
	return worst
}

// unlessUnseen takes a failure back where the part of the request that was not seen may ask for what fails.
func (s *subject) unlessUnseen(failure result) result {
	if s.unseen {
		return undecidable
	}
	return failure
}
