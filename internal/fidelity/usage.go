package fidelity

import (
	"fmt"

	"github.com/llmtap/llmtap/internal/genai"
)

// usageChecks judge token counts.
var usageChecks = []Check{
	{"usage.missing", Violation, Server, Accounting,
		"An answer reports its usage, input and output; a stream of completions only when asked.", when(anyCall, usageMissing)},
	{"usage.zero", Violation, Server, Accounting,
		"A count is not 0 where there is a prompt or an output.", when(anyCall, usageZero)},
	{"usage.total_mismatch", Violation, Server, Accounting,
		"The total is the sum of input and output. A total that has reasoning or sound besides is noted.", when(anyCall, usageTotalMismatch)},
	{"usage.tokens_vs_bytes", Suspicion, Server, Accounting,
		"There are between 0.05 and 1.5 output tokens for each byte of output.", when(anyCall, tokensPerByte)},

	// What not every usage has.

	{"usage.reasoning_gt_completion", Information, Server, Accounting,
		"Reasoning tokens are part of the output tokens.", when(countsMore, reasoningOverOutput)},
	{"usage.cached_gt_prompt", Violation, Server, Accounting,
		"No more tokens come from the cache than the prompt has.", when(countsMore, cachedOverInput)},
	{"usage.completion_gt_max", Violation, Server, Accounting,
		"There are no more output tokens than were allowed, times the choices. Reasoning beyond that is noted, and text that is too long " +
			"for them suspected where they are not counted.",
		when(countsMore, outputOverMax)},
	{"usage.completion_lt_min", Violation, Server, Accounting,
		"There are no fewer output tokens than were asked for at least, times the choices.", when(countsMore, outputUnderMin)},
	{"usage.details_missing", Information, Server, Accounting,
		"The usage of the Responses API has its details.", flawIn(responsesAnswer, genai.FlawUsageDetails)},
	{"usage.reasoning_text_without_tokens", Information, Server, Accounting,
		"Reasoning text is counted as reasoning tokens.", when(countsMore, reasoningNotCounted)},
	{"usage.logprobs_len", Suspicion, Server, Accounting,
		"There are about as many log probabilities as output tokens, and no more.", when(countsMore, logprobsLength)},

	// When token counts come in a stream.

	{"usage.requested_but_missing", Violation, Server, Accounting,
		"A stream whose request includes usage reports it, input and output.", when(anyStream, usageRequestedButMissing)},
	{"usage.unrequested", Information, Server, Accounting,
		"A stream of completions reports usage only when asked.", when(anyStream, usageUnrequested)},
	{"usage.continuous_not_monotone", Violation, Server, Accounting,
		"Counts, of each choice or of all, do not fall in the course of a stream.", flawIn(chatStream, genai.FlawUsageFalls)},
	{"usage.anthropic_start_delta_disagree", Information, Server, Accounting,
		"message_start and message_delta count the same input tokens.", flawIn(messagesStream, genai.FlawUsageDisagrees)},
}

// reports tells whether the API has usage in its answers.
func (s *subject) reports() bool {
	embeds := s.Operation == genai.OperationEmbeddings && s.Provider != genai.ProviderOllama
	return s.HTTPStatus != 0 && (s.generates() || embeds) && !s.d.UsageOff
}

func (s *subject) reported() bool {
	return s.Usage.Source == genai.UsageReported || s.Usage.Source == genai.UsageInjected
}

// reportsBoth tells whether there are the counts that the API's usage has to have. Those of servers' own APIs leave out some.
func (s *subject) reportsBoth() bool {
	u := &s.Usage
	return s.reported() && (s.ownForm() || !s.generates() || u.Input.Known && u.Output.Known)
}

func usageMissing(s *subject) result {
	if r := s.promise(s.reports() && !s.is(chatStream)); r.verdict != Pass {
		return r
	}
	if s.APIType == genai.APIResponses && len(s.FinishReasons) == 0 {
		return notApplicable // it is queued and goes on in the background
	}
	missing := failIf(!s.reportsBoth(), "")
	if missing.verdict == Fail && s.ownForm() { // whose requests may want an answer without it
		return s.unlessUnseen(missing)
	}
	return missing
}

