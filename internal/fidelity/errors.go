package fidelity

import "github.com/llmtap/llmtap/internal/genai"

// errorChecks judge the form of errors, and what status they come under.
var errorChecks = []Check{
	{"err.body_not_json", Violation, Server, Errors, "The body of an error is JSON.",
		flawIn(plainError, genai.FlawErrorNotJSON)},
	{"err.html_body", Violation, Transport, Errors, "The body of an error is no HTML page.",
		flawIn(plainError, genai.FlawErrorHTML)},
	{"err.no_error_object", Violation, Server, Errors, "An error comes as the object that the API has for it.",
		flawIn(shapedError, genai.FlawErrorNoObject)},
	{"err.missing_fields", Information, Server, Errors, "An error object has message, type, param and code.",
		flawIn(shapedError, genai.FlawErrorMissingFields)},
	{"err.code_type", Information, Server, Errors, "An error's code is a string.",
		flawIn(shapedError, genai.FlawErrorNumericCode)},
	{"err.midstream_untyped", Violation, Server, Errors,
		"An error in a stream of typed events is one of them.", flawIn(typedStreamError, genai.FlawErrorUntyped)},
	{"err.context_length", Information, Server, Errors,
		"A prompt that is too long is refused with the status 400 or 413.", when(refused, contextLength)},
	{"err.retry_after_missing", Information, Server, Errors,
		"The statuses 429 and 503 come with retry-after.", flawIn(toldToWait, genai.FlawNoRetryAfter)},
	{"err.500_for_client_fault", Suspicion, Server, Errors,
		"A fault of the request does not come under a status of 500 or more.", when(refused, serverErrorForClientFault)},

	// Errors under a status of success.

	{"err.status_mismatch", Violation, Server, Errors, "An error does not come under a status of success.", when(succeeded, statusMismatch)},
	{"err.midstream", Violation, Server, Errors, "A stream that has begun does not end in an error.", when(anyStream, midstream)},
}

// fromUpstream tells whether the answer is the server's and not the tap's own.
func (s *subject) fromUpstream() bool {
	switch s.ErrorType {
	case genai.ErrorUpstreamUnavailable, genai.ErrorBlockedByBudget, genai.ErrorTapError:
		return false
	}
	return s.HTTPStatus != 0
}

func statusMismatch(s *subject) result {
	if s.cut && (!s.errored() || s.Stream) { // of a stream, what came before the error may be missing
		return undecidable
	}
	queued := s.APIType == genai.APIResponses && s.ResponseID != "" // a response object may say of itself that it failed
	return failIf(s.errored() && !queued && (!s.Stream || s.Chunks == 0), s.ErrorType)
}

func midstream(s *subject) result {
	if s.cut && !s.errored() {
		return undecidable
	}
	return failIf(s.errored(), s.ErrorType)
}

func contextLength(s *subject) result {
	if s.ErrorType != genai.ErrorContextLength {
		return notApplicable
	}
	return failIf(s.HTTPStatus != 400 && s.HTTPStatus != 413, "")
}

func serverErrorForClientFault(s *subject) result {
	if s.HTTPStatus < 400 || !s.fromUpstream() {
		return notApplicable
	}
	switch s.ErrorType {
	case genai.ErrorContextLength, genai.ErrorInvalidRequest, genai.ErrorTooLarge, genai.ErrorNotFound:
		return failIf(s.HTTPStatus >= 500, s.ErrorType)
	}
	return pass
}
