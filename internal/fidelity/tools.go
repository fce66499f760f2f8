package fidelity

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// toolChecks judge what became of the tools that a request offered, and of what it says about tools.
var toolChecks = []Check{
	{"tools.raw_markup", Violation, Server, ToolCalling,
		"A model's own tool-call markup does not reach the text, nor does a call in it stay in the reasoning. A suspicion unless " +
			"it is a complete call of an offered tool, in reasoning the last thing of the answer.",
		when(offersTools, rawMarkup)},
	{"tools.prose_json_call", Suspicion, Model, ToolCalling,
		"The answer's whole text is not a call of an offered tool in bare JSON.", when(offersTools, proseJSONCall)},
	{"tools.choice_required_violated", Violation, Server, ToolCalling,
		"tool_choice required (any) is answered with a tool call.", when(offersTools, choiceRequired)},
	{"tools.choice_named_violated", Violation, Server, ToolCalling,
		"A tool_choice that names a tool is answered with a call of that tool and no other.", when(offersTools, choiceNamed)},
	{"tools.choice_none_violated", Violation, Server, ToolCalling,
		"tool_choice none is answered without a tool call.", when(offersTools, choiceNone)},
	{"tools.allowed_tools_violated", Violation, Server, ToolCalling,
		"Only tools that tool_choice allows are called.", when(offersTools, allowedTools)},
	{"tools.parallel_violated", Violation, Server, ToolCalling,
		"A request that forbids parallel tool calls is answered with one call at most.", when(offersTools, parallel)},
	{"tools.finish_mismatch", Violation, Server, ToolCalling,
		"An answer with tool calls has the finish reason for it. A suspicion where tool_choice required one, it is stop, and the server " +
			"is not known.", when(offersTools, finishMismatch)},
	{"tools.stream_parity", Suspicion, Server, ToolCalling,
		"The same request is answered with tool calls whether streamed or not.", when(offersTools, streamParity)},
	{"tools.strict_silently_dropped", Information, Server, ToolCalling,
		"A strict tool is repeated in the answer as strict.", flawIn(responsesTools, genai.FlawStrictEcho)},
	{"tools.result_unknown_call_id", Information, Client, ToolCalling,
		"A tool result refers to a call that the history of the request has.", when(offersTools, resultUnknownCallID)},

	// What a model wrote, with tools or without.

	{"tools.control_token_leak", Violation, Server, ToolCalling,
		"No control token of the model's template stands in a tool's name, in a call's id or at the end of the text. A suspicion " +
			"where it is a word of the last sentence, which may be about it.",
		when(anyCall, controlTokenLeak)},
	{"tools.lost_output", Suspicion, Server, ToolCalling,
		"An answer of more than four output tokens to each choice has content of some kind.", when(anyCall, lostOutput)},
	{"tools.finish_without_calls", Violation, Server, ToolCalling,
		"An answer whose finish reason is tool calls has one.", when(endsForTools, finishWithoutCalls)},
	{"tools.only_reasoning", Suspicion, Model, ToolCalling,
		"An answer that stopped by itself has more than reasoning.", when(reasons, onlyReasoning)},
}

func (s *subject) toolsUsable() bool { return len(s.d.Tools) > 0 && s.d.ToolChoice.Mode != "none" }

// offersAny tells whether there is a tool to call, or may be in what was not seen.
func (s *subject) offersAny() bool {
	return s.ToolsOffered > 0 || len(s.d.Tools) > 0 || s.d.MoreTools || s.unseen
}

func rawMarkup(s *subject) result {
	return s.eachChoice(s.toolsUsable() && !s.d.MarkupKept, func(c *genai.Choice) result {
		if found, ok := findMarkup(c.Text, s.d.Tools); ok {
			if !found.whole && s.mayBeStopped(c) {
				return undecidable
			}
			return s.unlessUnseen(found.reached(found.call))
		}
		return s.markupInReasoning(c)
	})
}

// markupInReasoning judges a choice whose text has no markup. A model that thinks of the form of a call speaks of its markup, and
// goes on to call or to answer; what is not a call is only that where an answer follows.
func (s *subject) markupInReasoning(c *genai.Choice) result {
	found, ok := findMarkup(c.Reasoning, s.d.Tools)
	last := strings.TrimSpace(c.Text) == ""
	if !ok || len(c.ToolCalls) > 0 || !found.call && !last {
		return pass
	}
	return s.unlessUnseen(found.reached(found.call && last))
}