func usageRequestedButMissing(s *subject) result {
	return s.promised(s.is(chatStream) && s.d.IncludeUsage, !s.reportsBoth())
}

// usageUnrequested judges no call of Mistral's API, which reports usage in streams unasked.
func usageUnrequested(s *subject) result {
	asked := s.d.IncludeUsage || s.Usage.Source == genai.UsageInjected || s.Provider == genai.ProviderMistral
	return s.promised(s.is(chatStream) && !asked, s.reported())
}

func usageZero(s *subject) result {
	if r := s.promise(s.reported() && !s.usesNoModel()); r.verdict != Pass {
		return r
	}
	u := &s.Usage
	switch {
	case u.Input.Known && u.Input.N == 0 && (s.d.PromptTextBytes > 0 || s.d.Embedding != nil && s.d.Embedding.Text):
		return fail("input 0")
	case u.Output.Known && u.Output.N == 0 && s.outputBytes() > 0 && !s.mayEcho():
		return fail("output 0")
	}
	return pass
}

// outputBytes is the size of all text that the model wrote.
func (s *subject) outputBytes() (sum int64) {
	for i := range s.d.Choices {
		c := &s.d.Choices[i]
		sum += int64(len(c.Text) + len(c.Reasoning) + len(c.Refusal))
		for j := range c.ToolCalls {
			sum += int64(len(c.ToolCalls[j].Name) + len(c.ToolCalls[j].Arguments))
		}
	}
	return sum
}

// usageTotalMismatch counts no output where there is none, as of vectors.
func usageTotalMismatch(s *subject) result {
	u, total := &s.Usage, s.d.TotalTokens
	counted := u.Input.Known && (u.Output.Known || s.Operation == genai.OperationEmbeddings)
	if r := s.promise(s.reported() && total.Known && counted); r.verdict != Pass {
		return r
	}
	switch sound := total.N - u.Input.N - u.Output.N; {
	case sound > 0 && (sound == u.AudioInput.N || u.AudioTime > 0): // Mistral, which bills it by the second
		return failAs(Information, "")
	case sound != 0 && !s.countedBeside(sound):
		return fail(fmt.Sprintf("%d + %d is not %d", u.Input.N, u.Output.N, total.N))
	case s.d.RawOutput.Known && s.d.RawOutput.N != u.Output.N:
		return failAs(Information, "")
	}
	return pass
}

// countedBeside tells that the total differs by the reasoning that the server counts neither in it nor in the output.
func (s *subject) countedBeside(difference int64) bool {
	return s.d.RawOutput.Known && difference == s.d.RawOutput.N-s.Usage.Output.N
}

func reasoningOverOutput(s *subject) result {
	u, output := &s.Usage, s.Usage.Output
	if s.d.RawOutput.Known {
		output = s.d.RawOutput
	}
	return s.promised(s.reported() && u.Reasoning.Known && u.Output.Known, u.Reasoning.N > output.N)
}

func cachedOverInput(s *subject) result {
	u := &s.Usage
	return s.promised(s.reported() && u.Input.Known && u.CacheRead.Known, u.CacheRead.N > u.Input.N)
}

func outputOverMax(s *subject) result {
	u, allowed := &s.Usage, s.d.MaxTokens
	bounded := s.generates() && allowed.Known && allowed.N > 0 && !s.serverRanTools()
	if bounded && !s.reported() {
		return s.textOverMax()
	}
	asked := s.reported() && bounded && u.Output.Known && s.d.BestOf <= 1
	if r := s.promise(asked); r.verdict != Pass {
		return r
	}
	most := allowed.N * int64(max(1, s.d.ChoiceCount, len(s.d.Choices)))
	evidence := fmt.Sprintf("%d of %d", u.Output.N, allowed.N)
	switch {
	case u.Output.N <= most:
		return pass
	case u.Output.N-u.Reasoning.N <= most:
		return failAs(Information, evidence)
	case s.unseen: // it may allow more elsewhere, or want the best of several
		return undecidable
	}
	return s.inWord(s.d.BoundWord, fail(evidence))
}

