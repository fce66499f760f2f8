package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// responsesChecks judge streams of the Responses API by the grammar that OpenAI and Open Responses publish.
var responsesChecks = []Check{
	responsesCheck("event_name_mismatch", Violation, "An event's name is its type.", genai.FlawEventNameDiffers),
	responsesCheck("no_sequence_number", Violation, "Each event has a sequence_number.", genai.FlawNoSequence),
	responsesCheck("sequence_gap", Violation, "Sequence numbers run 0, 1, 2, ….", genai.FlawSequenceGap),
	responsesCheck("no_output_index", Violation, "Events of an item have its output_index, which is its place in the output.", genai.FlawNoOutputIndex),
	responsesCheck("no_content_index", Violation, "Events of a part have its content_index.", genai.FlawNoContentIndex),
	responsesCheck("no_item_id", Violation, "Events of an item have its item_id.", genai.FlawNoItemID),
	responsesCheck("first_not_created", Violation, "The first event is response.created.", genai.FlawFirstNotCreated),
	responsesCheck("terminal_count", Violation, "One event ends the stream: completed, failed or incomplete.",
		genai.FlawTerminalCount),
	responsesCheck("event_after_terminal", Violation, "No event follows the terminal one.", genai.FlawAfterTerminal),
	responsesCheck("item_never_done", Violation, "Each item that is added is done.", genai.FlawItemNotDone),
	responsesCheck("done_without_added", Violation, "What goes on or is done was added, as the call that it is.", genai.FlawDoneNotAdded),
	responsesCheck("part_never_done", Violation, "Each part that is added is done.", genai.FlawPartNotDone),
	responsesCheck("text_done_differs", Violation, "A done text is the sum of its deltas.", genai.FlawTextDiffers),
	responsesCheck("args_done_differs", Violation, "Done arguments are the sum of their deltas.", genai.FlawArgumentsDiffer),
	responsesCheck("no_delta", Information, "Texts and arguments come in deltas before they are done.", genai.FlawNoDelta),
	responsesCheck("args_done_missing", Violation, "function_call_arguments.done ends a call's arguments.",
		genai.FlawNoArgumentsDone),
	responsesCheck("reasoning_done_missing", Violation, "A done event ends reasoning text.", genai.FlawNoReasoningDone),
	responsesCheck("final_output_differs", Violation, "The terminal event's output is that of the items.",
		genai.FlawFinalDiffers),
	responsesCheck("item_id_changes", Information, "An item keeps its id.", genai.FlawItemIDChanges),
	responsesCheck("unknown_event_type", Information, "Event types are known or have a vendor's prefix.",
		genai.FlawUnknownEvent),
	responsesCheck("required_fields_null", Violation, "Required members are there and not null.", genai.FlawNullField),
	responsesCheck("error_without_failed", Violation, "response.failed follows an error event.",
		genai.FlawErrorWithoutFailed),

	// Of plain answers, too.

	{"responses.encrypted_reasoning_missing", Violation, Server, OpenResponses,
		"Reasoning has the encrypted content that was asked for. Where it has its text instead, that is noted.",
		when(responsesAnswer, encryptedMissing)},
}

// encryptedMissing judges what a client without stored responses sends back in the next request.
func encryptedMissing(s *subject) result {
	return s.eachChoice(s.d.EncryptedAsked, func(c *genai.Choice) result {
		switch {
		case s.d.Flaws.Has(genai.FlawNotEncrypted):
			return fail("")
		case s.d.Flaws.Has(genai.FlawOnlyText):
			return failAs(Information, "")
		case !c.Hidden: // there is no reasoning
			return notApplicable
		}
		return pass
	})
}

func responsesCheck(name string, class Class, rule string, flaw genai.Flaw) Check {
	return Check{"responses." + name, class, Server, OpenResponses, rule, formFlaw(responsesStream, flaw)}
}

// messagesChecks judge streams of the Messages API.
var messagesChecks = []Check{
	{"anthropic.no_message_stop", Violation, Server, Streaming, "message_stop ends a stream, and no event follows it.",
		when(messagesStream, noMessageStop)},
	messagesCheck("first_not_message_start", Violation, "The first event is message_start.", genai.FlawFirstNotStart),
	messagesCheck("block_overlap", Violation, "A block stops before the next one starts, and before the message does.", genai.FlawBlockOverlap),
	messagesCheck("block_index_gap", Violation, "Block indices run 0, 1, 2, ….", genai.FlawBlockIndexGap),
	messagesCheck("delta_outside_block", Violation, "A delta belongs to an open block.", genai.FlawDeltaOutside),
	messagesCheck("delta_type_mismatch", Violation, "A delta has the type of its block.", genai.FlawDeltaType),
	messagesCheck("text_block_no_text", Violation, "A text block starts with the member text.", genai.FlawTextBlockNoText),
	messagesCheck("tool_block_no_input", Violation, "A tool block starts with the member input.",
		genai.FlawToolBlockNoInput),
	messagesCheck("no_message_delta", Violation, "message_delta brings a stop reason.", genai.FlawNoMessageDelta),
	messagesCheck("thinking_without_signature", Information, "Thinking has a signature.", genai.FlawNoSignature),
	messagesCheck("event_name_mismatch", Violation, "An event's name is its type.", genai.FlawEventNameDiffers),
	messagesCheck("error_unwrapped", Violation, "An error event has the type error and the member error.",
		genai.FlawErrorUntyped),

	// Of plain answers, too.

	{"anthropic.stop_sequence_mismatch", Violation, Server, Errors,
		"A message that ends at a stop sequence has the stop reason for that and names the sequence.", when(anyCall, stopSequenceMismatch)},
}

func stopSequenceMismatch(s *subject) result {
	mismatch := s.d.Flaws.Has(genai.FlawStopSequence)
	if s.Provider != genai.ProviderAnthropic || len(s.d.Stop) == 0 && !mismatch {
		return notApplicable
	}
	return s.promised(true, mismatch)
}

func messagesCheck(name string, class Class, rule string, flaw genai.Flaw) Check {
	return Check{"anthropic." + name, class, Server, Streaming, rule, formFlaw(messagesStream, flaw)}
}

func noMessageStop(s *subject) result {
	return s.endOfStream(!s.errored(), !s.d.Done || s.d.Flaws.Has(genai.FlawAfterEnd))
}

// ollamaChecks judge streams of Ollama's own API.
var ollamaChecks = []Check{
	{"ollama.no_done_true", Violation, Server, Streaming, "A line with done true ends a stream.",
		when(ollamaStream, noDoneTrue)},
	{"ollama.missing_counts", Violation, Server, Accounting, "The last line of a stream has token counts.",
		when(ollamaStream, missingCounts)},
}

func noDoneTrue(s *subject) result { return s.endOfStream(!s.errored(), !s.d.Done) }

func missingCounts(s *subject) result {
	return s.endOfStream(s.generates() && !s.errored() && s.d.Done, s.d.Flaws.Has(genai.FlawDoneNoCounts))
}
