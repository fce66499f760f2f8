package fidelity

import (
	"errors"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// toolCallChecks judge the tool calls that a model made, each against the tools that were offered.
var toolCallChecks = []Check{
	{"tools.name_not_offered", Violation, Model, ToolCalling,
		"Only offered tools are called. A name that differs in case or punctuation is noted.", when(callsTools, nameNotOffered)},
	{"tools.args_not_json", Violation, Model, ToolCalling,
		"A call's arguments are JSON. Empty arguments are noted.", when(callsTools, argsNotJSON)},
	{"tools.args_not_object", Violation, Model, ToolCalling,
		"A call's arguments are a JSON object.", when(callsTools, argsNotObject)},
	{"tools.args_double_encoded", Violation, Server, ToolCalling,
		"A call's arguments are not a JSON string that holds a JSON object.", when(callsTools, argsDoubleEncoded)},
	{"tools.args_schema_invalid", Violation, Model, ToolCalling,
		"A call's arguments are valid by the tool's JSON Schema. A suspicion unless the tool is strict.", when(callsTools, argsSchemaInvalid)},
	{"tools.arguments_type", Violation, Server, ToolCalling,
		"A call's arguments are a string where the API has a string, an object where it has an object.", when(callsTools, argumentsType)},
	{"tools.id_missing", Violation, Server, ToolCalling, "A tool call has an id.", when(callsTools, idMissing)},
	{"tools.id_duplicate", Violation, Server, ToolCalling, "No two tool calls of an answer have the same id.", when(callsTools, idDuplicate)},
	{"tools.id_reused_across_turns", Violation, Server, ToolCalling,
		"A tool call's id is not that of an earlier turn. Kimi's counted ids are noted.", when(callsTools, idReused)},

	// How they come in streamed chat completions.

	{"tools.delta_index", Violation, Server, ToolCalling,
		"Parts of tool calls have indices 0, 1, …, each of one call. No index at all on the only call is noted.",
		noted(formFlaw(chatCallStream, genai.FlawToolIndex), genai.FlawToolIndexSingle)},
	{"tools.delta_first_incomplete", Violation, Server, ToolCalling,
		"The first part of a tool call has its id and name. A missing type is noted.",
		noted(formFlaw(chatCallStream, genai.FlawToolFirst), genai.FlawToolKind)},
	{"tools.delta_repeats_id_name", Information, Server, ToolCalling,
		"Later parts of a tool call do not repeat its id and name.", formFlaw(chatCallStream, genai.FlawToolRepeats)},
}

// eachCall judges the tool calls of the choices that ended by themselves.
func (s *subject) eachCall(judge func(*genai.ToolCall) result) result {
	return s.eachCallOf(func(_ *genai.Choice, call *genai.ToolCall) result { return judge(call) })
}

func (s *subject) eachCallOf(judge func(*genai.Choice, *genai.ToolCall) result) result {
	return s.eachChoice(s.toolCalls > 0, func(c *genai.Choice) result {
		worst := notApplicable
		for i := range c.ToolCalls {
			worst = worse(worst, judge(c, &c.ToolCalls[i]))
		}
		return worst
	})
}

func nameNotOffered(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		if s.tool(call.Name) != nil {
			return pass
		}
		if s.d.MoreTools || s.unseen || s.ToolsOffered > len(s.d.Tools) {
			return undecidable
		}
		if s.offersAlmost(call.Name) {
			return failAs(Information, call.Name)
		}
		return fail(call.Name)
	})
}

// takesText tells that a call is of a tool whose input is text of any form.
func takesText(call *genai.ToolCall) bool { return call.Kind == "custom" }

// argumentsOf gives the arguments of a call, and a pass only where they are to be judged.
func (s *subject) argumentsOf(call *genai.ToolCall) (value any, r result) {
	if takesText(call) {
		return nil, notApplicable
	}
	doc, err := s.read(call.Arguments)
	switch {
	case err == nil:
		return doc.value, pass
	case errors.Is(err, errOver):
		return nil, undecidable
	default:
		return nil, notApplicable
	}
}

