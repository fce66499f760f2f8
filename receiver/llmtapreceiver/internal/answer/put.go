package answer

import (
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/outcome"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// Put writes the answer into call. It gives an error if the answer should have been readable and was not.
func (a *Answer) Put(x *exchange.Exchange, call *genai.Call) error {
	call.ResponseID, call.ResponseModel = a.ID, a.Model
	call.SystemFingerprint, call.ServiceTier = a.Fingerprint, a.Tier
	call.ResponseTruncated = call.ResponseTruncated || a.Cut
	a.putChoices(call)
	call.ToolCallHash = a.toolCallHash()
	class := ""
	if a.Failed {
		if class = apierror.Class(x.Status, a.Failure); class == genai.ErrorContextLength {
			call.ContextLimit, call.ContextTokens = apierror.ContextNumbers(a.Failure)
		}
	}
	whole := a.Ended && (call.Stream || !broke(x)) || x.Response.Truncated && x.End == exchange.Completed
	call.Outcome, call.ErrorType = outcome.Of(x, class, whole)
	a.putUsage(x, call)
	a.putCost(&x.Response, call)
	return a.unreadable(x, call)
}

// unreadable tells what could not be read. Of an answer that is not all there, or is an error page, that is no surprise.
func (a *Answer) unreadable(x *exchange.Exchange, call *genai.Call) error {
	switch err := a.reader.Err(); {
	case x.Response.Truncated || x.End != exchange.Completed || x.Status >= 400:
		return nil
	case call.Detail.InvalidEvents > 0:
		return fmt.Errorf("response: %d events are not valid JSON", call.Detail.InvalidEvents)
	case err != nil && !call.Stream:
		return fmt.Errorf("response: %w", err)
	}
	return nil
}

// broke tells that the answer's framing did not come to its end, by no fault of the client. Of a stream, clients have read the last
// event then; to what is no stream they see an error, even where all of its JSON has come.
func broke(x *exchange.Exchange) bool {
	return x.End == exchange.UpstreamBroken || x.End == exchange.UpstreamTimeout || x.End == exchange.Stopped
}

// putUsage writes what the server reported. What it left out is estimated: all, where it answered and reported nothing,
// the output of an answer that broke off after the input had been reported, or an input that the server never counted.
func (a *Answer) putUsage(x *exchange.Exchange, call *genai.Call) {
	if call.Operation.NoModelWork() { // what its answer counts is of another call
		call.Usage = genai.Usage{Source: genai.UsageNone}
		return
	}
	dropOverflows(&a.Usage)
	dropOverflows(&a.Timed)
	if !a.Ended && a.wrote() {
		dropZeros(&a.Usage)
	}
	call.Usage = a.Usage
	answered := x.Status >= 200 && x.Status < 300 && (!a.Failed || a.wrote()) && !a.NoEstimate
	if a.InputUncounted {
		call.Usage.Input = genai.Count{}
		if answered {
			call.Usage.Input = inputTokens(&x.Request)
		}
	}
	switch {
	case a.InputUncounted && call.Usage.Input.Known:
		call.Usage.Source = genai.UsageEstimated
	case a.Usage.Output.Known, a.Usage.AudioTime > 0, a.Usage.Input.Known && (a.NoOutput || !answered || a.Ended):
		call.Usage.Source = reportedBy(x)
	case !answered:
		call.Usage = genai.Usage{Source: genai.UsageNone}
	case a.Timed.Output.Known && len(a.Choices) == 1:
		call.Usage = a.Timed
		call.Usage.Source = genai.UsageEstimated
	default:
		a.estimate(x, call)
	}
}

// dropOverflows drops sums of absurd counts, which no number holds.
func dropOverflows(u *genai.Usage) {
	for _, sum := range [...]*genai.Count{&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.CacheWriteLong} {
		if sum.N < 0 {
			*sum = genai.Count{}
		}
	}
}

// dropZeros drops counts of nothing of an answer that broke off: some servers begin with them, before they have counted.
func dropZeros(u *genai.Usage) {
	for _, count := range [...]*genai.Count{&u.Input, &u.Output} {
		if count.N == 0 {
			*count = genai.Count{}
		}
	}
}

// reportedBy is the source of counts that the server gave.
func reportedBy(x *exchange.Exchange) genai.UsageSource {
	if x.UsageInjected {
		return genai.UsageInjected
	}
	return genai.UsageReported
}

// estimate gives counts that the server did not report, as far as the copies tell. Else they stay unknown.
func (a *Answer) estimate(x *exchange.Exchange, call *genai.Call) {
	u := &call.Usage
	reported := u.Input.Known
	if !reported {
		u.Input = inputTokens(&x.Request)
	}
	if !a.NoOutput {
		u.Output = a.outputTokens(&x.Response, call)
	}
	if call.Detail.Echoed && call.Operation == genai.OperationTextCompletion { // the prompt stands in the text, too
		u.Output = genai.Count{Known: u.Output.Known && u.Input.Known, N: max(0, u.Output.N-u.Input.N)}
	}
	switch {
	case u.Output.Known, u.Input.Known && !reported:
		u.Source = genai.UsageEstimated
	case reported:
		u.Source = reportedBy(x)
	default:
		*u = genai.Usage{Source: genai.UsageNone}
	}
}

// textPartMin is what part of the copy of a request or plain answer has to be text: one of which only the end is missing is
// nothing else, but for escapes. The text of a long item that the cut went through may not have been read.
const textPartMin = 4

// inputTokens estimates the input. What lies beyond the copy of a body that is mostly text counts as what lies within, else
// as nothing: it is mostly pictures and files.
func inputTokens(m *exchange.Message) genai.Count {
	n := prompt.Estimate(m.Body)
	switch {
	case !m.Truncated:
		return genai.Known(n)
	case n == 0:
		return genai.Count{}
	case len(m.Get("content-encoding")) > 0, n < tokens.OfSize(int64(len(m.Body)/textPartMin)):
		return genai.Known(n)
	}
	return genai.Known(beyond(n, m))
}

// beyond counts what lies beyond the copy of a body as what lies within.
func beyond(n int64, m *exchange.Message) int64 {
	return int64(float64(n) * float64(max(m.Size, int64(len(m.Body)))) / float64(len(m.Body)))
}

// outputTokens estimates the output. What lies beyond the copy of the body counts as what lies within. Of a whole answer
// that is all sound, pictures or hidden reasoning nothing tells how many tokens it has, unless none were asked for.
func (a *Answer) outputTokens(m *exchange.Message, call *genai.Call) genai.Count {
	n := tokens.Estimate(a.output()) + a.left
	if n == 0 && a.Ended && a.wrote() && call.Detail.MaxTokens != genai.Known(0) {
		return genai.Count{}
	}
	if !m.Truncated {
		return genai.Known(n)
	}
	coded := len(m.Get("content-encoding")) > 0
	if n == 0 || len(m.Body) == 0 || coded || !call.Stream && a.textBytes < len(m.Body)/textPartMin {
		return genai.Count{}
	}
	return genai.Known(beyond(n, m))
}

// putChoices writes the choices, by index, into call and its detail.
func (a *Answer) putChoices(out *genai.Call) {
	slices.SortStableFunc(a.Choices, func(x, y Choice) int { return x.Index - y.Index })
	finished := false
	out.FinishReasons = slices.Grow(out.FinishReasons, len(a.Choices))
	out.Detail.Choices = slices.Grow(out.Detail.Choices, len(a.Choices))
	for i := range a.Choices {
		c := &a.Choices[i]
		c.Finish = jsonscan.Word(c.Finish)
		finished = finished || c.Finish != ""
		out.FinishReasons = append(out.FinishReasons, c.Finish)
		out.Detail.Choices = append(out.Detail.Choices, c.detail())
		out.ToolCalls += len(c.Calls)
		for j := range c.Calls {
			if len(out.ToolNames) < ToolCallsMax {
				out.ToolNames = append(out.ToolNames, toolName(out.Detail, c.Calls[j].Name))
			}
		}
	}
	if !finished {
		out.FinishReasons = nil
	}
	for i, reason := range out.FinishReasons {
		if reason == "" {
			out.FinishReasons[i] = "error" // as the conventions want it where a choice did not finish
		}
	}
}

// toolName gives the name of a tool that was called as it may be kept: the client's own, or one that has the form of a name.
func toolName(detail *genai.Detail, name string) string {
	kept := jsonscan.ToolName(name)
	if kept != name && slices.ContainsFunc(detail.Tools, func(tool genai.Tool) bool { return tool.Name == name }) {
		return name
	}
	return kept
}

func (c *Choice) detail() genai.Choice {
	out := genai.Choice{
		Index: c.Index, Text: string(c.Text), Reasoning: string(c.Reasoning), Refusal: string(c.Refusal),
		FinishReason: c.Finish, Stop: c.Stop, Logprobs: c.Logprobs, Hidden: c.Hidden, Other: c.Other, LastMessage: c.LastMessage,
		LogprobTokens: c.LogprobTokens, LogprobAlternatives: c.LogprobAlternatives,
	}
	for i := range c.Calls {
		k := &c.Calls[i]
		list := &out.ToolCalls
		if k.ByServer {
			list = &out.ServerCalls
		}
		*list = append(*list, genai.ToolCall{
			ID: k.ID, Name: k.Name, Kind: k.Kind, Arguments: string(k.Arguments), ArgumentsNotText: k.NotText,
		})
	}
	return out
}

// toolCallHash is equal for calls of the same tools with the same arguments, however these are written.
func (a *Answer) toolCallHash() uint64 {
	var text []byte
	for i := range a.Choices {
		for j := range a.Choices[i].Calls {
			c := &a.Choices[i].Calls[j]
			text = history.AppendCall(text, c.Name, c.Arguments)
		}
	}
	if len(text) == 0 {
		return 0
	}
	return xxhash.Sum64(text)
}
