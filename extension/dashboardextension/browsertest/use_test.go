package browsertest

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// Who cost most, on which model, and why: the first row names them, and a click shows what changed for that user alone.
func TestWhoCostMostAndWhy(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	address := page(t, server)
	b := newBrowser(t)
	query := between(1)
	query.Set("board", "cost")
	b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(address+"/?"+query.Encode()), answered())
	require.Less(t, value[float64](t, b, "performance.getEntriesByName('first-contentful-paint')[0].startTime"), 1000.0, "milliseconds to the first paint")

	database := func(sql string) string {
		return strings.TrimSpace(dashboardstest.Exec(t, server, sql, url.Values{"database": {"llmtap"}}))
	}
	const day = "FROM cost_1h WHERE t >= '2026-11-17 12:00:00' AND t <= '2026-11-18 12:00:00'"
	var spent float64
	require.NoError(t, json.Unmarshal([]byte(value[string](t, b, "document.querySelector('#spent [data-value]').dataset.value")), &spent))
	var want float64
	require.NoError(t, json.Unmarshal([]byte(database("SELECT toFloat64(sum(cost_usd)) "+day)), &want))
	require.InDelta(t, want, spent, 1e-9)

	const first = "document.querySelector('#users tbody tr')"
	most := database("SELECT user_id " + day + " GROUP BY user_id ORDER BY sum(cost_usd) DESC LIMIT 1")
	require.Equal(t, most, value[string](t, b, first+".cells[0].textContent"))
	b.do(t, chromedp.Click("#users tbody tr td a"), chromedp.Poll[chromedp.Void]("location.search.includes('user="+most+"')"), answered())
	require.Equal(t, most, value[string](t, b, "[...new Set([...document.querySelectorAll('#why tbody tr')].map((r) => r.cells[0].textContent))].join()"))
	require.Equal(t, "true", value[string](t, b, "String(document.querySelector('#why td.more') !== null)"), "what changed most is marked")

	b.do(t, chromedp.KeyEvent("2"), chromedp.Poll[chromedp.Void]("document.title.startsWith('Latency')"), answered())
	require.Contains(t, value[string](t, b, "location.search"), "user="+most, "what was chosen stays")
}
