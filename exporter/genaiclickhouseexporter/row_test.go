package genaiclickhouseexporter

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// fullCall has a different value in every field.
func fullCall() genai.Call {
	return genai.Call{
		TraceID: pcommon.TraceID{0xab, 15: 1}, SpanID: pcommon.SpanID{0xcd, 7: 2}, ParentSpanID: pcommon.SpanID{0xef, 7: 3},
		Start: time.Date(2026, 11, 23, 10, 20, 30, 123_456_000, time.UTC), Duration: 1_500_001 * time.Microsecond,
		Caller: genai.Caller{
			UserID: "ada", Team: "core", App: "chat", Environment: "prod", KeyHash: "00ff00ff00ff00ff",
			Labels: map[string]string{"tier": "gold", "région": "été"},
		},
		Operation: genai.OperationChat, Provider: "openai", APIType: "chat_completions", Upstream: "vllm",
		ServerAddress: "10.0.0.1", ServerPort: 8000, ServerVersion: "vllm/0.26.0", RequestModel: "qwen", ResponseModel: "qwen3",
		Stream: true, HTTPStatus: 200, Outcome: genai.OutcomeClientAbort, ErrorType: genai.ErrorRateLimit,
		FinishReasons: []string{"stop", "length"},
		ResponseID:    "chatcmpl-1", PreviousResponseID: "resp_0", SystemFingerprint: "fp", ServiceTier: "flex",
		ConversationID: "c1", DerivedConversationID: "d1", ConversationTurn: 4, HistoryTokens: genai.Known(77),
		TimeToFirstChunk: 120_002 * time.Microsecond, MaxGap: 30_003 * time.Microsecond, Chunks: 17, TapOverhead: 44 * time.Microsecond,
		Usage: genai.Usage{
			Input: genai.Known(100), Output: genai.Known(50), CacheRead: genai.Known(60), CacheWrite: genai.Known(5),
			Reasoning: genai.Known(7), AudioInput: genai.Known(1), AudioOutput: genai.Known(2), ImageInput: genai.Known(3),
			ImageOutput: genai.Known(4), CacheWriteLong: genai.Known(8), AudioCacheRead: genai.Known(9),
			AudioTime: 10 * time.Second, Source: genai.UsageInjected,
		},
		Cost:         genai.Cost{Amount: 123_456_789_123, Known: true, Source: "config", PriceVersion: "2026-11-01"},
		ToolsOffered: 2, ToolCalls: 1, ToolNames: []string{"weather", "météo"}, InputImages: 11, InputAudios: 12, InputFiles: 13,
		ResponseFormat: "json_schema", PromptHash: math.MaxUint64, PromptVersion: 5, ToolCallHash: 6, Turn: 3, Retry: 9,
		RequestBytes: 1000, ResponseBytes: 2000, RequestTruncated: false, ResponseTruncated: true,
		Fidelity: genai.Fidelity{
			Applicable: []string{"a", "b"}, Failed: []string{"a"}, Suspected: []string{"b"}, Undecidable: []string{"c"},
			Evidence: []string{"a: x;\n'y'"},
		},
		Content: &genai.Content{Request: "{\"q\": \"a;b\\0\"}\x00\xff", Response: "[]"},
	}
}

// dollars is the amount as the column has it, or nil.
func dollars(row *Row) *decimal.Decimal {
	if !row.Cost.known {
		return nil
	}
	d := decimal.New(row.Cost.nanoUSD, -9)
	return &d
}

// toRow gives a call that has no start one that no limit cuts.
func toRow(c *genai.Call) (r Row) {
	if c.Start.IsZero() {
		c.Start = timeMin
	}
	r.put(c, new(limiter))
	return r
}

func TestRowOfUnknowns(t *testing.T) {
	row := toRow(&genai.Call{Operation: genai.OperationChat, RequestModel: "qwen", DerivedConversationID: "d"})
	require.Nil(t, row.InputTokens.orNil())
	require.Nil(t, row.ReasoningTokens.orNil())
	require.Nil(t, dollars(&row))
	require.Equal(t, "none", string(usageSources[row.UsageSource]))
	require.Equal(t, "ok", string(outcomes[row.Outcome]))
	require.Equal(t, "qwen", row.Model, "without an answer the model is the requested one")
	require.Equal(t, "d", row.ConversationID)
	require.True(t, row.ConversationDerived)
	require.False(t, row.HasContent)
}