func argsNotJSON(s *subject) result {
	return s.eachCallOf(func(c *genai.Choice, call *genai.ToolCall) result {
		if takesText(call) {
			return notApplicable
		}
		if strings.TrimSpace(call.Arguments) == "" {
			return failAs(Information, call.Name)
		}
		switch _, err := s.read(call.Arguments); {
		case err == nil:
			return pass
		case errors.Is(err, errOver), errors.Is(err, errHalf) && s.mayBeStoppedIn(c, call):
			return undecidable
		default:
			return fail(call.Arguments)
		}
	})
}

// mayBeStoppedIn tells whether a stop string may have ended a choice amid a call. OpenAI's Responses API has none, and what was not seen
// of its requests is not taken to ask for one.
func (s *subject) mayBeStoppedIn(c *genai.Choice, call *genai.ToolCall) bool {
	if s.unseen && s.APIType == genai.APIResponses {
		return false
	}
	return call == &c.ToolCalls[len(c.ToolCalls)-1] && s.mayBeStopped(c)
}

func argsNotObject(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		value, r := s.argumentsOf(call)
		if r.verdict != Pass {
			return r
		}
		_, isObject := value.(map[string]any)
		return failIf(!isObject && !isEncodedObject(value), call.Arguments)
	})
}

func argsDoubleEncoded(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		value, r := s.argumentsOf(call)
		if r.verdict != Pass {
			return r
		}
		return failIf(isEncodedObject(value), call.Arguments)
	})
}

func isEncodedObject(value any) bool {
	text, ok := value.(string)
	if !ok {
		return false
	}
	doc, err := readDocument(text)
	_, isObject := doc.value.(map[string]any)
	return err == nil && isObject
}

func argsSchemaInvalid(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		tool := s.tool(call.Name)
		if tool == nil || tool.Schema == nil {
			return notApplicable
		}
		value, r := s.argumentsOf(call)
		if r.verdict != Pass {
			return r
		}
		if _, isObject := value.(map[string]any); !isObject {
			return notApplicable
		}
		return s.bySchema(tool.Schema, value, tool.Strict)
	})
}

func argumentsType(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result { return failIf(call.ArgumentsNotText, call.Name) })
}

// hasCallIDs tells whether the API gives its tool calls ids. An SDK's span may leave them out.
func (s *subject) hasCallIDs() bool { return s.Provider != genai.ProviderOllama && s.HTTPStatus != 0 }

// legacyCall is the kind of a function_call, which OpenAI had before tools and which has no id.
const legacyCall = "function_call"

func idMissing(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		if call.Kind == legacyCall || !s.hasCallIDs() {
			return notApplicable
		}
		return failIf(call.ID == "", call.Name)
	})
}

func idDuplicate(s *subject) result {
	return s.eachChoice(s.toolCalls > 1, func(c *genai.Choice) result {
		id := repeatedID(c.ToolCalls)
		return failIf(id != "", id)
	})
}

func idReused(s *subject) result {
	return s.eachCall(func(call *genai.ToolCall) result {
		if call.ID == "" || len(s.d.TurnCallIDs) == 0 {
			return notApplicable
		}
		switch {
		case !s.calledBefore(call.ID) && s.callsCut():
			return undecidable
		case !s.calledBefore(call.ID):
			return pass
		case isCounted(call.ID):
			return failAs(Information, call.ID)
		}
		return fail(call.ID)
	})
}

// isCounted tells whether an id is of Kimi's form functions.NAME:0, which starts anew with each conversation.
func isCounted(id string) bool {
	name, number, ok := strings.Cut(id, ":")
	return ok && strings.HasPrefix(name, "functions.") && number != "" && strings.Trim(number, "0123456789") == ""
}
