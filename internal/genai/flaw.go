package genai

// Flaw is one way in which the form of an answer departs from what its API defines. Decoders note flaws, because only
// they see the form; the fidelity checks say what each means.
type Flaw uint8

// Flaws of any answer.
const (
	FlawMediaType          Flaw = iota // a stream under the media type of JSON, or the reverse
	FlawInvalidUTF8                    // bytes that are no UTF-8
	FlawReplacementChar                // U+FFFD somewhere in the body, where the request has none
	FlawCR                             // lines of a stream end in CR or CRLF
	FlawByteOrderMark                  // the body begins with a byte order mark
	FlawComments                       // a stream has comment lines
	FlawEmptyEvent                     // an event whose data is empty
	FlawSeveralJSON                    // several JSON texts in one event
	FlawAfterEnd                       // something follows the end of a stream
	FlawBroken                         // the connection ended before the answer did
	FlawErrorNotJSON                   // the body of an error is no JSON
	FlawErrorHTML                      // the body of an error is an HTML page
	FlawErrorNoObject                  // an error without the object that the API has for it
	FlawErrorMissingFields             // an error object that lacks message, type, param or code
	FlawErrorNumericCode               // an error code that is a number
	FlawErrorUntyped                   // an error in a stream of typed events that is none of them
	FlawNoRetryAfter                   // a status that says to wait, without retry-after

	// Of chat and text completions.

	FlawNoID             // no id
	FlawIDChanges        // another id in a later chunk, or of a response in a later event
	FlawCreatedChanges   // another time in a later chunk
	FlawModelChanges     // another model in a later chunk
	FlawObject           // the member object has the wrong value
	FlawNoChoices        // a chunk without the member choices
	FlawNoChoiceIndex    // a choice without an index
	FlawNoRole           // the first delta of a choice has no role
	FlawTwoFinishReasons // a choice finishes twice
	FlawDeltaAfterFinish // a choice goes on after it has finished
	FlawDeltaRepeats     // a delta has the text before it once more
	FlawEventName        // events of the stream have names
	FlawUsageWithChoices // the chunk that brings the usage has choices
	FlawUsageFalls       // a token count falls in the course of a stream
	FlawToolIndex        // a part of a tool call without index, with a wrong one or with that of another call
	FlawToolIndexSingle  // no index, but only one tool call
	FlawToolFirst        // the first part of a tool call lacks its id or name
	FlawToolKind         // the first part of a tool call lacks its type
	FlawToolRepeats      // later parts of a tool call repeat its id or name

	// Of the Responses API.

	FlawEventNameDiffers   // the event's name is not its type; also of Messages
	FlawNoSequence         // an event without sequence_number
	FlawSequenceGap        // sequence numbers that are not 0, 1, 2, …
	FlawNoOutputIndex      // an item's event without output_index, or with that of another place than it has in the output
	FlawNoContentIndex     // a part's event without content_index
	FlawNoItemID           // an item's event without item_id
	FlawFirstNotCreated    // the first event is not response.created
	FlawTerminalCount      // none or several of completed, failed, incomplete
	FlawAfterTerminal      // events after the terminal one
	FlawItemNotDone        // an item that is added and never done
	FlawDoneNotAdded       // an item or part that goes on or is done and was never added, or was as another call
	FlawPartNotDone        // a part that is added and never done
	FlawTextDiffers        // the text of a part is not that of its deltas
	FlawArgumentsDiffer    // the arguments of a call are not those of their deltas
	FlawNoDelta            // a whole text or whole arguments without any delta
	FlawNoArgumentsDone    // no function_call_arguments.done
	FlawNoReasoningDone    // no done event for reasoning
	FlawFinalDiffers       // the output of the terminal event is not that of the items
	FlawItemIDChanges      // an item has another id in a later event
	FlawUnknownEvent       // an event type that is neither known nor has a vendor's prefix
	FlawNullField          // a required member is missing or null
	FlawErrorWithoutFailed // an error event that no failed event follows
	FlawStoreEcho          // the answer says that it is not stored, the request wants it to be
	FlawEchoDiffers        // the answer repeats a parameter with another value
	FlawStrictEcho         // the answer repeats a strict tool as not strict
	FlawNotEncrypted       // an item of reasoning that has neither encrypted content nor its text
	FlawOnlyText           // an item of reasoning that has its text and no encrypted content
	FlawFormatEcho         // the answer repeats another text format

	// Of the Messages API.

	FlawFirstNotStart    // the first event is not message_start
	FlawBlockOverlap     // a block starts before the one before has stopped, or has not at the end
	FlawBlockIndexGap    // block indices that are not 0, 1, 2, …
	FlawDeltaOutside     // a delta for a block that is not open
	FlawDeltaType        // a delta of another type than its block
	FlawTextBlockNoText  // a text block that starts without the member text
	FlawToolBlockNoInput // a tool block that starts without the member input
	FlawNoMessageDelta   // no message_delta with a stop reason
	FlawNoSignature      // thinking without a signature
	FlawStopSequence     // the stop reason and the stop sequence contradict each other
	FlawUsageDisagrees   // message_delta counts other input tokens than message_start

	// Of Ollama's own API.

	FlawDoneNoCounts // the last line has no token counts

	// Of usage in any API.

	FlawUsageDetails    // the details that the API requires are missing
	FlawReasoningDiffer // the reasoning stands in the older or newer of two members

	flawCount
)

// Flaws is a set of flaws.
type Flaws [(flawCount + 63) / 64]uint64

// Add adds a flaw.
func (s *Flaws) Add(f Flaw) { s[f/64] |= 1 << (f % 64) }

// AddIf adds a flaw if there is one.
func (s *Flaws) AddIf(is bool, f Flaw) {
	if is {
		s.Add(f)
	}
}

// Has tells whether the set has a flaw.
func (s *Flaws) Has(f Flaw) bool { return s[f/64]&(1<<(f%64)) != 0 }

// Merge adds the flaws of another set.
func (s *Flaws) Merge(other Flaws) {
	for i := range s {
		s[i] |= other[i]
	}
}
