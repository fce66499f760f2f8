package genaimetricsconnector

import (
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// current has the metrics of the conventions' main branch.
type current struct {
	guard
	input, output, cacheRead, cacheWrite, reasoning *instrument // totals
	callInput, callOutput                           *instrument // per call
	inferenceDuration, timeToFirstChunk             *instrument
	embeddingsDuration, embeddingsInput             *instrument
	// operationDuration is of the operations that are neither; nil when v1.41 has it.
	operationDuration *instrument
}

func newCurrent(add func(instrument) *instrument, g guard, withV141 bool) *current {
	total := func(name, description string) *instrument {
		return add(instrument{
			name: name, unit: unitToken, labels: withLabel(genai.AttrTokenModality), description: description,
		})
	}
	perCall := func(name, description string) *instrument {
		return add(tokenHistogram(name, commonLabels, description))
	}
	m := &current{
		guard:      g,
		input:      total(genai.MetricInferenceInputTokens, "Input tokens used, cached ones included."),
		output:     total(genai.MetricInferenceOutputTokens, "Output tokens used, reasoning included."),
		cacheRead:  total(genai.MetricInferenceCacheRead, "Input tokens read from a cache; part of the input tokens."),
		cacheWrite: total(genai.MetricInferenceCacheWrite, "Input tokens written to a cache; part of the input tokens."),
		reasoning:  total(genai.MetricInferenceReasoning, "Output tokens of reasoning; part of the output tokens."),
		callInput:  perCall(genai.MetricOperationInputTokens, "Input tokens of each call."),
		callOutput: perCall(genai.MetricOperationOutputTokens, "Output tokens of each call."),
		inferenceDuration: add(secondHistogram(genai.MetricInferenceDuration, withLabel(genai.AttrErrorType),
			"GenAI inference duration.")),
		timeToFirstChunk: add(secondHistogram(genai.MetricInferenceFirstChunk, commonLabels, descriptionFirstChunk)),
		embeddingsDuration: add(secondHistogram(genai.MetricEmbeddingsDuration, withLabel(genai.AttrErrorType),
			"GenAI client embeddings operation duration.")),
		embeddingsInput: perCall(genai.MetricEmbeddingsInputTokens, "Input tokens of each embeddings call."),
	}
	if !withV141 {
		m.operationDuration = add(operationDuration())
	}
	return m
}

func (m *current) record(c *genai.Call, now time.Time) {
	k := commonKey(c)
	if c.Operation == genai.OperationEmbeddings {
		m.recordEmbeddings(k, c, now)
		return
	}
	if !inference(c.Operation) {
		if m.operationDuration != nil && m.duration(c) {
			m.operationDuration.observe(k.with(c.ErrorType), int64(c.Duration), c, now)
		}
		return
	}
	if m.duration(c) {
		m.inferenceDuration.observe(k.with(c.ErrorType), int64(c.Duration), c, now)
	}
	if m.firstChunk(c) {
		m.timeToFirstChunk.observe(k, int64(c.TimeToFirstChunk), c, now)
	}
	m.recordUsage(k, c, now)
}

func (m *current) recordEmbeddings(k key, c *genai.Call, now time.Time) {
	if m.duration(c) {
		m.embeddingsDuration.observe(k.with(c.ErrorType), int64(c.Duration), c, now)
	}
	if m.tokens(c.Usage.Input) {
		m.embeddingsInput.observe(k, c.Usage.Input.N, c, now)
	}
}

func (m *current) recordUsage(k key, c *genai.Call, now time.Time) {
	u := &c.Usage
	if m.tokens(u.Input) {
		recordByModality(m.input, k, u.Input.N, u.ImageInput, u.AudioInput, now)
		m.callInput.observe(k, u.Input.N, c, now)
	}
	if m.tokens(u.Output) {
		recordByModality(m.output, k, u.Output.N, u.ImageOutput, u.AudioOutput, now)
		m.callOutput.observe(k, u.Output.N, c, now)
	}
	part := func(in *instrument, n, audio genai.Count) {
		if m.tokens(n) {
			recordByModality(in, k, n.N, genai.Count{}, audio, now)
		}
	}
	part(m.cacheRead, u.CacheRead, u.AudioCacheRead)
	part(m.cacheWrite, u.CacheWrite, genai.Count{})
	part(m.reasoning, u.Reasoning, genai.Count{})
}

// recordByModality splits a total so that the modalities add up to it. What is left is text when the others are known.
func recordByModality(in *instrument, k key, total int64, image, audio genai.Count, now time.Time) {
	left := total
	part := func(modality string, n int64) {
		if n = min(n, left); n > 0 {
			in.add(k.with(modality), n, now)
			left -= n
		}
	}
	part(genai.TokenModalityImage, image.N)
	part(genai.TokenModalityAudio, audio.N)
	if left == 0 && total > 0 {
		return
	}
	rest := genai.TokenModalityUnknown
	if image.Known && audio.Known {
		rest = genai.TokenModalityText
	}
	in.add(k.with(rest), left, now)
}

// inference tells the operations whose metrics have names of their own on the conventions' main branch.
func inference(op genai.Operation) bool {
	switch op {
	case genai.OperationChat, genai.OperationTextCompletion, genai.OperationGenerateContent:
		return true
	}
	return false
}