// reached is the verdict on markup that reached the text.
func (m *markup) reached(surely bool) result {
	evidence := m.family + " " + m.text
	if surely {
		return fail(evidence)
	}
	return failAs(Suspicion, evidence)
}

func proseJSONCall(s *subject) result {
	return s.eachChoice(s.toolsUsable() && !s.d.MarkupKept && !s.wantsJSON(), func(c *genai.Choice) result {
		if !isProseCall(c.Text, s.d.Tools) {
			return pass
		}
		return s.unlessUnseen(fail(c.Text))
	})
}

func controlTokenLeak(s *subject) result {
	return s.eachChoice(true, func(c *genai.Choice) result {
		for i := range c.ToolCalls {
			if call := &c.ToolCalls[i]; hasControlToken(call.Name) || hasControlToken(call.ID) {
				return fail(call.Name + " " + call.ID)
			}
		}
		switch token, inSentence := trailingControlToken(c.Text); {
		case token == "":
			return pass
		case s.d.ControlKept, s.d.StopKept:
			return notApplicable
		case inSentence:
			return s.unlessUnseen(failAs(Suspicion, token))
		default:
			return s.unlessUnseen(fail(token))
		}
	})
}

func choiceRequired(s *subject) result {
	choice := &s.d.ToolChoice
	asked := choice.Mode == "required" || choice.Mode == "any" || choice.Mode == "allowed" && choice.Required
	return s.eachChoice(asked && s.offersAny(), func(c *genai.Choice) result {
		return s.inForm(s.calls(c))
	})
}

// calls fails where a choice has no call, unless a stop string may have ended it before there was any.
func (s *subject) calls(c *genai.Choice) result {
	switch {
	case len(c.ToolCalls) > 0 || c.Other:
		return pass
	case c.Text == "" && s.mayBeStopped(c):
		return undecidable
	}
	return fail(c.Text)
}

// inForm makes a suspicion of the failure to heed a choice in a form that the API does not define.
func (s *subject) inForm(failure result) result {
	if s.d.ToolChoice.Foreign && failure.verdict == Fail {
		return failAs(Suspicion, failure.evidence)
	}
	return failure
}

func choiceNamed(s *subject) result {
	choice := &s.d.ToolChoice
	asked := choice.Mode == "named" && len(choice.Names) == 1 && choice.Names[0] != ""
	return s.eachChoice(asked && s.offersAny(), func(c *genai.Choice) result {
		if len(c.ToolCalls) == 0 {
			return s.inForm(s.calls(c))
		}
		r := s.inForm(s.callsOfChosen(c))
		if r.verdict == Fail && c.Other {
			return undecidable // the server may have run the named one, after which the model is free
		}
		return r
	})
}

// callsOfChosen fails when a call is of a tool that tool_choice does not name.
func (s *subject) callsOfChosen(c *genai.Choice) result {
	for i := range c.ToolCalls {
		name := c.ToolCalls[i].Name
		switch {
		case s.chosen(name):
		case s.unseen: // there may be more names
			return undecidable
		default:
			return fail(name)
		}
	}
	return pass
}

func choiceNone(s *subject) result {
	return s.eachChoice(s.d.ToolChoice.Mode == "none", func(c *genai.Choice) result {
		return failIf(len(c.ToolCalls) > 0, callNames(c))
	})
}

func allowedTools(s *subject) result {
	return s.eachChoice(s.d.ToolChoice.Mode == "allowed", s.callsOfChosen)
}

func parallel(s *subject) result {
	forbidden := s.d.ParallelTools != nil && !*s.d.ParallelTools && s.toolsUsable()
	return s.eachChoice(forbidden, func(c *genai.Choice) result {
		if len(c.ToolCalls) > 1 && c.Other {
			return undecidable // a program may have made them
		}
		return failIf(len(c.ToolCalls) > 1, callNames(c))
	})
}

