package genai

// putAsked writes what a request asks of its answer, which is in no row. Stop strings are left out: they are words of a prompt.
func putAsked(w attributes, c *Call, d *Detail) {
	if d.MaxTokens.N != Unbounded {
		w.count(AttrRequestMaxTokens, d.MaxTokens)
	}
	if d.ChoiceCount > 1 {
		w.num(AttrRequestChoiceCount, int64(d.ChoiceCount))
	}
	w.number(AttrRequestTemperature, d.Sampling.Temperature)
	w.number(AttrRequestTopP, d.Sampling.TopP)
	w.number(AttrRequestTopK, d.Sampling.TopK)
	w.number(AttrRequestFrequencyPenalty, d.Sampling.FrequencyPenalty)
	w.number(AttrRequestPresencePenalty, d.Sampling.PresencePenalty)
	w.count(AttrRequestSeed, d.Sampling.Seed)
	w.str(AttrReasoningLevel, d.ReasoningLevel)
	w.str(AttrOutputType, outputType(c))
	if d.Embedding != nil {
		w.count(AttrEmbeddingDimensions, d.Embedding.Dimensions)
		if d.Embedding.Base64Asked {
			w.strs(AttrRequestEncodingFormats, base64Formats)
		}
	}
}

var base64Formats = []string{"base64"}

// outputType is the kind of answer that was asked for; empty where the request does not say it.
func outputType(c *Call) string {
	switch c.Operation {
	case OperationImage:
		return "image"
	case OperationSpeech:
		return "speech"
	}
	switch c.ResponseFormat {
	case "json_object", "json_schema":
		return "json"
	case "text":
		return "text"
	}
	return ""
}