func TestRowOfAnSDKsSpan(t *testing.T) {
	f := func(call genai.Call, outcome, source string) {
		t.Helper()
		row := toRow(&call)
		require.Equal(t, outcome, string(outcomes[row.Outcome]))
		require.Equal(t, source, string(usageSources[row.UsageSource]))
	}
	f(genai.Call{Usage: genai.Usage{Output: genai.Known(1)}}, "ok", "reported")
	f(genai.Call{ErrorType: "InternalServerError"}, "upstream_error", "none")
	f(genai.Call{Outcome: "novel", Usage: genai.Usage{Source: "novel"}}, "ok", "none")
}

// The server is not to blame for what its users ask too much of, get wrong, or stop.
func TestOutcomeOfAnSDKsError(t *testing.T) {
	f := func(want genai.Outcome, errorType string, status int) {
		t.Helper()
		row := toRow(&genai.Call{ErrorType: errorType, HTTPStatus: status})
		require.Equal(t, string(want), string(outcomes[row.Outcome]))
	}
	f(genai.OutcomeClientError, "AI_RetryError", 429)
	f(genai.OutcomeClientError, "429", 0)
	f(genai.OutcomeClientError, "openai.RateLimitError", 0)
	f(genai.OutcomeClientError, "BadRequestError", 0)
	f(genai.OutcomeClientAbort, "APIUserAbortError", 0)
	f(genai.OutcomeClientAbort, "AbortError", 200) // in the middle of a stream
	f(genai.OutcomeClientAbort, "asyncio.exceptions.CancelledError", 0)
	f(genai.OutcomeTimeout, "APIConnectionTimeoutError", 0)
	f(genai.OutcomeTimeout, "APITimeoutError", 0)
	f(genai.OutcomeTimeout, "timeout", 0)
	f(genai.OutcomeTimeout, "AI_APICallError", 504)
	f(genai.OutcomeUpstreamError, "AI_APICallError", 500)
	f(genai.OutcomeUpstreamError, "503", 0)
	f(genai.OutcomeUpstreamError, "RateLimitError", 529)
	f(genai.OutcomeUpstreamError, "APIConnectionError", 0)
	f(genai.OutcomeUpstreamError, "_OTHER", 0)
	f(genai.OutcomeUpstreamError, "_OTHER", 200)
	f(genai.OutcomeUpstreamError, "200", 0)
}

func TestRowSaturates(t *testing.T) {
	row := toRow(&genai.Call{
		Start: timeMax.Add(time.Nanosecond), Duration: -1, Chunks: math.MaxInt, HTTPStatus: -1, Turn: 1 << 16, RequestBytes: -1,
		Usage: genai.Usage{Input: genai.Known(math.MaxUint32), Output: genai.Known(math.MaxUint32 + 1)},
	})
	require.Equal(t, timeMax, row.Time)
	require.Zero(t, row.DurationUS)
	require.Equal(t, uint32(math.MaxUint32), row.Chunks)
	require.Zero(t, row.HTTPStatus)
	require.Equal(t, uint16(math.MaxUint16), row.Turn)
	require.Zero(t, row.RequestBytes)
	require.Equal(t, uint32(math.MaxUint32), *row.InputTokens.orNil())
	require.Nil(t, row.OutputTokens.orNil(), "a count that no model can reach is unknown")
	require.Equal(t, 1, row.Cut)

	row = toRow(&genai.Call{Start: timeMin.Add(-1)})
	require.Equal(t, timeMin, row.Time)
	require.Equal(t, 1, row.Cut)
}

func TestMoneyFitsTheColumn(t *testing.T) {
	f := func(amount genai.NanoUSD, want string) {
		t.Helper()
		row := toRow(&genai.Call{Cost: genai.Cost{Amount: amount, Known: true}})
		if want == "" {
			require.Nil(t, dollars(&row))
		} else {
			require.Equal(t, want, dollars(&row).String())
		}
	}
	f(0, "0")
	f(1, "0.000000001")
	f(nanoUSDMax, "999999999.999999999")
	f(nanoUSDMax+1, "")
	f(-nanoUSDMax, "-999999999.999999999")
	f(math.MinInt64, "")
	f(genai.NanoUSDFrom(math.NaN()), "")
}

