package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
)

const model = "gpt-4o-mini" // has a price in the built-in book

// row is what a call must leave behind.
type row struct {
	User         string          `ch:"user_id"`
	Model        string          `ch:"model"`
	Stream       bool            `ch:"stream"`
	Status       uint16          `ch:"http_status"`
	Outcome      string          `ch:"outcome"`
	ErrorType    string          `ch:"error_type"`
	Input        *uint64         `ch:"input"`
	Output       *uint64         `ch:"output"`
	Source       string          `ch:"usage_source"`
	Cost         decimal.Decimal `ch:"cost"`
	Duration     uint64          `ch:"duration"`
	FirstContent uint64          `ch:"first_content"`
}

const rows = `SELECT user_id, model, stream, http_status, toString(outcome) AS outcome, toString(error_type) AS error_type,
	CAST(input_tokens, 'Nullable(UInt64)') AS input, CAST(output_tokens, 'Nullable(UInt64)') AS output,
	toString(usage_source) AS usage_source, ifNull(cost_usd, -1) AS cost, toUInt64(duration_us) AS duration,
	toUInt64(ttfc_us) AS first_content FROM llmtap.calls ORDER BY user_id`

// price is the cost of tokens of gpt-4o-mini: 0.15 and 0.60 dollars per million.
func price(input, output int64) decimal.Decimal {
	perMillion := decimal.New(1, -6)
	return decimal.NewFromInt(input).Mul(decimal.RequireFromString("0.15")).
		Add(decimal.NewFromInt(output).Mul(decimal.RequireFromString("0.60"))).Mul(perMillion)
}

func TestOneCallBecomesOneRow(t *testing.T) {
	sim := simulator(t, model)
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), sim.URL)
	client := openai.NewClient(option.WithBaseURL(c.tap+"/v1"), option.WithAPIKey("sk-x"), option.WithMaxRetries(0))
	ask := openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Say something.")},
	}
	plain, err := client.Chat.Completions.New(context.Background(), ask, option.WithHeader("x-llmtap-user", "1-sdk-plain"))
	require.NoError(t, err)

	ask.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(context.Background(), ask, option.WithHeader("x-llmtap-user", "2-sdk-stream"))
	var folded openai.ChatCompletionAccumulator
	for stream.Next() {
		folded.AddChunk(stream.Current())
	}
	require.NoError(t, stream.Err())
	require.NotEmpty(t, folded.Choices[0].Message.Content)

	status, _, body := c.post(t, "3-curl", chat(false))
	require.Equal(t, 200, status)
	var answer struct {
		Usage struct {
			PromptTokens     int64 `json:"prompt_tokens"`
			CompletionTokens int64 `json:"completion_tokens"`
		} `json:"usage"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))

	db := c.store(t)
	untilCalls(t, db, 3)
	var got []row
	require.NoError(t, db.Select(context.Background(), &got, rows))
	f := func(i int, user string, stream bool, input, output int64) {
		t.Helper()
		r := got[i]
		require.EqualValues(t, input, *r.Input)
		require.EqualValues(t, output, *r.Output)
		require.Equal(t, price(input, output).String(), r.Cost.String())
		require.Greater(t, r.FirstContent, uint64(30_000), "the server waits 30 ms")
		require.GreaterOrEqual(t, r.Duration, r.FirstContent)
		r.Input, r.Output, r.Cost, r.Duration, r.FirstContent = nil, nil, decimal.Decimal{}, 0, 0
		require.Equal(t, row{User: user, Model: model, Stream: stream, Status: 200, Outcome: "ok", Source: "reported"}, r)
	}
	f(0, "1-sdk-plain", false, plain.Usage.PromptTokens, plain.Usage.CompletionTokens)
	f(1, "2-sdk-stream", true, folded.Usage.PromptTokens, folded.Usage.CompletionTokens)
	f(2, "3-curl", false, answer.Usage.PromptTokens, answer.Usage.CompletionTokens)

	var fromCalls, fromRollup decimal.Decimal
	require.NoError(t, db.QueryRow(context.Background(), "SELECT sum(cost_usd) FROM llmtap.calls").Scan(&fromCalls))
	require.NoError(t, db.QueryRow(context.Background(), "SELECT sum(cost_usd) FROM llmtap.cost_1h").Scan(&fromRollup))
	require.Equal(t, fromCalls.String(), fromRollup.String())
}

func TestUpstreamDownIsAnErrorAndARow(t *testing.T) {
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), "http://"+freeport.Address(t))
	status, header, body := c.post(t, "ada", chat(true))
	require.Equal(t, 502, status)
	require.Equal(t, "upstream_unreachable", header.Get("x-llmtap-error"))
	var answer struct {
		Error struct{ Message, Type, Code string } `json:"error"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	require.Equal(t, "upstream_unreachable", answer.Error.Code)
	require.NotEmpty(t, answer.Error.Message)

	db := c.store(t)
	untilCalls(t, db, 1)
	var got []row
	require.NoError(t, db.Select(context.Background(), &got, rows))
	require.Equal(t, []any{"ada", uint16(502), "upstream_error", "upstream_unavailable"},
		[]any{got[0].User, got[0].Status, got[0].Outcome, got[0].ErrorType})
	require.Nil(t, got[0].Input)
}

func TestStoreDownStopsNoCall(t *testing.T) {
	sim := simulator(t, model)
	address, folder := freeport.Address(t), t.TempDir()
	engine := func() func() {
		_, stop := clickhouseembeddedtest.Open(t, func(cfg *clickhouseembeddedextension.Config) {
			cfg.Endpoint, cfg.DataDir = address, folder
		})
		return stop
	}
	c := start(t, "server.yaml", t.TempDir(), address, sim.URL) // the store is down from the start
	call := func(user string) {
		t.Helper()
		status, _, body := c.post(t, user, chat(true))
		require.Equal(t, 200, status)
		require.True(t, strings.HasSuffix(body, "data: [DONE]\n\n"))
	}
	call("1-before")
	stop := engine()
	db := c.store(t)
	untilCalls(t, db, 1)
	stop()
	call("2-while-down")
	engine()
	call("3-after")
	untilCalls(t, db, 3)
	var users []string
	require.NoError(t, db.QueryRow(context.Background(), "SELECT arraySort(groupArray(user_id)) FROM llmtap.calls").Scan(&users))
	require.Equal(t, []string{"1-before", "2-while-down", "3-after"}, users)
}
