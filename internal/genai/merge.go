package genai

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// fill puts into a call what only the other dialect said. One that is none it leaves as it is.
func (f *foreign) fill(c *Call) {
	o := &f.call
	if o.Operation != "" {
		f.readAnswer()
		f.fillGenkit()
	}
	c.foreign = true
	if c.Operation = cmp.Or(c.Operation, o.Operation, f.guess(c)); !isModelCall(c.Operation) {
		return // as most spans are none
	}
	if f.counts {
		c.Operation = OperationCountTokens // also where agentgateway calls it a chat
	}
	c.Provider = cmp.Or(c.Provider, providerOf(o.Provider), providerOf(f.langChainProvider))
	c.RequestModel = cmp.Or(c.RequestModel, o.RequestModel, f.model)
	c.ResponseModel = cmp.Or(c.ResponseModel, o.ResponseModel, f.model)
	c.ServerAddress, c.ServerPort = cmp.Or(c.ServerAddress, o.ServerAddress), cmp.Or(c.ServerPort, o.ServerPort)
	c.HTTPStatus = cmp.Or(c.HTTPStatus, o.HTTPStatus)
	c.ResponseID = cmp.Or(c.ResponseID, o.ResponseID)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, o.SystemFingerprint)
	c.ServiceTier = cmp.Or(c.ServiceTier, o.ServiceTier)
	c.ResponseFormat = cmp.Or(c.ResponseFormat, o.ResponseFormat)
	c.Stream = c.Stream || o.Stream
	if f.user != "" {
		c.SetHint(AttrCallerParametersUser, f.user)
	}
	c.Turn, c.ToolsOffered = cmp.Or(c.Turn, o.Turn), cmp.Or(c.ToolsOffered, o.ToolsOffered)
	if len(f.choices) == 0 && f.plain.stopReason != "" {
		f.choices = []indexed{{text: f.plain.stopReason}}
	}
	if len(c.FinishReasons) == 0 {
		c.FinishReasons = texts(f.choices)
	}
	for _, list := range [][]indexed{f.toolParts, f.aiSDKToolCalls, f.toolCalls} { // the same calls, if there are several
		if len(c.ToolNames) == 0 {
			c.ToolNames = texts(list)
			c.ToolCalls = cmp.Or(c.ToolCalls, len(c.ToolNames))
		}
	}
	switch {
	case f.firstChunk.After(c.Start):
		o.TimeToFirstChunk = f.firstChunk.Sub(c.Start)
	case c.Stream && o.TimeToFirstChunk == 0:
		o.TimeToFirstChunk = f.firstToken
	}
	c.TimeToFirstChunk = cmp.Or(c.TimeToFirstChunk, o.TimeToFirstChunk)
	f.fillUsage(c)
}

// guess takes a span with a provider and a model, as SDKs sent it before there was an operation, for a chat call.
func (f *foreign) guess(c *Call) Operation {
	model := cmp.Or(c.RequestModel, c.ResponseModel)
	if f.braintrustTokens {
		model = cmp.Or(model, f.model)
	}
	if f.otherKind || c.Provider == "" && f.call.Provider == "" || model == "" {
		return ""
	}
	return OperationChat
}

// texts gives the texts in the order of their numbers.
func texts(list []indexed) []string {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b indexed) int { return slices.Compare(a.at[:], b.at[:]) })
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].text
	}
	return out
}

// What Micrometer says where there is no model, such as the answering one of a call that failed: Spring AI's word and LangChain4j's.
const (
	modelNone    = "none"
	modelUnknown = "unknown"
)

// mendAddress makes a host of a URL, which Semantic Kernel has for one: prices know hosts.
func mendAddress(c *Call) {
	if !strings.Contains(c.ServerAddress, "://") {
		return
	}
	if host, port := hostOf(c.ServerAddress); host != "" {
		c.ServerAddress, c.ServerPort = host, cmp.Or(c.ServerPort, port)
	}
}

// mend repairs what SDKs send in other ways than the conventions demand.
func mend(span ptrace.Span, c *Call, f *foreign) {
	for _, model := range []*string{&c.RequestModel, &c.ResponseModel} {
		if c.Outcome == "" && (*model == modelNone || *model == modelUnknown) {
			*model = ""
		}
	}
	if c.Outcome == "" { // an SDK's
		c.Provider = knownProvider(c.Provider)
		mendAddress(c)
		for i, reason := range c.FinishReasons {
			switch reason {
			case "tool_call": // that of the conventions' messages
				c.FinishReasons[i] = "tool_calls"
			case "error": // the AI SDK's and Mastra's, of calls whose spans end well
				f.failed = true
			}
		}
	}
	if c.ErrorType == "" && f.hasFailed(span, c) {
		c.ErrorType = errorOf(span, c)
	}
	switch u := &c.Usage; {
	case u.Source != "": // the tap's
	case c.Operation.AboutResponse():
		*u = Usage{} // that of the call that made it
	default:
		u.complete(f.lack, f.total, IsGemini(c.RequestModel) || IsGemini(c.ResponseModel))
	}
}