// outputUnderMin judges only answers that ended by the model's own end: a limit comes before the minimum, and so do SGLang's stop strings
// and its grammars, which end an answer that can have no more.
func outputUnderMin(s *subject) result {
	if !s.ofCompletions() {
		return notApplicable
	}
	u, least := &s.Usage, s.d.MinTokens.N*int64(len(s.d.Choices))
	asked := s.reported() && u.Output.Known && s.d.MinTokens.N > 0 && !s.serverRanTools()
	return s.eachChoice(asked, func(c *genai.Choice) result {
		switch {
		case u.Output.N >= least:
			return pass
		case s.anyCut(), s.mayBeStopped(c), s.is(wantsForm):
			return undecidable
		}
		return s.inWord(genai.WordOfEngines, fail(fmt.Sprintf("%d of %d", u.Output.N, least)))
	})
}

// textOverMax suspects an answer that is not counted of more tokens than were allowed where its text is too long for these.
func (s *subject) textOverMax() result {
	if r := s.promise(s.HTTPStatus != 0 && !s.mayEcho()); r.verdict != Pass {
		return r
	}
	bytes := s.outputBytes()
	for i := range s.d.Choices {
		bytes -= int64(len(s.d.Choices[i].Reasoning))
	}
	most := s.d.MaxTokens.N * int64(max(1, s.d.ChoiceCount, len(s.d.Choices)))
	if bytes < outputBytesJudged || bytes <= most*bytesPerTokenMax {
		return pass
	}
	return s.unlessUnseen(s.inWord(s.d.BoundWord, failAs(Suspicion, fmt.Sprintf("%d bytes, %d tokens", bytes, s.d.MaxTokens.N))))
}

func reasoningNotCounted(s *subject) result {
	if r := s.promise(s.reported() && s.generates()); r.verdict != Pass {
		return r
	}
	if !s.anyChoice(thought) {
		return notApplicable
	}
	return failIf(s.Usage.Reasoning.N == 0, "")
}

// Limits of what a token may be: sixteen letters to one, or three tokens to two bytes. Short outputs say nothing, and
// markup around each call costs tokens that are no output.
const (
	outputBytesJudged = 256
	bytesPerTokenMax  = 20
	overheadTokens    = 64 // of the markup of one choice or call
)

func tokensPerByte(s *subject) result {
	u := &s.Usage
	if r := s.promise(s.reported() && s.generates() && u.Output.Known); r.verdict != Pass {
		return r
	}
	bytes := s.outputBytes()
	if s.anyChoice(func(c *genai.Choice) bool { return c.Other || c.Hidden }) {
		return notApplicable
	}
	if bytes < outputBytesJudged || u.Reasoning.N > 0 || u.AudioOutput.N > 0 || s.countsOther() {
		return notApplicable
	}
	noText := s.d.Rejected.N + int64(overheadTokens*(len(s.d.Choices)+s.toolCalls))
	summed := s.anyChoice(thought) // what is shown of thinking may be a summary
	if tokens := u.Output.N; tokens*bytesPerTokenMax < bytes || 2*(tokens-noText) > 3*bytes && !summed {
		return s.unlessUnseen(fail(fmt.Sprintf("%d tokens, %d bytes", tokens, bytes)))
	}
	return pass
}

// countsOther tells whether the text is not all that is counted as output, or more than that.
func (s *subject) countsOther() bool { return s.mayEcho() || s.d.BestOf > 1 || s.d.ThinkingHidden }

// mayEcho tells whether the text may begin with the prompt, as requests of completions may ask for.
func (s *subject) mayEcho() bool {
	return s.d.Echoed || s.unseen && s.Operation == genai.OperationTextCompletion
}

// logprobsSlack is for the end of the turn, which some count and some do not, frameSlack for the marks around an answer,
// which OpenAI's newer models count.
const (
	logprobsSlack = 1
	frameSlack    = 12
)

func logprobsLength(s *subject) result {
	u := &s.Usage
	if r := s.promise(s.reported() && s.d.LogprobsAsked && u.Output.Known && len(s.d.Choices) == 1 && s.toolCalls == 0); r.verdict != Pass {
		return r
	}
	c := &s.d.Choices[0]
	if c.LogprobTokens == 0 || c.Reasoning != "" || u.Reasoning.N > 0 || s.countsOther() {
		return notApplicable
	}
	difference := u.Output.N - int64(c.LogprobTokens)
	return failIf(difference > frameSlack || difference < -logprobsSlack, "")
}
