package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// mend repairs what SDKs send in other ways than the conventions demand.
func mend(span ptrace.Span, c *Call, f *foreign) {
	if c.Outcome == "" { // an SDK's
		f.mendWords(c)
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

func (f *foreign) mendWords(c *Call) {
	c.Provider = knownProvider(c.Provider)
	for _, model := range []*string{&c.RequestModel, &c.ResponseModel} {
		if *model == modelNone || *model == modelUnknown {
			*model = ""
		}
	}
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
