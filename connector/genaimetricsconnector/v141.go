package genaimetricsconnector

import (
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// v141 has the metrics of the conventions v1.41.
type v141 struct {
	guard
	tokenUsage, operationDuration, timeToFirstChunk *instrument
}

func newV141(add func(instrument) *instrument, g guard) *v141 {
	return &v141{
		guard: g,
		tokenUsage: add(tokenHistogram(genai.MetricTokenUsage, withLabel(genai.AttrTokenType),
			"Number of input and output tokens used.")),
		operationDuration: add(operationDuration()),
		timeToFirstChunk:  add(secondHistogram(genai.MetricOperationFirstChunk, commonLabels, descriptionFirstChunk)),
	}
}

const descriptionFirstChunk = "Time to receive the first chunk, measured from when the client issues the generation " +
	"request to when the first chunk is received in the response stream."

func operationDuration() instrument {
	return secondHistogram(genai.MetricOperationDuration, withLabel(genai.AttrErrorType), "GenAI operation duration.")
}

func (m *v141) record(c *genai.Call, now time.Time) {
	k := commonKey(c)
	if c.Operation != genai.OperationFetchResponse { // its tokens are those of the call that made the response
		if m.tokens(c.Usage.Input) {
			m.tokenUsage.observe(k.with(genai.TokenTypeInput), c.Usage.Input.N, c, now)
		}
		if m.tokens(c.Usage.Output) {
			m.tokenUsage.observe(k.with(genai.TokenTypeOutput), c.Usage.Output.N, c, now)
		}
	}
	if m.duration(c) {
		m.operationDuration.observe(k.with(c.ErrorType), int64(c.Duration), c, now)
	}
	if m.firstChunk(c) {
		m.timeToFirstChunk.observe(k, int64(c.TimeToFirstChunk), c, now)
	}
}
