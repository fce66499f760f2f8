package fidelity

import (
	"fmt"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// requestChecks judge whether an answer has what the request's other parameters ask for.
var requestChecks = []Check{
	{"chat.n_mismatch", Violation, Server, Errors, "There are as many choices as were asked for, of each prompt.", when(asksMore, choicesMismatch)},
	{"chat.logprobs_ignored", Violation, Server, Errors,
		"Log probabilities that were asked for are there, unless reasoning is to be hidden, which they would show.", when(asksMore, logprobsIgnored)},
	{"chat.top_logprobs_count", Violation, Server, Errors,
		"Each token has as many alternatives as were asked for.", when(asksMore, topLogprobs)},
	{"chat.stop_string_in_output", Violation, Server, Errors,
		"A stop string ends the answer and is not in it.", when(asksMore, stopStringInOutput)},
	{"chat.seed_not_deterministic", Suspicion, Server, Errors,
		"The same request with a seed and temperature 0 has the same answer.", when(asksMore, seedNotDeterministic)},
	{"reasoning.present_despite_none", Suspicion, Server, Errors,
		"A request for no reasoning is answered without any, shown or only counted.", when(asksMore, reasoningDespiteNone)},

	// Where a model's thinking stands.

	{"reasoning.think_tag_in_content", Suspicion, Server, Errors,
		"A model's thinking does not stand in the text of a chat.", when(anyCall, thinkTag)},
	{"reasoning.field_dialect", Information, Server, Errors,
		"Reasoning text is called reasoning.", flawIn(chatAnswer, genai.FlawReasoningDiffer)},
}

func choicesMismatch(s *subject) result {
	if r := s.promise(s.generates() && s.d.ChoiceCount > 1 || s.lacksChoices() || s.addsChoices() || s.prompts() > 1); r.verdict != Pass {
		return r
	}
	each := max(1, s.d.ChoiceCount)
	n, asked := len(s.d.Choices), each*s.prompts()
	wrong := n != asked
	if s.Operation == genai.OperationTextCompletion { // one request may have several prompts, in members of others too
		wrong = n < asked || n%each != 0
	}
	switch {
	case !wrong:
		return pass
	case n > asked: // unseen, the request may ask for them
		return s.unlessUnseen(fail(fmt.Sprintf("%d of %d", n, asked)))
	case s.Provider == genai.ProviderLlamaCpp: // of which older versions give one, whatever is asked for
		return failAs(Suspicion, fmt.Sprintf("%d of %d", n, asked))
	}
	return fail(fmt.Sprintf("%d of %d", n, asked))
}

// prompts counts those of a request of OpenAI's completions, each of which has choices of its own.
func (s *subject) prompts() int {
	if s.Operation != genai.OperationTextCompletion || s.Provider != genai.ProviderOpenAI || s.HTTPStatus == 0 {
		return 1
	}
	return max(1, s.Turn)
}

// lacksChoices tells of a plain answer in the form of completions that has none: one is asked for where no number is. Of a
// stream stream.no_finish_reason tells it.
func (s *subject) lacksChoices() bool {
	completions := s.APIType == genai.APIChatCompletions || s.Operation == genai.OperationTextCompletion && !s.ownForm()
	return completions && s.makesText() && s.whole && !s.Stream && s.HTTPStatus != 0 && len(s.d.Choices) == 0
}

// addsChoices tells of an answer of chat completions that has several to a request for one.
func (s *subject) addsChoices() bool {
	return s.APIType == genai.APIChatCompletions && s.HTTPStatus != 0 && s.d.ChoiceCount <= 1 && len(s.d.Choices) > 1
}

func logprobsIgnored(s *subject) result {
	return s.eachChoice(s.d.LogprobsAsked && !s.d.ThinkingHidden, func(c *genai.Choice) result {
		if c.Text == "" {
			return notApplicable
		}
		return s.unlessUnseen(failIf(!c.Logprobs, ""))
	})
}

// logprobsOfFew is of how many tokens alternatives may be missing by the rare chance that the API allows for.
const logprobsOfFew = 3

func topLogprobs(s *subject) result {
	asked := s.d.TopLogprobs
	return s.eachChoice(s.d.LogprobsAsked && asked.N > 0 && !s.d.AlternativesOtherwise, func(c *genai.Choice) result {
		if !c.Logprobs || c.LogprobTokens == 0 {
			return notApplicable
		}
		given := int64(c.LogprobAlternatives)
		if given > 0 && given < asked.N && c.LogprobTokens <= logprobsOfFew {
			return undecidable
		}
		return s.unlessUnseen(failIf(given != asked.N, ""))
	})
}

func stopStringInOutput(s *subject) result {
	return s.eachChoice(len(s.d.Stop) > 0 && !s.d.StopKept, func(c *genai.Choice) result {
		for _, stop := range s.d.Stop {
			switch {
			case stop == "" || !strings.Contains(c.Text, stop):
			case s.unseen: // it may go on, or be wanted in the answer
				return undecidable
			default:
				return fail(stop)
			}
		}
		return pass
	})
}

func reasoningDespiteNone(s *subject) result {
	hidden := s.Usage.Reasoning.N > int64(outputTokensOfNothing*len(s.d.Choices)) // which empty thinking may take
	return s.eachChoice(s.d.ReasoningOff, func(c *genai.Choice) result { return failIf(c.Reasoning != "" || hidden, "") })
}

// thinkTags are pairs of tags around a model's thinking.
var thinkTags = [][2]string{
	{"<think>", "</think>"}, {"<mm:think>", "</mm:think>"}, {"[THINK]", "[/THINK]"}, {"◁think▷", "◁/think▷"},
	{"<|channel>thought", "<channel|>"}, {"<seed:think>", "</seed:think>"}, {"<|START_THINKING|>", "<|END_THINKING|>"},
	{"<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"},
	{"to=self<|message|>", "<|eom|><|start|>assistant to=user"}, {"<|inner_prefix|>", "<|inner_suffix|>"},
	{"<longcat_think>", "</longcat_think>"}, {"<|open|>think<|sep|>", "<|close|>think<|sep|>"},
	{"<ifm|think>", "</ifm|think>"}, {"<ifm|think_fast>", "</ifm|think_fast>"}, {"<ifm|think_faster>", "</ifm|think_faster>"},
	{"<|content_thinking|>", "<|end_message|><|message_model|>"}, {"<think:", "</think:"}, // behind the colon is a suffix of Hunyuan's checkpoint
}

// isBareHarmony tells of thinking and an answer in OpenAI's harmony whose control tokens were taken out.
func isBareHarmony(text string) bool {
	return strings.HasPrefix(text, "analysis") && strings.Contains(text, "assistantfinal")
}

// thinkTag finds a tag at the beginning of a text, or the end of thinking whose beginning the template had. Most texts
// have none of the marks that one of the tags has, and need not be searched for each.
func thinkTag(s *subject) result {
	if s.hasNoPlaceForThinking() {
		return notApplicable
	}
	return s.eachChoice(!s.d.ThinkingKept, func(c *genai.Choice) result {
		text := strings.TrimSpace(c.Text)
		if isBareHarmony(text) {
			return s.unlessUnseen(fail("analysis"))
		}
		if strings.IndexByte(text, '<') < 0 && strings.IndexByte(text, '/') < 0 && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "◁") {
			return pass
		}
		for _, tag := range thinkTags {
			if strings.HasPrefix(text, tag[0]) {
				return s.unlessUnseen(fail(tag[0]))
			}
			if end := strings.Index(text, tag[1]); end >= 0 && !strings.Contains(text[:end], tag[0]) {
				return s.unlessUnseen(fail(tag[1]))
			}
		}
		return pass
	})
}

// hasNoPlaceForThinking tells whether the API's answers have none but the text, as those of completions but for Ollama's.
func (s *subject) hasNoPlaceForThinking() bool {
	return s.Operation == genai.OperationTextCompletion && s.Provider != genai.ProviderOllama
}

// withoutThinking gives what follows a model's thinking in a text in which it may stand.
func (s *subject) withoutThinking(text string) string {
	if !s.d.ThinkingKept && !s.hasNoPlaceForThinking() {
		return text
	}
	if _, err := s.read(text); err == nil { // a tag may stand in it
		return text
	}
	for _, tag := range thinkTags {
		_, answer, ok := strings.Cut(text, tag[1])
		if ok && strings.HasSuffix(tag[1], ":") { // the rest of the tag is to come
			_, answer, ok = strings.Cut(answer, ">")
		}
		if ok {
			return answer
		}
	}
	return text
}
