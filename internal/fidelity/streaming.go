package fidelity

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// streamChecks judge how answers come, streamed or not.
var streamChecks = []Check{
	{"stream.premature_close", Violation, Transport, Streaming,
		"The connection does not end before the answer does.", when(anyCall, prematureClose)},
	{"stream.stream_ignored", Violation, Server, Streaming,
		"A stream is answered to a request for one, and to no other.", when(anyCall, streamIgnored)},
	{"stream.content_type_wrong", Violation, Server, Streaming,
		"The media type is that of the body.", flawIn(succeeded, genai.FlawMediaType)},
	{"stream.invalid_utf8", Violation, Server, Streaming,
		"The answer is UTF-8.", flawIn(succeeded, genai.FlawInvalidUTF8)},
	{"stream.replacement_char", Suspicion, Server, Streaming,
		"What the model wrote has no U+FFFD that the request has not, but where a limit cut it.", when(generated, replacementChar)},

	// Streams of any API.

	{"stream.data_not_json", Violation, Server, Streaming, "Each event's data is JSON.", when(anyStream, dataNotJSON)},
	{"stream.multi_json_in_one_data", Violation, Server, Streaming,
		"An event's data is one JSON text.", flawIn(anyStream, genai.FlawSeveralJSON)},
	{"stream.bom", Information, Server, Streaming,
		"The body begins without a byte order mark.", flawIn(anyStream, genai.FlawByteOrderMark)},
	{"stream.empty_data_event", Suspicion, Server, Streaming,
		"No event has empty data, which some clients do not stand.", flawIn(eventStream, genai.FlawEmptyEvent)},
	{"stream.comment_keepalive", Information, Server, Streaming,
		"The stream has no comments.", flawIn(eventStream, genai.FlawComments)},
	{"stream.crlf", Information, Server, Streaming, "Lines end in line feeds.", flawIn(eventStream, genai.FlawCR)},

	// Streams of chat and text completions.

	{"stream.no_done", Violation, Server, Streaming, "A stream of completions ends with [DONE].", when(chatStream, noDone)},
	{"stream.no_finish_reason", Violation, Server, Streaming,
		"A streamed answer has a finish reason.", when(chatStream, noFinishReason)},
	{"stream.n_incomplete", Violation, Server, Streaming,
		"Each choice of a streamed answer has a finish reason.", when(chatStream, choiceIncomplete)},
	{"stream.after_done", Information, Server, Streaming,
		"Nothing follows the end of a stream.", flawIn(chatStream, genai.FlawAfterEnd)},
	{"stream.event_name_present_on_chat", Information, Server, Streaming,
		"Events of completions have no names.", flawIn(chatStream, genai.FlawEventName)},
	{"stream.id_missing", Violation, Server, Streaming, "Chunks have an id.", flawIn(chatStream, genai.FlawNoID)},
	{"stream.id_changes", Violation, Server, Streaming,
		"All chunks have the same id, as have all responses in the events of one.", flawIn(chatStream|responsesStream, genai.FlawIDChanges)},
	{"stream.created_changes", Information, Server, Streaming,
		"All chunks have the same time of creation.", flawIn(chatStream, genai.FlawCreatedChanges)},
	{"stream.model_changes", Information, Server, Streaming,
		"All chunks have the same model.", flawIn(chatStream, genai.FlawModelChanges)},
	{"stream.object_wrong", Violation, Server, Streaming,
		"The member object names a chunk.", flawIn(chatStream, genai.FlawObject)},
	{"stream.chunk_without_choices", Violation, Server, Streaming,
		"Each chunk has the member choices.", flawIn(chatStream, genai.FlawNoChoices)},
	{"stream.choice_index_missing", Violation, Server, Streaming,
		"Each choice has an index.", flawIn(chatStream, genai.FlawNoChoiceIndex)},
	{"stream.two_finish_reasons", Information, Server, Streaming,
		"A choice finishes once.", flawIn(chatStream, genai.FlawTwoFinishReasons)},
	{"stream.delta_after_finish", Violation, Server, Streaming,
		"A choice does not go on after its finish reason.", flawIn(chatStream, genai.FlawDeltaAfterFinish)},
	{"stream.delta_repeats", Violation, Server, Streaming,
		"A delta has only what is new of a text, not all or most of it so far.", formFlaw(chatStream, genai.FlawDeltaRepeats)},
	{"stream.usage_only_chunk_has_choices", Information, Server, Streaming,
		"The chunk that brings the usage has no choices.", flawIn(chatStream, genai.FlawUsageWithChoices)},
	{"stream.first_delta_no_role", Information, Server, Streaming,
		"The first delta of a choice has a role.", flawIn(chatOnlyStream, genai.FlawNoRole)},
}

