package genai

import (
	"cmp"
	"slices"
	"time"
)

// fill puts into a call what only the other dialect said. One that is none it leaves as it is.
func (f *foreign) fill(c *Call) {
	o := &f.call
	if o.Operation != "" {
		f.readAnswer()
		f.fillGenkit()
		f.readToolCalls(f.langfuseOutput)
	}
	c.foreign = true
	if c.Operation = cmp.Or(c.Operation, o.Operation, f.guess(c)); !isModelCall(c.Operation) {
		return // as most spans are none
	}
	if f.counts {
		c.Operation = OperationCountTokens // also where agentgateway calls it a chat
	}
	o.Provider = cmp.Or(providerOf(o.Provider), providerOf(f.langChainProvider))
	o.RequestModel, o.ResponseModel = cmp.Or(o.RequestModel, f.model), cmp.Or(o.ResponseModel, f.model)
	o.TimeToFirstChunk = f.timeToFirstChunk(c)
	if len(c.FinishReasons) == 0 {
		o.FinishReasons = f.reasons()
	}
	if len(c.ToolNames) == 0 {
		o.ToolNames = f.toolNames()
		o.ToolCalls = len(o.ToolNames)
	}
	for _, fields := range [][]field{whatFields, outcomeFields, requestFields} {
		for i := range fields {
			fields[i].fill(c, o)
		}
	}
	if f.user != "" {
		c.SetHint(AttrCallerParametersUser, f.user)
	}
	f.fillUsage(c)
}

func (f *foreign) reasons() []string {
	switch {
	case len(f.choices) > 0:
		return inOrder(f.choices)
	case f.plain.stopReason != "":
		return []string{f.plain.stopReason}
	}
	return inOrder(f.messageReasons)
}

// toolNames takes the first of those that say the same calls, if there are several.
func (f *foreign) toolNames() []string {
	for _, list := range [][]indexed{f.toolParts, f.aiSDKToolCalls, f.toolCalls, f.answerCalls} {
		if len(list) > 0 {
			return inOrder(list)
		}
	}
	return nil
}

func (f *foreign) timeToFirstChunk(c *Call) time.Duration {
	switch first := f.call.TimeToFirstChunk; {
	case f.firstChunk.After(c.Start):
		return f.firstChunk.Sub(c.Start)
	case first == 0 && (c.Stream || f.call.Stream):
		return f.firstToken
	default:
		return first
	}
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

// inOrder gives the texts in the order of their numbers.
func inOrder(list []indexed) []string {
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
