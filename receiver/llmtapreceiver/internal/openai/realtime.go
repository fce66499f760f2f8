package openai

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// DecodeRealtime notes a session over a WebSocket. Its frames are not read: the call has the session's duration and
// bytes, and the model that the address names, with Azure as a deployment.
func DecodeRealtime(x *exchange.Exchange, _ caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationRealtime, provider
	call.Stream = x.Status == http.StatusSwitchingProtocols
	_, query, _ := strings.Cut(x.Target, "?")
	values, err := url.ParseQuery(query)
	call.RequestModel = jsonscan.Name([]byte(cmp.Or(values.Get("model"), values.Get("deployment"))))
	return err
}
