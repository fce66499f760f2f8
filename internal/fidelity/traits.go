package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// trait is something in a call that checks are about.
type trait uint32

const (
	anyCall trait = 1 << iota

	// What the request has, or may have where it was not seen.
	offersTools
	wantsForm
	asksMore
	hasMedia
	usesResponses
	promptIsLong

	// What the answer is.
	generates
	succeeded
	refused
	generated
	chatAnswer
	responsesAnswer
	responsesTools
	ranks
	callsTools
	endsForTools
	reasons
	countsMore

	// How it was streamed.
	anyStream
	eventStream
	chatStream
	chatOnlyStream
	chatCallStream
	responsesStream
	messagesStream
	ollamaStream

	// How it failed.
	plainError
	shapedError
	typedStreamError
	toldToWait
)

// is tells whether the call has one of the traits.
func (s *subject) is(of trait) bool { return s.traits&of != 0 }

func (s *subject) note(of trait, is bool) {
	if is {
		s.traits |= of
	}
}

// findTraits finds all traits at once: what each check would look for is in a few places.
func (s *subject) findTraits() {
	s.traits = anyCall
	s.findRequested()
	s.findAnswered()
	s.findStreamed()
	if !s.succeeded() || s.errored() {
		s.findFailed()
	}
}

func (s *subject) findRequested() {
	d, responses := s.d, s.APIType == genai.APIResponses
	s.note(offersTools, len(d.Tools) > 0 || d.ToolChoice.Mode != "" || s.toolCalls > 0 || len(d.TurnResultIDs) > 0 || s.unseen)
	s.note(wantsForm, s.wantsJSON() || len(d.ResponseSchema) > 0 || len(d.AnswerChoice) > 0 || d.AnswerRegex != "" || s.unseen || responses)
	s.note(asksMore, d.ChoiceCount > 1 || d.LogprobsAsked || len(d.Stop) > 0 || d.Sampling.Seed.Known || d.ReasoningOff || d.Echoed || s.unseen ||
		s.lacksChoices() || s.addsChoices() || s.prompts() > 1)
	s.note(hasMedia, s.InputImages+s.InputAudios > 0 || s.unseen)
	s.note(usesResponses, responses || s.APIType == "" && s.unseen) // an SDK's may, whose API is not known
	s.note(promptIsLong, !s.settled || d.PromptTextBytes >= shrinkTextBytesMin)
}

func (s *subject) findAnswered() {
	s.note(generates, s.makesText())
	s.note(succeeded, s.succeeded())
	s.note(refused, s.HTTPStatus >= 400 || s.errored())
	s.note(generated, s.succeeded() && s.generates())
	s.note(chatAnswer, s.answered && s.APIType == genai.APIChatCompletions)
	s.note(responsesAnswer, s.answered && s.APIType == genai.APIResponses && s.generates())
	s.note(responsesTools, s.is(responsesAnswer) && s.is(offersTools))
	s.note(ranks, s.d.Embedding != nil || s.d.Rerank != nil)
	s.note(callsTools, s.toolCalls > 0 || s.unseen)
	s.note(endsForTools, !s.settled || s.anyChoice(func(c *genai.Choice) bool { return isToolFinish(c.FinishReason) }))
	s.note(reasons, !s.settled || s.anyChoice(thought))
	u := &s.Usage
	s.note(countsMore, s.is(reasons) || u.Reasoning.Known || u.CacheRead.Known || s.d.MaxTokens.Known || s.d.MinTokens.Known || s.d.LogprobsAsked ||
		s.APIType == genai.APIResponses)
}

func (s *subject) findStreamed() {
	if !s.Stream || !s.succeeded() {
		return
	}
	ollama, chat := s.Provider == genai.ProviderOllama, s.APIType == genai.APIChatCompletions
	s.note(anyStream, true)
	s.note(eventStream, !ollama)
	s.note(chatStream, chat || s.Operation == genai.OperationTextCompletion && !s.ownForm())
	s.note(chatOnlyStream, chat)
	s.note(chatCallStream, chat && s.toolCalls > 0)
	s.note(responsesStream, s.APIType == genai.APIResponses && s.generates())
	s.note(messagesStream, s.Provider == genai.ProviderAnthropic)
	s.note(ollamaStream, ollama)
}

// findFailed takes for a shaped error one of OpenAI's or Anthropic's APIs, whose form is published. Those of others, Cohere's
// and the servers' own, have forms of their own.
func (s *subject) findFailed() {
	upstream := s.fromUpstream()
	s.note(plainError, s.HTTPStatus >= 400 && !s.Stream && s.ResponseBytes > 0 && upstream)
	s.note(shapedError, s.errored() && upstream && (s.Provider == genai.ProviderOpenAI || s.Provider == genai.ProviderAnthropic))
	s.note(typedStreamError, s.errored() && s.is(responsesStream|messagesStream))
	s.note(toldToWait, (s.HTTPStatus == 429 || s.HTTPStatus == 503) && upstream)
}
