package fidelity

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

func chatStreamed() *genai.Call      { return streamed(textCall()) }
func toolStreamed() *genai.Call      { return streamed(toolCall()) }
func responsesStreamed() *genai.Call { return streamed(responses(textCall())) }
func messagesStreamed() *genai.Call  { return streamed(messages(textCall())) }
func ollamaStreamed() *genai.Call    { return streamed(ollama(textCall())) }
func responsesWhole() *genai.Call    { return responses(textCall()) }
func plainFailure() *genai.Call      { return failure(400, genai.ErrorInvalidRequest) }
func waitFailure() *genai.Call       { return failure(429, genai.ErrorRateLimit) }

func typedFailure() *genai.Call {
	return with(messagesStreamed(), func(c *genai.Call) { c.ErrorType, c.Detail.Choices = genai.ErrorOverloaded, nil })
}

func jsonKept() *genai.Call { return asJSON(`{"city":"Ulm"}`) }

func jsonText(text string) func() *genai.Call { return func() *genai.Call { return asJSON(text) } }

func choosing(mode string, names ...string) func() *genai.Call {
	return func() *genai.Call {
		return with(toolCall(), func(c *genai.Call) { c.Detail.ToolChoice = genai.ToolChoice{Mode: mode, Names: names} })
	}
}

func inText(c *genai.Call) {
	c.ToolCalls = 0
	c.Detail.Choices = []genai.Choice{{Text: "I can not.", FinishReason: "stop"}}
}

func otherName(c *genai.Call) { call(c).Name = "clock" }

func arguments(text string) func(*genai.Call) {
	return func(c *genai.Call) { call(c).Arguments = text }
}

func long(bytes int64, tokens int64) func() *genai.Call {
	return func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			c.Detail.PromptTextBytes, c.Usage.Input, c.Detail.TotalTokens = bytes, genai.Known(tokens), genai.Count{}
		})
	}
}

func continuing() *genai.Call {
	return with(responsesWhole(), func(c *genai.Call) {
		c.PreviousResponseID, c.Detail.EchoedResponseID = "resp_1", "resp_1"
	})
}

func pictured() *genai.Call {
	return with(textCall(), func(c *genai.Call) {
		c.InputImages, c.Usage.Input, c.Detail.TotalTokens = 1, genai.Known(300), genai.Count{}
		c.RequestBytes = 300 << 10
	})
}

func probed() *genai.Call {
	return with(textCall(), func(c *genai.Call) {
		c.Detail.LogprobsAsked, c.Detail.TopLogprobs = true, genai.Known(2)
		choice(c).Logprobs, choice(c).LogprobTokens, choice(c).LogprobAlternatives = true, 5, 2
	})
}

func thinking() *genai.Call {
	return with(textCall(), func(c *genai.Call) {
		choice(c).Reasoning, c.Usage.Reasoning = "Hm.", genai.Known(2)
	})
}

