package genai

// ErrorOfStatus gives the class of an HTTP status; empty when it is no error.
func ErrorOfStatus(status int) string {
	switch status {
	case 401, 403:
		return ErrorAuth
	case 402:
		return ErrorQuota
	case 404, 405, 410:
		return ErrorNotFound
	case 408, 504, 524: // 524: the gateway of Cloudflare gave up waiting
		return ErrorTimeout
	case 413:
		return ErrorTooLarge
	case 429:
		return ErrorRateLimit
	case 502, 521, 522, 523: // the last three: Cloudflare, of a server that it cannot reach
		return ErrorUpstreamUnavailable
	case 503, 529: // 529: overloaded, at Anthropic
		return ErrorOverloaded
	}
	switch {
	case status >= 500, status == 417: // 417: LightLLM, of faults of its own
		return ErrorServerError
	case status >= 400:
		return ErrorInvalidRequest
	}
	return ""
}

// OutcomeOf gives how a call has ended whose error is of this class. One of a class that is not known was the server's.
func OutcomeOf(class string) Outcome {
	switch class {
	case ErrorTimeout:
		return OutcomeTimeout
	case ErrorClientAbort:
		return OutcomeClientAbort
	case ErrorContextLength, ErrorRateLimit, ErrorQuota, ErrorAuth, ErrorNotFound,
		ErrorInvalidRequest, ErrorContentFilter, ErrorTooLarge:
		return OutcomeClientError
	default:
		return OutcomeUpstreamError
	}
}
