package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// Whoever looks after a database adds columns, projections and tables of their own to it.
func TestWhatUsersAddIsInNobodysWay(t *testing.T) {
	folder := t.TempDir()
	address := clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) { config.DataDir = folder })
	url := "http://" + address
	write(t, url, []genai.Call{{Operation: genai.OperationChat, RequestModel: "m", Start: start, Cost: genai.Cost{Amount: 2_000_000_000, Known: true}}})
	conn := clickhouseembeddedtest.Connect(t, address)
	for _, query := range []string{
		"ALTER TABLE llmtap.cost_1h ADD COLUMN cost_eur Decimal(38, 9) ALIAS cost_usd * 0.5",
		"ALTER TABLE llmtap.conversation_1h ADD COLUMN reviewed Bool",
		"ALTER TABLE llmtap.calls ADD PROJECTION by_user (SELECT * ORDER BY user_id)",
		"ALTER TABLE llmtap.calls ADD PROJECTION by_user_too (SELECT user_id, sum(cost_usd) GROUP BY user_id)",
		"CREATE TABLE llmtap.repriced_by_hand (call_id UUID) ENGINE = MergeTree ORDER BY call_id",
	} {
		require.NoError(t, conn.Exec(t.Context(), query))
	}
	lapse(t, folder, "llmtap.repriced_by_hand")
	for _, command := range []string{"audit", "repair", "audit"} {
		said, err := callOfDay(t, url, command)
		require.NoError(t, err, said)
	}
	require.Equal(t, "(1,1)", ask(t, conn, "SELECT (sum(calls), toInt32(sum(cost_eur))) FROM llmtap.cost_1h"))
	require.Equal(t, "1", ask(t, conn, "SELECT count() FROM system.tables WHERE database = 'llmtap' AND name = 'repriced_by_hand'"))
}
