package fidelity

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

const weatherSchema = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}`

// textCall is an answer in text that keeps every promise.
func textCall() *genai.Call {
	return &genai.Call{
		Operation: genai.OperationChat, Provider: "openai", APIType: genai.APIChatCompletions, Upstream: "vllm", HTTPStatus: 200,
		Outcome: genai.OutcomeOK, RequestModel: "qwen", ResponseModel: "qwen-2026-01-01", ResponseID: "c1", ResponseBytes: 900,
		PromptHash: 7, Turn: 1,
		Usage: genai.Usage{Input: genai.Known(30), Output: genai.Known(5), Source: genai.UsageReported},
		Detail: &genai.Detail{
			ChoiceCount: 1, Choices: []genai.Choice{{Text: "It is fine.", FinishReason: "stop"}},
			PromptTextBytes: 40, TotalTokens: genai.Known(35),
		},
	}
}

// toolCall is a tool call that keeps every promise.
func toolCall() *genai.Call {
	c := textCall()
	c.ToolsOffered, c.ToolCalls = 2, 1
	c.Detail.Tools = []genai.Tool{
		{Name: "weather", Kind: "function", Schema: []byte(weatherSchema), Strict: true},
		{Name: "clock", Kind: "function", Schema: []byte(`{"type":"object"}`)},
	}
	c.Detail.Choices = []genai.Choice{{FinishReason: "tool_calls", ToolCalls: []genai.ToolCall{
		{ID: "call_1", Name: "weather", Kind: "function", Arguments: `{"city":"Ulm"}`},
	}}}
	return c
}

func twoCalls() *genai.Call {
	c := toolCall()
	c.ToolCalls = 2
	first := &c.Detail.Choices[0]
	first.ToolCalls = append(first.ToolCalls, genai.ToolCall{ID: "call_2", Name: "clock", Kind: "function", Arguments: "{}"})
	return c
}

// offered is an answer in text although tools were offered.
func offered(text string) *genai.Call {
	c := toolCall()
	c.ToolCalls = 0
	c.Detail.Choices = []genai.Choice{{Text: text, FinishReason: "stop"}}
	return c
}

func streamed(c *genai.Call) *genai.Call {
	c.Stream, c.Detail.StreamAsked, c.Detail.IncludeUsage, c.Detail.Done, c.Chunks = true, true, true, true, 3
	return c
}

func responses(c *genai.Call) *genai.Call {
	c.APIType, c.FinishReasons = genai.APIResponses, []string{"completed"}
	c.Detail.Choices[0].FinishReason = "completed"
	return c
}

func messages(c *genai.Call) *genai.Call {
	c.APIType, c.Provider = "", genai.ProviderAnthropic
	c.Detail.Choices[0].FinishReason = "end_turn"
	return c
}

func ollama(c *genai.Call) *genai.Call {
	c.APIType, c.Provider = "", genai.ProviderOllama
	return c
}

// asJSON is an answer to a request for JSON by a strict schema.
func asJSON(text string) *genai.Call {
	c := textCall()
	c.ResponseFormat = "json_schema"
	c.Detail.ResponseSchema, c.Detail.SchemaStrict = []byte(weatherSchema), true
	c.Detail.Choices[0].Text = text
	return c
}

func embedding() *genai.Call {
	c := textCall()
	c.Operation, c.APIType, c.Detail.Choices = genai.OperationEmbeddings, "", nil
	c.Detail.Embedding = &genai.Embedding{
		Inputs: genai.Known(2), Dimensions: genai.Known(8),
		Vectors: []genai.Vector{{Index: 0, Dimensions: 8}, {Index: 1, Dimensions: 8}},
	}
	return c
}

func rerank() *genai.Call {
	c := textCall()
	c.Operation, c.APIType, c.Detail.Choices = genai.OperationRetrieval, "", nil
	c.Detail.Rerank = &genai.Rerank{
		Documents: 3, TopN: genai.Known(2), Results: []genai.RerankResult{{Index: 2, Score: 0.9}, {Index: 0, Score: 0.1}},
	}
	return c
}

func transcript() *genai.Call {
	c := textCall()
	c.Operation, c.APIType = genai.OperationTranscription, ""
	c.Detail.Transcript = &genai.Transcript{Asked: "vtt", Given: "vtt"}
	return c
}

func failure(status int, class string) *genai.Call {
	c := textCall()
	c.HTTPStatus, c.ErrorType, c.Outcome, c.Detail.Choices = status, class, genai.OutcomeClientError, nil
	return c
}

func with(c *genai.Call, change func(*genai.Call)) *genai.Call {
	change(c)
	return c
}

func flawed(c *genai.Call, flaw genai.Flaw) *genai.Call {
	c.Detail.Flaws.Add(flaw)
	return c
}

func choice(c *genai.Call) *genai.Choice { return &c.Detail.Choices[0] }

func call(c *genai.Call) *genai.ToolCall { return &c.Detail.Choices[0].ToolCalls[0] }

func verdicts(c *genai.Call) genai.Fidelity {
	c.Content = &genai.Content{}
	NewJudge().Apply(c)
	return c.Fidelity
}

// kept and broken are an answer that keeps a check's promise and one that breaks it.
type example struct{ kept, broken func() *genai.Call }

// byFlaw is the example of a check of a flaw.
func byFlaw(base func() *genai.Call, flaw genai.Flaw) example {
	return example{kept: base, broken: func() *genai.Call { return flawed(base(), flaw) }}
}

func changed(base func() *genai.Call, change func(*genai.Call)) example {
	return example{kept: base, broken: func() *genai.Call { return with(base(), change) }}
}

// Every check finds a broken promise and passes a kept one; where the answer is cut it decides neither way.
func TestEveryCheck(t *testing.T) {
	ids := map[string]bool{}
	for _, check := range Checks() {
		require.False(t, ids[check.ID], "%s is there twice", check.ID)
		ids[check.ID] = true
		require.NotEmpty(t, check.Rule, check.ID)
		if overSeveralCalls[check.ID] {
			continue
		}
		e, ok := examples[check.ID]
		require.True(t, ok, "%s has no example", check.ID)
		t.Run(check.ID, func(t *testing.T) { checkExample(t, &check, e) })
	}
	for id := range examples {
		require.True(t, ids[id], "%s is no check", id)
	}
}

func checkExample(t *testing.T, check *Check, e example) {
	broken, kept := verdicts(e.broken()), verdicts(e.kept())
	list := map[Class][]string{Violation: broken.Failed, Suspicion: broken.Suspected, Information: broken.Noted}[check.Class]
	require.Contains(t, list, check.ID)
	for _, other := range [][]string{kept.Failed, kept.Suspected, kept.Noted, kept.Undecidable} {
		require.NotContains(t, other, check.ID)
	}
	require.Equal(t, check.Class != Information, slices.Contains(kept.Applicable, check.ID))
	require.Equal(t, check.Class != Information, slices.Contains(broken.Applicable, check.ID))

	cut := e.broken()
	cut.ResponseTruncated = true
	if f := verdicts(cut); !decidableWhenCut[check.ID] {
		require.NotContains(t, slices.Concat(f.Applicable, f.Failed, f.Suspected, f.Noted), check.ID)
	}
}

// What a settled call shows nothing of, the checks of it have nothing to do with; some ask no more than the trait.
func TestTraitsHideNothing(t *testing.T) {
	const exact = succeeded | generated | anyStream | chatStream | messagesStream | ollamaStream
	for id, e := range examples {
		for which, made := range map[string]func() *genai.Call{"kept": e.kept, "broken": e.broken} {
			s := subjectOf(made())
			if !s.settled {
				continue
			}
			for _, check := range checks {
				if !s.is(check.of) && check.of&exact == 0 && !check.forFlaw {
					require.Equal(t, NotApplicable, check.judge(s).verdict, "%s %s: %s", id, which, check.ID)
				}
			}
		}
	}
}

// A flawless answer keeps what checks of flaws promise.
func TestFlawlessAnswersPass(t *testing.T) {
	passed := map[string]bool{}
	for id, e := range examples {
		for _, made := range []func() *genai.Call{e.kept, e.broken} {
			s := subjectOf(made())
			if !s.flawless {
				continue
			}
			for _, check := range checks {
				if check.forFlaw && s.is(check.of) {
					require.Equal(t, Pass, check.judge(s).verdict, "%s: %s", id, check.ID)
					passed[check.ID] = true
				}
			}
		}
	}
	for _, check := range checks {
		require.True(t, !check.forFlaw || passed[check.ID], "no example has the trait of %s", check.ID)
	}
}

// decidableWhenCut are checks that do not need all of the answer.
var decidableWhenCut = map[string]bool{
	"tools.result_unknown_call_id": true, "stream.stream_ignored": true, "stream.data_not_json": true,
	"structured.unsupported_keyword_accepted": true, "stream.premature_close": true, "err.status_mismatch": true,
	"err.midstream": true, "err.context_length": true, "err.500_for_client_fault": true,
}

// overSeveralCalls are checks that TestHistory has examples of.
var overSeveralCalls = map[string]bool{
	"tools.stream_parity": true, "state.id_collision": true, "chat.seed_not_deterministic": true,
}

// What a call keeps of the evidence depends on whether it keeps its content.
func TestEvidence(t *testing.T) {
	c := with(toolCall(), func(c *genai.Call) { call(c).Name = "secret\n" + strings.Repeat("é", 110) })
	NewJudge().Apply(c)
	require.Contains(t, c.Fidelity.Failed, "tools.name_not_offered")
	require.Empty(t, c.Fidelity.Evidence)
	f := verdicts(c)
	require.Len(t, f.Evidence, 1)
	require.True(t, strings.HasPrefix(f.Evidence[0], "tools.name_not_offered: secret é"))
	require.LessOrEqual(t, len(f.Evidence[0]), len("tools.name_not_offered: ")+evidenceBytesMax+len("…"))
}

// A call of which nothing is wrong has no verdict against it, in any form.
func TestNothingIsWrong(t *testing.T) {
	for name, c := range map[string]*genai.Call{
		"text": textCall(), "tool": toolCall(), "two": twoCalls(), "stream": streamed(toolCall()), "json": asJSON(`{"city":"Ulm"}`),
		"responses": streamed(responses(textCall())), "messages": streamed(messages(textCall())),
		"ollama": streamed(ollama(textCall())), "embedding": embedding(), "rerank": rerank(),
	} {
		f := verdicts(c)
		require.Empty(t, f.Failed, name)
		require.Empty(t, f.Suspected, name)
		require.Empty(t, f.Noted, name)
		require.Empty(t, f.Undecidable, name)
		require.NotEmpty(t, f.Applicable, name)
	}
}
