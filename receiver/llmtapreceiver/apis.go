package llmtapreceiver

import (
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/openai"
)

// api is an API whose requests are model calls.
type api struct {
	method string
	// suffix is how the path ends. What stands before it differs: /v1, /openai/deployments/NAME, /api/v1.
	suffix string
	// decode reads an exchange with plain bodies into a Call that holds already what all APIs have in common. It sets
	// the operation before anything else, and reports what it could not read.
	decode func(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error
}

var apis = []api{
	{"POST", "/chat/completions", openai.DecodeChat},
}

// apiOf gives the API of a request, nil when it is no model call.
func apiOf(method, path string) *api {
	for i := range apis {
		if apis[i].method == method && strings.HasSuffix(path, apis[i].suffix) {
			return &apis[i]
		}
	}
	return nil
}

func isModelCall(method, path string) bool { return apiOf(method, path) != nil }
