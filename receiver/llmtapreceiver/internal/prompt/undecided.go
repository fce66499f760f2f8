package prompt

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Undecided tells whether a server may find more members in a request than were read: the body is compressed, longer than
// its copy, or no JSON but to a lenient reader. Python's takes a byte order mark, UTF-16 and NaN.
func Undecided(request *exchange.Message) bool {
	switch {
	case request.HasMediaType("multipart/form-data"), request.HasMediaType("application/x-www-form-urlencoded"):
		return false
	case len(request.Get("content-encoding")) > 0, bytes.IndexByte(request.Body, 0) >= 0:
		return true
	case len(request.Body) == 0:
		return request.Truncated
	}
	r := jsonscan.New(request.Body)
	for range r.Object { // for the error that there may be
	}
	return r.Err() != nil
}