// hasFinishForTools tells whether the API has a finish reason of its own for tool calls. SDKs have words of their own.
func (s *subject) hasFinishForTools() bool {
	return s.APIType != genai.APIResponses && s.Provider != genai.ProviderOllama && s.HTTPStatus != 0
}

func isToolFinish(reason string) bool {
	return reason == "tool_calls" || reason == "tool_use" || reason == "function_call" || reason == "tool_call"
}

// isOwnToolFinish tells whether a reason is one of the API's own for tool calls: clients of OpenAI's and Anthropic's look for no other.
func (s *subject) isOwnToolFinish(reason string) bool {
	switch {
	case s.Provider == genai.ProviderAnthropic:
		return reason == "tool_use"
	case s.APIType == genai.APIChatCompletions:
		return reason == "tool_calls" || reason == "function_call"
	}
	return isToolFinish(reason)
}

// finishMismatch leaves a named tool_choice out, which OpenAI answers with stop, and messages in which Anthropic ran
// tools itself, some of which call those of the application.
func finishMismatch(s *subject) result {
	asked := s.toolCalls > 0 && s.hasFinishForTools() && s.d.ToolChoice.Mode != "named" && s.d.ToolChoice.Mode != "allowed"
	return s.eachChoice(asked, func(c *genai.Choice) result {
		ran := c.Other && s.Provider == genai.ProviderAnthropic
		if len(c.ToolCalls) == 0 || ran || c.FinishReason == "" && s.Stream {
			return notApplicable // a stream without finish reason is another check's
		}
		switch {
		case s.isOwnToolFinish(c.FinishReason):
			return pass
		case s.d.ToolChoice.Mode == "required" && c.FinishReason == "stop" && s.server() == "": // of OpenAI's older models, by its intention
			return s.unlessUnseen(failAs(Suspicion, c.FinishReason))
		}
		return s.unlessUnseen(fail(c.FinishReason))
	})
}

func finishWithoutCalls(s *subject) result {
	return s.eachChoice(s.hasFinishForTools(), func(c *genai.Choice) result {
		if !isToolFinish(c.FinishReason) {
			return notApplicable
		}
		return failIf(len(c.ToolCalls) == 0 && !c.Other, c.Text)
	})
}

// outputTokensOfNothing is the most output tokens that an empty choice may have: the end of the turn, and what marks its
// beginning and channel.
const outputTokensOfNothing = 4

func lostOutput(s *subject) result {
	empty := int64(outputTokensOfNothing * len(s.d.Choices))
	asked := s.Usage.Output.Known && s.Usage.Output.N > empty && s.Usage.Source != genai.UsageEstimated
	return s.eachChoice(asked, func(c *genai.Choice) result {
		switch {
		case hasOutput(c):
			return pass
		case s.anyChoice(hasOutput):
			return undecidable // the tokens may all be of the other choices
		case s.Usage.Reasoning.N > 0 || s.d.ThinkingHidden || s.mayBeStopped(c) || s.unseen:
			return undecidable // it may have thought in silence, or begun with a stop string
		default:
			return fail("")
		}
	})
}

func hasOutput(c *genai.Choice) bool {
	return c.Text != "" || c.Reasoning != "" || len(c.ToolCalls) > 0 || c.Hidden || c.Other
}

func onlyReasoning(s *subject) result {
	return s.eachChoice(true, func(c *genai.Choice) result {
		switch {
		case c.Reasoning == "":
			return notApplicable
		case strings.TrimSpace(c.Text) != "" || len(c.ToolCalls) > 0 || c.Other:
			return pass
		case s.mayBeStopped(c):
			return undecidable
		}
		return fail("")
	})
}

func resultUnknownCallID(s *subject) result {
	if len(s.d.TurnResultIDs) == 0 || s.PreviousResponseID != "" || s.d.MoreTurns || s.unseen {
		return notApplicable
	}
	for _, id := range s.d.TurnResultIDs {
		switch {
		case s.calledBefore(id):
		case s.callsCut():
			return undecidable
		default:
			return fail(id)
		}
	}
	return pass
}

func callNames(c *genai.Choice) string {
	names := make([]string, 0, len(c.ToolCalls))
	for i := range c.ToolCalls {
		names = append(names, c.ToolCalls[i].Name)
	}
	return strings.Join(names, ", ")
}