func TestTextsAreCutAtTheLimit(t *testing.T) {
	f := func(text, want string, cut int) {
		t.Helper()
		row := toRow(&genai.Call{Caller: genai.Caller{UserID: text}})
		require.Equal(t, want, row.UserID)
		require.Equal(t, cut, row.Cut)
	}
	full := strings.Repeat("x", textBytesMax)
	f(full, full, 0)
	f(full+"x", full[3:]+genai.CutMark, 1)
	f(full[4:]+"éxyz", full[4:]+genai.CutMark, 1) // not within a character
	f("a\xffb", "a\uFFFDb", 0)                    // as what shows, selects and sends it on has it
	f(strings.Repeat("a\x80", textBytesMax), strings.Repeat("a\uFFFD", 255)+"a"+genai.CutMark, 1)
}

func TestListsAndLabelsAreUTF8(t *testing.T) {
	row := toRow(&genai.Call{
		ToolNames: []string{"a\xff"}, Caller: genai.Caller{Labels: map[string]string{"k\xff": "v\xff"}},
		Fidelity: genai.Fidelity{Applicable: []string{"a\xff"}, ApplicableText: "a\xff"},
	})
	require.Equal(t, []string{"a\uFFFD"}, row.ToolNames)
	require.Equal(t, []string{"a\uFFFD"}, row.FidelityApplicable)
	require.Equal(t, map[string]string{"k\uFFFD": "v\uFFFD"}, row.Labels)
	require.Zero(t, row.Cut)
}

func TestListsAndLabelsAreCutAtTheLimit(t *testing.T) {
	names := make([]string, listItemsMax+1)
	labels := make(map[string]string)
	for i := range labelsMax + 1 {
		labels[fmt.Sprintf("k%03d", i)] = "v"
	}
	row := toRow(&genai.Call{ToolNames: names, Caller: genai.Caller{Labels: labels}})
	require.Len(t, row.ToolNames, listItemsMax)
	require.Len(t, row.Labels, labelsMax)
	require.NotContains(t, row.Labels, fmt.Sprintf("k%03d", labelsMax))
	require.Equal(t, 2, row.Cut)

	delete(labels, "k000")
	long := []string{"a", strings.Repeat("x", textBytesMax+1)}
	row = toRow(&genai.Call{ToolNames: names[:listItemsMax], FinishReasons: long, Caller: genai.Caller{Labels: labels}})
	require.Len(t, row.ToolNames, listItemsMax)
	require.Equal(t, labels, row.Labels)
	require.Len(t, row.FinishReasons[1], textBytesMax)
	require.Len(t, long[1], textBytesMax+1, "the span's own list stays as it is")
	require.Equal(t, 1, row.Cut)

	row = toRow(&genai.Call{Caller: genai.Caller{Labels: map[string]string{"k": strings.Repeat("x", textBytesMax+1)}}})
	require.Len(t, row.Labels["k"], textBytesMax)
}

func TestContentIsCutAtTheLimit(t *testing.T) {
	f := func(size, want int, cut bool) {
		t.Helper()
		row := toRow(&genai.Call{Content: &genai.Content{Request: strings.Repeat("x", size)}})
		require.Len(t, row.Request, want)
		require.Equal(t, cut, row.ContentCut)
		require.Equal(t, cut, row.Cut == 1)
	}
	f(contentBytesMax, contentBytesMax, false)
	f(contentBytesMax+1, contentBytesMax, true)
}

func TestBatchFollowsFromItsCalls(t *testing.T) {
	row := func(n byte) Row { return toRow(&genai.Call{SpanID: pcommon.SpanID{n}}) }
	one := newBatch([]Row{row(1), row(2), row(3)})
	other := newBatch([]Row{row(3), row(1), row(2), row(1)})
	require.Equal(t, one.token, other.token)
	require.Len(t, other.rows, 3)
	require.Equal(t, 1, other.repeated)
	for i := range one.rows {
		require.Equal(t, one.rows[i].CallID, other.rows[i].CallID)
		require.Equal(t, one.token, strconv.FormatUint(one.rows[i].BatchID, 10))
	}
	smaller := newBatch([]Row{row(1), row(2)})
	require.NotEqual(t, one.token, smaller.token)
}

// docs/calls.md describes the columns in the order of the table.
func TestEveryColumnIsDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/calls.md")
	require.NoError(t, err)
	var described, columns []string
	table, _, _ := strings.Cut(string(page), "## ")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\|").FindAllStringSubmatch(table, -1) {
		described = append(described, strings.Split(strings.ReplaceAll(row[1], "`", ""), ", ")...)
	}
	for _, c := range callsTable.columns {
		columns = append(columns, c.name)
	}
	require.Equal(t, slices.Insert(columns, 1, "inserted_at"), described)
	for _, outcome := range outcomes {
		require.Contains(t, string(page), "\n| `"+string(outcome)+"` |")
	}
}
