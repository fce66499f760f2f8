package browsertest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// cell is the text under a head in a row of a panel's table.
func cell(panel, head string, row int) string {
	return fmt.Sprintf(`(() => { const table = document.querySelector('#%s table');
		return table.tBodies[0].rows[%d].cells[[...table.tHead.rows[0].cells].findIndex((c) => c.textContent === %q)].textContent })()`, panel, row, head)
}

// Which user cost most yesterday, on which model, and why: two clicks from the page that opens first.
func TestWhoCostMostYesterdayAndWhyInTwoClicks(t *testing.T) {
	server := engine(t, "")
	yesterday := dashboardstest.Small
	yesterday.To = time.Now().UTC().Truncate(24 * time.Hour)
	dashboardstest.Fill(t, server, yesterday)
	address := page(t, server)
	ask := func(sql string) string {
		parameters := url.Values{"database": {"llmtap"}, "param_to": {strconv.FormatInt(yesterday.To.Unix(), 10)}}
		return strings.TrimSpace(dashboardstest.Exec(t, server, sql, parameters))
	}
	const before = " FROM calls WHERE ts >= toDateTime({to:UInt32}) - 172800 AND ts < toDateTime({to:UInt32}) - 86400"
	const day = " FROM calls WHERE ts >= toDateTime({to:UInt32}) - 86400 AND ts < toDateTime({to:UInt32})"
	user := ask("SELECT user_id" + day + " GROUP BY user_id ORDER BY sum(cost_usd) DESC LIMIT 1")
	of := " AND user_id = '" + user + "'"
	model := ask("SELECT model" + day + of + " GROUP BY model ORDER BY sum(cost_usd) DESC LIMIT 1")
	of += " AND model = '" + model + "'"

	b := newBrowser(t)
	b.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address), answered())
	require.Less(t, value[float64](t, b, "performance.getEntriesByName('first-contentful-paint')[0].startTime"), 1000.0, "milliseconds to the first paint")
	require.Equal(t, "Cost · llmtap", value[string](t, b, "document.title"))

	b.do(t, chromedp.Click("#quick a[title=Yesterday]"), chromedp.Poll[chromedp.Void]("location.search.includes('from=now-1d')"), answered())
	require.Equal(t, ask("SELECT toFloat64(sum(cost_usd))"+day), value[string](t, b, "document.querySelector('#spent [data-value]').dataset.value"))
	require.Equal(t, user, value[string](t, b, cell("users", "User", 0)))
	require.Equal(t, model, value[string](t, b, cell("users", "Model", 0)))

	b.do(t, chromedp.Click("#users tbody tr:first-child a"), chromedp.Poll[chromedp.Void]("location.search.includes('user="+user+"')"), answered())
	require.Equal(t, "1", value[string](t, b, "String(new Set([...document.querySelectorAll('#why tbody tr')].map((r) => r.cells[0].textContent)).size)"))
	require.Equal(t, user, value[string](t, b, cell("why", "User", 0)))
	require.Equal(t, model, value[string](t, b, cell("why", "Model", 0)))
	require.Equal(t, "more tokens per call", value[string](t, b, cell("why", "Because", 0)))
	require.Equal(t, ask("SELECT '$' || printf('%.2f', toFloat64(sum(cost_usd)))"+day+of), value[string](t, b, cell("why", "Cost", 0)))
	const tokens = "(SELECT sum(ifNull(input_tokens, 0) + ifNull(output_tokens, 0)) / count()"
	require.Equal(t, "× "+ask("SELECT printf('%.2f', "+tokens+day+of+") / "+tokens+before+of+"))"), value[string](t, b, cell("why", "Tokens per call ×", 0)))
	require.Equal(t, "Tokens per call ×", value[string](t, b, `document.querySelector('#why thead').rows[0].cells[document.querySelector('#why tbody td.more').cellIndex].textContent`), "what changed most is marked")
}

// Everything can be done with keys, and what was chosen stays.
func TestKeys(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	address := page(t, server)
	b := newBrowser(t)
	query := between(1)
	query.Set("board", "cost")
	query.Set("user", "ada")
	b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(address+"/?"+query.Encode()), answered())
	for i, title := range []string{"Cost", "Latency", "Errors", "Fidelity", "Findings", "Calls"} {
		b.do(t, chromedp.KeyEvent(strconv.Itoa(i+1)), chromedp.Poll[chromedp.Void]("document.title.startsWith('"+title+"')"), answered())
		require.Equal(t, title != "Findings" && i < 5, value[bool](t, b, "location.search.includes('user=ada')"), title)
	}
}
