package fidelity

import (
	"fmt"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// stateChecks judge what a server remembers.
var stateChecks = []Check{
	// What the Responses API remembers and repeats.

	{"state.previous_response_id_ignored", Violation, Server, Stateful,
		"A response that continues another one says so and counts its tokens; one of a conversation names it. A suspicion where it does not " +
			"speak of one.", when(usesResponses, previousIgnored)},
	{"state.previous_response_unknown_accepted", Suspicion, Server, Stateful,
		"A previous response that this tap never saw is not continued.", when(usesResponses, previousUnknown)},
	{"state.store_not_honoured", Suspicion, Server, Stateful,
		"A response is stored unless the request says otherwise, and can be continued.", when(usesResponses, storeNotHonoured)},
	{"state.echo_mismatch", Information, Server, Stateful,
		"Parameters are repeated in the answer as sent.", flawIn(responsesAnswer, genai.FlawEchoDiffers)},

	// What a server took in of the prompt at hand.

	{"state.prompt_shrink", Suspicion, Server, Stateful,
		"The prompt's tokens grow with its text. Otherwise the server has cut it without a word.", when(promptIsLong, promptShrink)},
	{"state.truncation_disabled_violated", Violation, Server, Stateful,
		"A prompt is not cut when the request forbids it.", when(promptIsLong, truncationDisabled)},

	// What answers are called, and by whom they are.

	{"state.id_collision", Violation, Server, Stateful,
		"No two responses to different requests have the same id, unless the client chose it.", when(anyCall, idCollision)},
	{"model.substituted", Information, Server, Stateful,
		"The answering model is the one asked for, or a dated release of it.", when(anyCall, modelSubstituted)},
}

// continues tells whether a response continues another one.
func (s *subject) continues() bool {
	return s.generates() && s.APIType == genai.APIResponses && s.PreviousResponseID != ""
}

func previousIgnored(s *subject) result {
	if s.d.Conversation != "" && s.PreviousResponseID == "" && s.APIType == genai.APIResponses {
		return s.conversationIgnored()
	}
	if r := s.promise(s.continues()); r.verdict != Pass {
		return r
	}
	if s.d.EchoedResponseID != s.PreviousResponseID {
		return fail("")
	}
	// The prompt of the response before is part of this one's, but for reasoning, which servers leave out, and what tools
	// of the server gave.
	before := &s.past.previous
	if s.past.comparable(before) && s.reported() && !before.ranTools && !s.d.ShorteningAsked && !s.anyCut() && !s.usesNoModel() {
		return failIf(2*s.Usage.Input.N < s.carriedOver(before), fmt.Sprintf("%d after %d", s.Usage.Input.N, before.input))
	}
	return pass
}

func (s *subject) conversationIgnored() result {
	r := s.promised(s.generates(), s.d.EchoedConversation != s.d.Conversation)
	if r.verdict == Fail && !s.d.ConversationTold {
		return failAs(Suspicion, "")
	}
	return r
}

// storeNotHonoured can only suspect that a response was lost: it may have been deleted, or kept for its time.
func storeNotHonoured(s *subject) result {
	switch {
	case s.errored() && s.d.PreviousMissing && s.past.previous.stored:
		return fail(s.PreviousResponseID)
	case !s.is(responsesAnswer):
		return notApplicable
	case s.cut:
		return undecidable
	}
	return failIf(s.d.Flaws.Has(genai.FlawStoreEcho), "")
}

// besideBytesPerToken is the fewest bytes that instructions and tools have to a token, about.
const besideBytesPerToken = 2

// carriedOver gives how many tokens of a prompt the next response takes over: not those of other instructions and tools
// than its own, which each request gives anew.
func (s *subject) carriedOver(before *seen) int64 {
	if before.version == s.PromptVersion {
		return before.input
	}
	return before.input - before.beside/besideBytesPerToken
}

// anyCut tells whether a choice ran into a length.
func (s *subject) anyCut() bool {
	return s.anyChoice(func(c *genai.Choice) bool { return s.endOf(c) == endedCut })
}

// previousUnknown can only suspect: the response may have been made before the tap started, or past another one.
func previousUnknown(s *subject) result {
	return s.promised(s.continues(), !s.past.previous.known && s.d.EchoedResponseID != s.PreviousResponseID)
}

// Limits of how much text a token of a long prompt can stand for.
const (
	shrinkTextBytesMin  = 8 << 10
	promptBytesPerToken = 20 // no tokenizer makes so few of a text that is not one long repetition
	contextSizeSlack    = 2
	// grownBytesPerToken is what is more than sparse text has, such as indented JSON, after a dense one, such as a tool's
	// numbers or ids.
	grownBytesPerToken = 12
	// contextBytesPerToken is what makes a count that is a usual context size suspicious.
	contextBytesPerToken = 6
)

func promptShrink(s *subject) result { return shrunk(s, false) }

// shrunk judges a prompt by its tokens. surely leaves out that there are a few less than before, as when reasoning of
// earlier turns is no longer part of the prompt.
func shrunk(s *subject, surely bool) result {
	u := &s.Usage
	asked := s.generates() && s.reported() && u.Input.Known && s.d.PromptTextBytes >= shrinkTextBytesMin &&
		!s.countsOnlyNewTokens() && !s.d.ShorteningAsked && !s.usesNoModel()
	if r := s.promise(asked); r.verdict != Pass {
		return r
	}
	text, tokens := s.d.PromptTextBytes, u.Input.N
	evidence := func() result { return fail(fmt.Sprintf("%d tokens of %d bytes", tokens, text)) }
	before := &s.past.turn
	if s.past.comparable(before) && before.version == s.PromptVersion && before.input > 0 && text > before.textBytes && !s.d.PastReasoning {
		missing := (tokens-before.input)*grownBytesPerToken < text-before.textBytes && tokens*before.textBytes*2 < before.input*text
		if missing || tokens < before.input && !surely {
			return evidence()
		}
	}
	if tokens*promptBytesPerToken < text || isContextSize(tokens) && tokens*contextBytesPerToken < text {
		return evidence()
	}
	return pass
}

// countsOnlyNewTokens tells whether the server leaves out what its cache had: Ollama did in its own API.
func (s *subject) countsOnlyNewTokens() bool {
	return s.Provider == genai.ProviderOllama && s.APIType == ""
}

// isContextSize tells whether a count is a usual size of a context: a power of two from 2048 on.
func isContextSize(tokens int64) bool {
	for size := int64(2048); size <= 1<<20; size *= 2 {
		if tokens >= size-contextSizeSlack && tokens <= size+contextSizeSlack {
			return true
		}
	}
	return false
}

func truncationDisabled(s *subject) result {
	if !s.d.TruncationOff {
		return notApplicable
	}
	return shrunk(s, true)
}

// idCollision lets the same answer have the same id, as one from a cache has, whatever differs in the requests.
func idCollision(s *subject) result {
	r := s.promise(s.ResponseID != "" && s.PromptHash != 0 && s.generates())
	before := &s.past.sameID
	switch {
	case r.verdict != Pass:
		return r
	case !before.known || before.request == s.PromptHash || before.answer == s.answerHash():
		return pass
	case isMasked(s.ResponseID), s.isClientsOwn(s.ResponseID):
		return notApplicable
	}
	return fail(s.ResponseID)
}

// clientIDBytesMin is how long an id of the client has to be to be found in another one not by chance.
const clientIDBytesMin = 4

// isClientsOwn tells whether the client chose the id: vLLM and SGLang make it out of what the request says, which one may give to
// all calls of a task.
func (s *subject) isClientsOwn(id string) bool {
	return len(s.ClientRequestID) >= clientIDBytesMin && strings.Contains(id, s.ClientRequestID)
}

// maskedBytes is how long a run of one character no id has by chance.
const maskedBytes = 16

// isMasked tells whether something on the way has put a mask in the place of ids: a word for it, or one character again
// and again.
func isMasked(id string) bool {
	run := 0
	for i := 1; i < len(id); i++ {
		if run++; id[i] != id[i-1] {
			run = 0
		}
		if run+1 >= maskedBytes {
			return true
		}
	}
	return strings.Contains(strings.ToLower(id), "redacted")
}

func modelSubstituted(s *subject) result {
	if r := s.promise(s.RequestModel != "" && s.ResponseModel != ""); r.verdict != Pass {
		return r
	}
	if strings.HasPrefix(s.ResponseModel, s.RequestModel) {
		return pass
	}
	asked, answered := strings.TrimSuffix(baseModel(s.RequestModel), "-latest"), baseModel(s.ResponseModel)
	return failIf(!strings.HasPrefix(answered, asked) && !strings.HasPrefix(asked, answered), s.ResponseModel)
}

// baseModel gives the last part of a model's path, in lower case.
func baseModel(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
}

func streamParity(s *subject) result {
	if !s.toolsUsable() || !s.past.asked.known || s.past.asked.stream == s.past.now.stream {
		return notApplicable
	}
	a, b := s.past.asked, s.past.now
	return failIf(a.calls && b.markup || b.calls && a.markup, "")
}

// seedNotDeterministic compares only what was asked in the same words: much of a request has a say in its answer.
func seedNotDeterministic(s *subject) result {
	if !s.d.Sampling.Repeats() || !s.past.asked.known || s.past.asked.request != s.past.now.request {
		return notApplicable
	}
	return failIf(s.past.asked.text != s.past.now.text, "")
}
