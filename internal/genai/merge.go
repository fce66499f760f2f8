package genai

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// fill puts into a call what only the other dialect said.
func (f *foreign) fill(c *Call) {
	o := &f.call
	if o.Operation != "" {
		f.readAnswer()
		f.fillGenkit()
	}
	c.foreign = true
	c.Operation = cmp.Or(c.Operation, o.Operation, f.guess(c))
	c.Provider = cmp.Or(c.Provider, providerOf(f.system), providerOf(f.langChainProvider))
	c.RequestModel = cmp.Or(c.RequestModel, o.RequestModel, f.model)
	c.ResponseModel = cmp.Or(c.ResponseModel, o.ResponseModel, f.model)
	c.ServerAddress, c.ServerPort = cmp.Or(c.ServerAddress, o.ServerAddress), cmp.Or(c.ServerPort, o.ServerPort)
	c.ResponseID = cmp.Or(c.ResponseID, o.ResponseID)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, o.SystemFingerprint)
	c.ServiceTier = cmp.Or(c.ServiceTier, o.ServiceTier)
	c.ResponseFormat = cmp.Or(c.ResponseFormat, o.ResponseFormat)
	c.Stream = c.Stream || o.Stream
	if f.user != "" {
		c.SetHint(AttrCallerParametersUser, f.user)
	}
	c.Turn, c.ToolsOffered = cmp.Or(c.Turn, f.messages), cmp.Or(c.ToolsOffered, f.tools)
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

// fillUsage puts into a call the token counts that only the other dialect said, and makes wholes of those that lack parts.
func (f *foreign) fillUsage(c *Call) {
	u, o := &c.Usage, &f.call
	read := u.Reasoning.Known // the span was read before and says it
	f.bareOutput = f.bareOutput && !read
	f.uncachedInput = f.uncachedInput && !u.CacheRead.Known && !u.CacheWrite.Known || f.plain.input && !u.Input.Known
	for _, count := range []struct{ own, foreign *Count }{
		{&u.Input, &o.Usage.Input},
		{&u.Output, &o.Usage.Output},
		{&u.CacheRead, &o.Usage.CacheRead},
		{&u.CacheWrite, &o.Usage.CacheWrite},
		{&u.CacheWriteLong, &o.Usage.CacheWriteLong},
		{&u.Reasoning, &o.Usage.Reasoning},
		{&u.AudioInput, &o.Usage.AudioInput},
		{&u.AudioCacheRead, &o.Usage.AudioCacheRead},
		{&u.AudioOutput, &o.Usage.AudioOutput},
		{&u.ImageInput, &o.Usage.ImageInput},
		{&u.ImageOutput, &o.Usage.ImageOutput},
	} {
		if !count.own.Known {
			*count.own = *count.foreign
		}
	}
	f.fillTold(u)
	if f.uncachedInput && u.Input.Known && u.Possible() {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
	if (f.rig && !read || f.raw) && c.Cost.Source == "" { // else the span was read before and says it
		c.completeRaw(f.total)
	}
}

// guess takes a span with a provider and a model, as SDKs sent it before there was an operation, for a chat call.
func (f *foreign) guess(c *Call) Operation {
	if f.otherKind || c.Provider == "" && f.system == "" || c.RequestModel == "" && c.ResponseModel == "" {
		return ""
	}
	if f.counts {
		return OperationCountTokens
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

// mend repairs what SDKs send in other ways than the conventions demand.
func mend(span ptrace.Span, c *Call, f *foreign) {
	for _, model := range []*string{&c.RequestModel, &c.ResponseModel} {
		if c.Outcome == "" && (*model == modelNone || *model == modelUnknown) {
			*model = ""
		}
	}
	if c.Outcome == "" { // an SDK's
		c.Provider = knownProvider(c.Provider)
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
		c.ErrorType = exceptionOf(span)
	}
	switch u := &c.Usage; {
	case u.Source != "": // the tap's
	case c.Operation.AboutResponse():
		*u = Usage{} // that of the call that made it
	case u.Input.Known && u.Possible():
		u.include(f.total)
		if IsGemini(c.RequestModel) || IsGemini(c.ResponseModel) {
			u.findThoughts(f.total)
		}
	}
}

// include makes the input include the cache's parts, and the output the reasoning. Some SDKs leave them out, as the APIs
// of Anthropic and Bedrock do. It shows in the total of input and output, or where a part is more than its whole.
func (u *Usage) include(total Count) {
	cached, reasoning := u.CacheRead.N+u.CacheWrite.N, u.Reasoning.N
	if total.Known && u.Output.Known {
		switch total.N - u.Input.N - u.Output.N {
		case 0:
		case cached:
			u.Input.N += cached
		case reasoning:
			u.Output.N += reasoning
		case cached + reasoning:
			u.Input.N += cached
			u.Output.N += reasoning
		}
	}
	if cached > u.Input.N {
		u.Input.N += cached
	}
	if u.Output.Known && reasoning > u.Output.N {
		u.Output.N += reasoning
	}
}

// findThoughts finds the reasoning of Gemini's models that stands nowhere but in the total.
func (u *Usage) findThoughts(total Count) {
	rest := total.N - u.Input.N - u.Output.N
	if total.Known && total.N <= TokensMax && u.Output.Known && !u.Reasoning.Known && rest > 0 {
		u.Reasoning = Known(rest)
		u.Output.N += rest
	}
}

// errorOther is the conventions' class of an error that nothing else is known of.
const errorOther = "_OTHER"

// hasFailed tells whether the call did. Not every SDK gives the span of one that failed a status: there is an exception, or a word of no
// success, and nothing of an answer.
func (f *foreign) hasFailed(span ptrace.Span, c *Call) bool {
	if f.failed || span.Status().Code() == ptrace.StatusCodeError {
		return true
	}
	unanswered := c.Outcome == "" && span.Status().Code() == ptrace.StatusCodeUnset &&
		c.Usage == (Usage{}) && len(c.FinishReasons) == 0 && c.ResponseID == ""
	return unanswered && f.plain.unsuccessful || (unanswered || f.langSmith) && hasException(span)
}

func hasException(span ptrace.Span) bool {
	for _, event := range span.Events().All() {
		if event.Name() == "exception" {
			return true
		}
	}
	return false
}

func exceptionOf(span ptrace.Span) string {
	kind := errorOther
	for _, event := range span.Events().All() {
		if name, ok := event.Attributes().Get("exception.type"); ok && name.Str() != "" {
			kind = name.Str()
		}
	}
	return kind
}
