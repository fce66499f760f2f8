package genaiclickhouseexporter

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// The queries that docs/calls.md has for questions about a bill give what it says.
func TestQuestionsAboutABill(t *testing.T) {
	page, err := os.ReadFile("../../docs/calls.md")
	require.NoError(t, err)
	_, sql, _ := strings.Cut(string(page), "```sql\n")
	sql, _, _ = strings.Cut(sql, "```")
	queries := strings.Split(strings.ReplaceAll(sql, "llmtap.", testDatabase+"."), ";\n")

	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := billed()
	require.NoError(t, e.push(t.Context(), spansOf(calls...)))
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO "+testDatabase+`.machine_1h (t, upstream, cost_usd, calls_usd, idle_usd)
		VALUES ('2026-11-22 23:00:00', 'gpu', 4, 4, 0), ('2026-11-23 00:00:00', 'gpu', 4, 1, 3), ('2026-11-29 23:00:00', 'gpu', 4, 0, 4)`))
	for i, want := range []string{
		"('ada','gold',3,1,0)\n('bob','',0,NULL,3)",
		"('hourly','','m','ok',1)\n('no counts','','m','client_error',1)\n('no price','','m','ok',1)",
		"('2026-11-23','api.example.com','m','','1',2,1,20,NULL,2,3)\n('2026-11-23','api.example.com','m','','',3,0,20,NULL,2,NULL)",
		"('daily','bob',1,'2026-11-29 23:59:59.000000','2026-11-29 23:59:59.000000')",
		"('gpu',1,7)",
	} {
		require.Equal(t, want, ask(t, conn, "%s", "SELECT toString(tuple(*)) FROM ("+queries[i]+")"), queries[i])
	}
}

// billed are calls of a week, and one each of the weeks beside it.
func billed() []genai.Call {
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	of := func(user string, begin time.Duration, usd int64) genai.Call {
		call := genai.Call{
			TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{byte(begin / time.Hour), byte(usd), 1}, Operation: genai.OperationChat, RequestModel: "m",
			ServerAddress: "api.example.com", Start: monday.Add(begin), Outcome: genai.OutcomeOK, Caller: genai.Caller{UserID: user},
			Usage: genai.Usage{Input: genai.Known(10), Output: genai.Known(1), Source: genai.UsageReported},
			Cost:  genai.Cost{Amount: genai.NanoUSD(usd * 1_000_000_000), Known: usd >= 0},
		}
		if usd < 0 {
			call.Cost.Source = "unknown"
		}
		if user == "ada" {
			call.Cost.PriceVersion = "1"
			call.Caller.Labels = map[string]string{"plan": "gold"}
		}
		return call
	}
	failed, hourly := of("bob", 3*time.Hour, -1), of("bob", 4*time.Hour, -1)
	failed.Outcome, failed.Usage = genai.OutcomeClientError, genai.Usage{}
	hourly.Cost.Source = "hourly"
	estimated, refused := of("ada", time.Hour, 1), of("bob", 7*24*time.Hour-time.Second, 0)
	estimated.Usage.Source = genai.UsageEstimated
	refused.Outcome, refused.Usage, refused.Caller.Labels = genai.OutcomeRefused, genai.Usage{}, map[string]string{genai.LabelBudget: "daily"}
	return []genai.Call{of("ada", -time.Second, 8), of("ada", 0, 2), estimated, of("bob", 2*time.Hour, -1), failed, hourly, refused, of("ada", 7*24*time.Hour, 9)}
}
