package genailedgerextension

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// counted is a call as it is charged: with what the ledger held back for it in the place of counts that nobody knows. Without that a
// caller who hangs up in time, or asks for what the tap cannot read, would pay nothing. Of an answer that has not begun nothing counts,
// of any other its bound. Of one that has a price but for what nobody counted, the tokens count as text.
func (l *Ledger) counted(call *genai.Call, held *reservation) *genai.Call {
	u := call.Usage
	if held != nil && !(u.Input.Known && u.Output.Known) && worked(call) {
		fill(&u, call, held)
	}
	if incomplete(call) {
		u = asText(u)
	}
	if u == call.Usage {
		return call
	}
	counted := *call
	counted.Usage, counted.Content, counted.History = u, nil, nil // of which a conversation would have one call more
	if accountant := l.accountant.Load(); accountant != nil && !call.Cost.Known {
		(*accountant).Account(&counted)
	}
	return &counted
}

// incomplete tells that a call has a price, by which the tokens that are known are not all that it cost.
func incomplete(call *genai.Call) bool {
	return !call.Cost.Known && call.Cost.PriceVersion != "" && call.Cost.Source != pricebook.SourceHourly
}

// asText gives usage that the price of text is enough for: without sound and pictures that nobody counted, or tools of the server's own.
func asText(u genai.Usage) genai.Usage {
	u.AudioInput.Known, u.ImageOutput.Known, u.HostedTools = true, true, false
	return u
}

// fill takes the counts that nobody knows from what was held back.
func fill(u *genai.Usage, call *genai.Call, held *reservation) {
	u.Source = genai.UsageEstimated
	if !u.Input.Known {
		u.Input = held.usage.Input
	}
	if !u.Output.Known {
		u.Output = genai.Known(0)
		if call.HTTPStatus/100 == 2 {
			u.Output = held.usage.Output
		}
	}
}

// worked tells that a model was at work on a call beyond what is known of it. It was not on one that the server answered with an error, nor
// on one that came to an end of which all is known, as those that load a model.
func worked(call *genai.Call) bool {
	switch call.Operation {
	case genai.OperationTranscription, genai.OperationTranslation, genai.OperationSpeech, genai.OperationImage, genai.OperationRealtime:
		return false // what these use is not estimated
	}
	switch call.Outcome {
	case genai.OutcomeOK:
		return len(call.FinishReasons) == 0 || call.ResponseTruncated
	case genai.OutcomeClientAbort, genai.OutcomeTimeout:
		return true
	}
	return call.ErrorType == genai.ErrorStreamBroken
}