// replacementChar looks for it in what the model wrote: log probabilities show tokens that are parts of a character with it.
func replacementChar(s *subject) result {
	switch {
	case s.cut:
		return undecidable
	case s.d.Flaws.Has(genai.FlawReplacementChar) && s.anyChoice(s.wroteReplacement):
		return s.unlessUnseen(fail(""))
	}
	return pass
}

func (s *subject) wroteReplacement(c *genai.Choice) bool {
	const replacement = "\uFFFD"
	for _, text := range []string{c.Text, c.Reasoning, c.Refusal} {
		if s.endOf(c) == endedCut { // within a character
			text = strings.TrimRight(text, replacement)
		}
		if strings.Contains(text, replacement) {
			return true
		}
	}
	for i := range c.ToolCalls {
		arguments := strings.ReplaceAll(c.ToolCalls[i].Arguments, `\\`, "") // behind which a u is no escape
		if strings.Contains(arguments, replacement) || strings.Contains(arguments, `\ufffd`) || strings.Contains(arguments, `\uFFFD`) {
			return true
		}
	}
	return false
}

// endOfStream gives the verdict on a missing end: undecidable where we did not see the end ourselves.
func (s *subject) endOfStream(applies, missing bool) result {
	switch {
	case !applies:
		return notApplicable
	case s.cut:
		return undecidable
	}
	return failIf(missing, "")
}

func noDone(s *subject) result { return s.endOfStream(true, !s.d.Done) }

func finished(c *genai.Choice) bool { return c.FinishReason != "" }

func unfinished(c *genai.Choice) bool { return c.FinishReason == "" }

func noFinishReason(s *subject) result {
	return s.endOfStream(!s.errored(), !s.anyChoice(finished))
}

func choiceIncomplete(s *subject) result {
	return s.endOfStream(!s.errored() && len(s.d.Choices) > 1, s.anyChoice(finished) && s.anyChoice(unfinished))
}

func prematureClose(s *subject) result {
	switch {
	case !s.succeeded() || s.errored():
		return notApplicable
	case s.ErrorType == genai.ErrorStreamBroken:
		return fail("")
	case s.cut || s.ErrorType != "":
		return undecidable
	}
	return pass
}

// streamIgnored leaves errors out, which come plain to any request.
func streamIgnored(s *subject) result {
	if !s.answered || !s.generates() || s.HTTPStatus == 0 || s.ResponseBytes == 0 {
		return notApplicable
	}
	if s.cut && len(s.d.Choices) == 0 { // too little of it is there to tell what it is
		return undecidable
	}
	if s.d.StreamUnclear || s.unseen && (!s.d.StreamAsked || s.Provider == genai.ProviderOllama) { // which streams unless the request says otherwise
		return undecidable
	}
	return failIf(s.d.StreamAsked != s.Stream, "")
}

func dataNotJSON(s *subject) result {
	if s.cut && s.d.InvalidEvents == 0 {
		return undecidable
	}
	return failIf(s.d.InvalidEvents > 0, "")
}