var examples = map[string]example{
	"tools.raw_markup": {kept: func() *genai.Call { return offered("All well.") }, broken: func() *genai.Call {
		return offered(`<tool_call>{"name":"weather","arguments":{"city":"Ulm"}}</tool_call>`)
	}},
	"tools.prose_json_call": {kept: func() *genai.Call { return offered("All well.") }, broken: func() *genai.Call {
		return offered(`{"name":"weather","parameters":{"city":"Ulm"}}`)
	}},
	"tools.control_token_leak":       changed(toolCall, func(c *genai.Call) { call(c).Name = "weather<|channel|>json" }),
	"tools.choice_required_violated": changed(choosing("required"), inText),
	"tools.choice_named_violated":    changed(choosing("named", "weather"), otherName),
	"tools.choice_none_violated": {broken: choosing("none"), kept: func() *genai.Call {
		return with(offered("Fine."), func(c *genai.Call) { c.Detail.ToolChoice.Mode = "none" })
	}},
	"tools.allowed_tools_violated": changed(choosing("allowed", "weather"), otherName),
	"tools.parallel_violated": {kept: func() *genai.Call {
		return with(toolCall(), func(c *genai.Call) { c.Detail.ParallelTools = new(bool) })
	}, broken: func() *genai.Call {
		return with(twoCalls(), func(c *genai.Call) { c.Detail.ParallelTools = new(bool) })
	}},
	"tools.finish_mismatch":         changed(toolCall, func(c *genai.Call) { choice(c).FinishReason = "stop" }),
	"tools.finish_without_calls":    changed(toolCall, func(c *genai.Call) { choice(c).ToolCalls, c.ToolCalls = nil, 0 }),
	"tools.lost_output":             changed(textCall, func(c *genai.Call) { choice(c).Text = "" }),
	"tools.only_reasoning":          changed(thinking, func(c *genai.Call) { choice(c).Text = "\n" }),
	"tools.strict_silently_dropped": byFlaw(func() *genai.Call { return responses(toolCall()) }, genai.FlawStrictEcho),
	"tools.result_unknown_call_id": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			c.Detail.TurnCallIDs, c.Detail.TurnResultIDs = []string{"a"}, []string{"a"}
		})
	}, func(c *genai.Call) { c.Detail.TurnResultIDs = []string{"b"} }),

	"tools.name_not_offered":    changed(toolCall, func(c *genai.Call) { call(c).Name = "forecast" }),
	"tools.args_not_json":       changed(toolCall, arguments(`{"city":`)),
	"tools.args_not_object":     changed(toolCall, arguments(`null`)),
	"tools.args_double_encoded": changed(toolCall, arguments(`"{\"city\":\"Ulm\"}"`)),
	"tools.args_schema_invalid": changed(toolCall, arguments(`{"town":"Ulm"}`)),
	"tools.arguments_type":      changed(toolCall, func(c *genai.Call) { call(c).ArgumentsNotText = true }),
	"tools.id_missing":          changed(toolCall, func(c *genai.Call) { call(c).ID = "" }),
	"tools.id_duplicate":        changed(twoCalls, func(c *genai.Call) { call(c).ID = "call_2" }),
	"tools.id_reused_across_turns": changed(func() *genai.Call {
		return with(toolCall(), func(c *genai.Call) { c.Detail.TurnCallIDs = []string{"call_0"} })
	}, func(c *genai.Call) { call(c).ID = "call_0" }),

	"tools.delta_index":            byFlaw(toolStreamed, genai.FlawToolIndex),
	"tools.delta_first_incomplete": byFlaw(toolStreamed, genai.FlawToolFirst),
	"tools.delta_repeats_id_name":  byFlaw(toolStreamed, genai.FlawToolRepeats),

	"structured.not_json":       {kept: jsonKept, broken: jsonText("Sure! Ulm it is.")},
	"structured.fenced":         {kept: jsonKept, broken: jsonText("```json\n{\"city\":\"Ulm\"}\n```")},
	"structured.trailing_text":  {kept: jsonKept, broken: jsonText(`{"city":"Ulm"} there you are`)},
	"structured.duplicate_keys": {kept: jsonKept, broken: jsonText(`{"city":"Ulm","city":"Bonn"}`)},
	"structured.nan":            {kept: jsonKept, broken: jsonText(`{"city":NaN}`)},
	"structured.schema_invalid": {kept: jsonKept, broken: jsonText(`{"city":7}`)},
	"structured.enum_choice": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			c.Detail.AnswerChoice, choice(c).Text = []string{"yes", "no"}, "no"
		})
	}, func(c *genai.Call) { choice(c).Text = "perhaps" }),
	"structured.regex": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.Detail.AnswerRegex, choice(c).Text = `a|\d+`, "42" })
	}, func(c *genai.Call) { choice(c).Text = "42!" }),
	"structured.unsupported_keyword_accepted": changed(jsonKept, func(c *genai.Call) {
		c.Detail.ResponseSchema = []byte(`{"type":"object","patternProperties":{}}`)
	}),
	"structured.format_ignored_flag": byFlaw(responsesWhole, genai.FlawFormatEcho),

	"stream.no_done":          changed(chatStreamed, func(c *genai.Call) { c.Detail.Done = false }),
	"stream.no_finish_reason": changed(chatStreamed, func(c *genai.Call) { choice(c).FinishReason = "" }),
	"stream.n_incomplete": changed(func() *genai.Call {
		return with(chatStreamed(), func(c *genai.Call) {
			c.Detail.ChoiceCount = 2
			c.Detail.Choices = append(c.Detail.Choices, genai.Choice{Index: 1, Text: "No.", FinishReason: "stop"})
		})
	}, func(c *genai.Call) { choice(c).FinishReason = "" }),
	"stream.premature_close":        changed(chatStreamed, func(c *genai.Call) { c.ErrorType = genai.ErrorStreamBroken }),
	"stream.stream_ignored":         changed(chatStreamed, func(c *genai.Call) { c.Stream = false }),
	"stream.data_not_json":          changed(chatStreamed, func(c *genai.Call) { c.Detail.InvalidEvents = 1 }),
	"stream.multi_json_in_one_data": byFlaw(chatStreamed, genai.FlawSeveralJSON),
	"stream.content_type_wrong":     byFlaw(chatStreamed, genai.FlawMediaType),
	"stream.invalid_utf8":           byFlaw(textCall, genai.FlawInvalidUTF8),
	"stream.replacement_char": changed(textCall, func(c *genai.Call) {
		c.Detail.Flaws.Add(genai.FlawReplacementChar)
		choice(c).Text = "It is \ufffd."
	}),
	"stream.empty_data_event":             byFlaw(chatStreamed, genai.FlawEmptyEvent),
	"stream.comment_keepalive":            byFlaw(chatStreamed, genai.FlawComments),
	"stream.crlf":                         byFlaw(chatStreamed, genai.FlawCR),
	"stream.bom":                          byFlaw(chatStreamed, genai.FlawByteOrderMark),
	"stream.after_done":                   byFlaw(chatStreamed, genai.FlawAfterEnd),
	"stream.event_name_present_on_chat":   byFlaw(chatStreamed, genai.FlawEventName),
	"stream.id_missing":                   byFlaw(chatStreamed, genai.FlawNoID),
	"stream.id_changes":                   byFlaw(chatStreamed, genai.FlawIDChanges),
	"stream.created_changes":              byFlaw(chatStreamed, genai.FlawCreatedChanges),
	"stream.model_changes":                byFlaw(chatStreamed, genai.FlawModelChanges),
	"stream.object_wrong":                 byFlaw(chatStreamed, genai.FlawObject),
	"stream.chunk_without_choices":        byFlaw(chatStreamed, genai.FlawNoChoices),
	"stream.choice_index_missing":         byFlaw(chatStreamed, genai.FlawNoChoiceIndex),
	"stream.first_delta_no_role":          byFlaw(chatStreamed, genai.FlawNoRole),
	"stream.two_finish_reasons":           byFlaw(chatStreamed, genai.FlawTwoFinishReasons),
	"stream.delta_after_finish":           byFlaw(chatStreamed, genai.FlawDeltaAfterFinish),
	"stream.delta_repeats":                byFlaw(chatStreamed, genai.FlawDeltaRepeats),
	"stream.usage_only_chunk_has_choices": byFlaw(chatStreamed, genai.FlawUsageWithChoices),

	"responses.event_name_mismatch":    byFlaw(responsesStreamed, genai.FlawEventNameDiffers),
	"responses.no_sequence_number":     byFlaw(responsesStreamed, genai.FlawNoSequence),
	"responses.sequence_gap":           byFlaw(responsesStreamed, genai.FlawSequenceGap),
	"responses.no_output_index":        byFlaw(responsesStreamed, genai.FlawNoOutputIndex),
	"responses.no_content_index":       byFlaw(responsesStreamed, genai.FlawNoContentIndex),
	"responses.no_item_id":             byFlaw(responsesStreamed, genai.FlawNoItemID),
	"responses.first_not_created":      byFlaw(responsesStreamed, genai.FlawFirstNotCreated),
	"responses.terminal_count":         byFlaw(responsesStreamed, genai.FlawTerminalCount),
	"responses.event_after_terminal":   byFlaw(responsesStreamed, genai.FlawAfterTerminal),
	"responses.item_never_done":        byFlaw(responsesStreamed, genai.FlawItemNotDone),
	"responses.done_without_added":     byFlaw(responsesStreamed, genai.FlawDoneNotAdded),
	"responses.part_never_done":        byFlaw(responsesStreamed, genai.FlawPartNotDone),
	"responses.text_done_differs":      byFlaw(responsesStreamed, genai.FlawTextDiffers),
	"responses.args_done_differs":      byFlaw(responsesStreamed, genai.FlawArgumentsDiffer),
	"responses.no_delta":               byFlaw(responsesStreamed, genai.FlawNoDelta),
	"responses.args_done_missing":      byFlaw(responsesStreamed, genai.FlawNoArgumentsDone),
	"responses.reasoning_done_missing": byFlaw(responsesStreamed, genai.FlawNoReasoningDone),
	"responses.final_output_differs":   byFlaw(responsesStreamed, genai.FlawFinalDiffers),
	"responses.item_id_changes":        byFlaw(responsesStreamed, genai.FlawItemIDChanges),
	"responses.unknown_event_type":     byFlaw(responsesStreamed, genai.FlawUnknownEvent),
	"responses.required_fields_null":   byFlaw(responsesStreamed, genai.FlawNullField),
	"responses.error_without_failed":   byFlaw(responsesStreamed, genai.FlawErrorWithoutFailed),

	"responses.encrypted_reasoning_missing": changed(func() *genai.Call {
		return with(responsesWhole(), func(c *genai.Call) { c.Detail.EncryptedAsked, choice(c).Hidden = true, true })
	}, func(c *genai.Call) { c.Detail.Flaws.Add(genai.FlawNotEncrypted) }),

	"anthropic.first_not_message_start":    byFlaw(messagesStreamed, genai.FlawFirstNotStart),
	"anthropic.block_overlap":              byFlaw(messagesStreamed, genai.FlawBlockOverlap),
	"anthropic.block_index_gap":            byFlaw(messagesStreamed, genai.FlawBlockIndexGap),
	"anthropic.delta_outside_block":        byFlaw(messagesStreamed, genai.FlawDeltaOutside),
	"anthropic.delta_type_mismatch":        byFlaw(messagesStreamed, genai.FlawDeltaType),
	"anthropic.text_block_no_text":         byFlaw(messagesStreamed, genai.FlawTextBlockNoText),
	"anthropic.tool_block_no_input":        byFlaw(messagesStreamed, genai.FlawToolBlockNoInput),
	"anthropic.no_message_stop":            changed(messagesStreamed, func(c *genai.Call) { c.Detail.Done = false }),
	"anthropic.no_message_delta":           byFlaw(messagesStreamed, genai.FlawNoMessageDelta),
	"anthropic.thinking_without_signature": byFlaw(messagesStreamed, genai.FlawNoSignature),
	"anthropic.event_name_mismatch":        byFlaw(messagesStreamed, genai.FlawEventNameDiffers),
	"anthropic.stop_sequence_mismatch": changed(func() *genai.Call {
		return with(messages(textCall()), func(c *genai.Call) { c.Detail.Stop = []string{"END"} })
	}, func(c *genai.Call) { c.Detail.Flaws.Add(genai.FlawStopSequence) }),
	"anthropic.error_unwrapped": byFlaw(typedFailure, genai.FlawErrorUntyped),

	"ollama.no_done_true":   changed(ollamaStreamed, func(c *genai.Call) { c.Detail.Done = false }),
	"ollama.missing_counts": byFlaw(ollamaStreamed, genai.FlawDoneNoCounts),

	"state.previous_response_id_ignored":       changed(continuing, func(c *genai.Call) { c.Detail.EchoedResponseID = "" }),
	"state.previous_response_unknown_accepted": changed(continuing, func(c *genai.Call) { c.Detail.EchoedResponseID = "" }),
	"state.store_not_honoured":                 byFlaw(responsesWhole, genai.FlawStoreEcho),
	"state.echo_mismatch":                      byFlaw(responsesWhole, genai.FlawEchoDiffers),
	"state.prompt_shrink":                      {kept: long(15_000, 3500), broken: long(15_000, 27)},
	"state.truncation_disabled_violated": changed(func() *genai.Call {
		return with(long(15_000, 3500)(), func(c *genai.Call) { c.Detail.TruncationOff = true })
	}, func(c *genai.Call) { c.Usage.Input = genai.Known(2048) }),
	"model.substituted": changed(textCall, func(c *genai.Call) { c.ResponseModel = "llama" }),

	"usage.missing":               changed(textCall, func(c *genai.Call) { c.Usage = genai.Usage{Source: genai.UsageEstimated} }),
	"usage.requested_but_missing": changed(chatStreamed, func(c *genai.Call) { c.Usage = genai.Usage{Source: genai.UsageNone} }),
	"usage.unrequested": {kept: func() *genai.Call {
		return with(chatStreamed(), func(c *genai.Call) { c.Detail.IncludeUsage, c.Usage.Source = false, genai.UsageEstimated })
	}, broken: func() *genai.Call {
		return with(chatStreamed(), func(c *genai.Call) { c.Detail.IncludeUsage = false })
	}},
	"usage.zero":                    changed(textCall, func(c *genai.Call) { c.Usage.Output = genai.Known(0) }),
	"usage.total_mismatch":          changed(textCall, func(c *genai.Call) { c.Detail.TotalTokens = genai.Known(36) }),
	"usage.reasoning_gt_completion": changed(thinking, func(c *genai.Call) { c.Usage.Reasoning = genai.Known(6) }),
	"usage.cached_gt_prompt": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.Usage.CacheRead = genai.Known(30) })
	}, func(c *genai.Call) { c.Usage.CacheRead = genai.Known(31) }),
	"usage.completion_gt_max": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.Detail.MaxTokens = genai.Known(5) })
	}, func(c *genai.Call) { c.Detail.MaxTokens = genai.Known(4) }),
	"usage.completion_lt_min": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.Detail.MinTokens, c.Detail.ServerShown = genai.Known(5), genai.ProviderVLLM })
	}, func(c *genai.Call) { c.Detail.MinTokens = genai.Known(6) }),
	"usage.continuous_not_monotone":       byFlaw(chatStreamed, genai.FlawUsageFalls),
	"usage.details_missing":               byFlaw(responsesWhole, genai.FlawUsageDetails),
	"usage.reasoning_text_without_tokens": changed(thinking, func(c *genai.Call) { c.Usage.Reasoning = genai.Count{} }),
	"usage.tokens_vs_bytes": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			choice(c).Text, c.Usage.Output = strings.Repeat("word ", 100), genai.Known(100)
			c.Detail.TotalTokens = genai.Count{}
		})
	}, func(c *genai.Call) { c.Usage.Output = genai.Known(10) }),
	"usage.logprobs_len":                   changed(probed, func(c *genai.Call) { choice(c).LogprobTokens = 7 }),
	"usage.anthropic_start_delta_disagree": byFlaw(messagesStreamed, genai.FlawUsageDisagrees),

	"chat.n_mismatch": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			c.Detail.ChoiceCount = 2
			c.Detail.Choices = append(c.Detail.Choices, genai.Choice{Index: 1, Text: "No.", FinishReason: "stop"})
		})
	}, func(c *genai.Call) { c.Detail.Choices = c.Detail.Choices[:1] }),
	"chat.logprobs_ignored":   changed(probed, func(c *genai.Call) { choice(c).Logprobs = false }),
	"chat.top_logprobs_count": changed(probed, func(c *genai.Call) { choice(c).LogprobAlternatives = 1 }),
	"chat.stop_string_in_output": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) { c.Detail.Stop = []string{"END"} })
	}, func(c *genai.Call) { choice(c).Text = "The END" }),
	"chat.echo_ignored": changed(func() *genai.Call {
		return with(textCall(), func(c *genai.Call) {
			c.Operation, c.APIType, c.Detail.Echoed, c.Detail.Prompt = genai.OperationTextCompletion, "", true, []byte(`"Rain falls on Ulm"`)
			choice(c).Text = "Rain falls on Ulm."
		})
	}, func(c *genai.Call) { choice(c).Text = " and on Bonn." }),
	"transcript.format_ignored": changed(transcript, func(c *genai.Call) { c.Detail.Transcript.Given = "json" }),
	"chat.no_finish_reason":     changed(textCall, func(c *genai.Call) { choice(c).FinishReason = "" }),
	"reasoning.present_despite_none": changed(func() *genai.Call {
		return with(thinking(), func(c *genai.Call) { c.Detail.ReasoningOff, choice(c).Reasoning = true, "" })
	}, func(c *genai.Call) { choice(c).Reasoning = "Hm." }),
	"reasoning.think_tag_in_content": changed(textCall, func(c *genai.Call) { choice(c).Text = "hm</think>Fine." }),
	"reasoning.field_dialect":        byFlaw(textCall, genai.FlawReasoningDiffer),

	"embedding.dimensions_ignored":      changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Vectors[1].Dimensions = 9 }),
	"embedding.encoding_format_ignored": changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Base64Asked = true }),
	"embedding.count":                   changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Inputs = genai.Known(3) }),
	"embedding.index":                   changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Vectors[1].Index = 0 }),
	"embedding.all_zero":                changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Vectors[1].Zero = true }),
	"embedding.not_finite":              changed(embedding, func(c *genai.Call) { c.Detail.Embedding.Vectors[1].Invalid = true }),
	"rerank.count":                      changed(rerank, func(c *genai.Call) { c.Detail.Rerank.TopN = genai.Known(1) }),
	"rerank.unsorted":                   changed(rerank, func(c *genai.Call) { c.Detail.Rerank.Results[1].Score = 2 }),
	"rerank.index":                      changed(rerank, func(c *genai.Call) { c.Detail.Rerank.Results[1].Index = 3 }),

	"err.body_not_json":     byFlaw(plainFailure, genai.FlawErrorNotJSON),
	"err.html_body":         byFlaw(plainFailure, genai.FlawErrorHTML),
	"err.no_error_object":   byFlaw(plainFailure, genai.FlawErrorNoObject),
	"err.missing_fields":    byFlaw(plainFailure, genai.FlawErrorMissingFields),
	"err.code_type":         byFlaw(plainFailure, genai.FlawErrorNumericCode),
	"err.status_mismatch":   changed(textCall, func(c *genai.Call) { c.ErrorType = genai.ErrorContentFilter }),
	"err.midstream":         changed(chatStreamed, func(c *genai.Call) { c.ErrorType = genai.ErrorServerError }),
	"err.midstream_untyped": byFlaw(typedFailure, genai.FlawErrorUntyped),
	"err.context_length": changed(func() *genai.Call { return failure(400, genai.ErrorContextLength) },
		func(c *genai.Call) { c.HTTPStatus = 500 }),
	"err.retry_after_missing":  byFlaw(waitFailure, genai.FlawNoRetryAfter),
	"err.500_for_client_fault": changed(plainFailure, func(c *genai.Call) { c.HTTPStatus = 500 }),

	"multimodal.modality_dropped": changed(pictured, func(c *genai.Call) { c.Usage.Input = genai.Known(36) }),
}
