package browsertest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(address+"/?"+query.Encode()), answered())
	b.do(t, chromedp.Focus(".pick[data-variable=user] summary"), chromedp.KeyEvent(kb.Enter), chromedp.Poll[chromedp.Void]("document.querySelectorAll('.pick[open] .option').length > 1"))
	b.do(t, chromedp.KeyEvent("ada"), chromedp.KeyEvent(kb.Enter), chromedp.Poll[chromedp.Void]("location.search.endsWith('user=ada')"), answered())
	for i, title := range []string{"Cost", "Latency", "Errors", "Fidelity", "Findings", "Calls"} {
		b.do(t, chromedp.KeyEvent(strconv.Itoa(i+1)), chromedp.Poll[chromedp.Void]("document.title.startsWith('"+title+"')"), answered())
		require.True(t, value[bool](t, b, "location.search.includes('user=ada')"), title)
	}
	b.do(t, chromedp.KeyEvent("t"))
	require.NotEmpty(t, value[string](t, b, "document.documentElement.dataset.theme"))
}

// A finding leads to the dashboard that shows it, at its time and for its calls alone; a call to its conversation and its trace.
func TestLinksLeadOn(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	address := page(t, server)
	ask := func(sql string) string {
		return strings.TrimSpace(dashboardstest.Exec(t, server, sql, url.Values{"database": {"llmtap"}}))
	}
	b := newBrowser(t)
	to := func(board string) chromedp.Action[chromedp.Void] {
		return chromedp.Poll[chromedp.Void]("document.title.toLowerCase().startsWith('" + board + "')")
	}
	findings := between(1)
	findings.Set("board", "findings")
	follow := func(kind, board string) {
		t.Helper()
		b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(address+"/?"+findings.Encode()), answered())
		row := "[...document.querySelectorAll('#open tbody tr')].find((r) => r.cells[1].textContent === '" + kind + "')"
		b.do(t, chromedp.Evaluate[chromedp.Void](row+".querySelector('a').click()"), to(board), answered())
	}
	follow("regression", "latency")
	require.Equal(t, ask("SELECT count() FROM calls WHERE model = 'llama-3.3-70b' AND upstream = 'vllm-2' AND ts >= '2026-11-18 04:00:00' AND ts <= '2026-11-18 12:43:20'"),
		value[string](t, b, "document.querySelector('#calls [data-value]').dataset.value"))
	follow("loop", "calls")
	require.Equal(t, ask("SELECT count() FROM calls WHERE conversation_id = 'dialogue-990'"), value[string](t, b, "String(document.querySelectorAll('#timeline tbody tr').length)"))

	b.do(t, chromedp.ScrollIntoView("#timeline"), answered(), chromedp.Click("#timeline tbody tr:nth-child(3) [data-call]"), chromedp.Poll[chromedp.Void]("location.search.includes('call=')"), answered())
	id := value[string](t, b, "new URLSearchParams(location.search).get('call')")
	b.do(t, chromedp.ScrollIntoView("#content"), answered())
	require.Equal(t, `{
  "model": "`+ask("SELECT model FROM calls WHERE call_id = '"+id+"'")+`",
  "messages": [
    {
      "role": "user",
      "content": "What is <b>ClickHouse</b>?"
    }
  ]
}`, value[string](t, b, "document.querySelector('#content pre').textContent"))
	require.Equal(t, ask("SELECT call_id FROM calls WHERE conversation_id = 'dialogue-990' ORDER BY ts LIMIT 1 OFFSET 2"), id)
	require.Equal(t, "http://127.0.0.1:16686/trace/"+ask("SELECT trace_id FROM calls WHERE call_id = '"+id+"'"), value[string](t, b, "document.querySelector('#trace tbody a').href"))
}

// A range is chosen from the list, by a button, or between two times; one that cannot be is not asked for.
func TestTimeRange(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	b := newBrowser(t)
	b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(page(t, server)+"/?board=errors"), answered())
	choose := func(title string) {
		b.do(t, chromedp.Evaluate[chromedp.Void]("(() => { const range = document.querySelector('#range'); range.value = [...range.options].find((o) => o.text === '"+title+"').value; range.dispatchEvent(new Event('change')) })()"))
	}
	between := func(from, to string) {
		choose("Between …")
		b.do(t, chromedp.Evaluate[chromedp.Void]("document.querySelector('#from').value = '"+from+"'; document.querySelector('#to').value = '"+to+"'"), chromedp.Click("#between button"), chromedp.Poll[chromedp.Void]("document.querySelector('#between').hidden"))
	}
	choose("Last month")
	require.Contains(t, value[string](t, b, "location.search"), "from=now-1M%2FM&to=now-1M%2FM")
	b.do(t, chromedp.Click("#quick a[title='Last 7 days']"), answered())
	require.Contains(t, value[string](t, b, "location.search"), "from=now-7d&to=now")
	between("2026-11-18T10:00:00", "2026-11-18T11:00:00")
	b.do(t, answered())
	want := dashboardstest.Exec(t, server, "SELECT countIf(error_type = 'rate_limit') FROM llmtap.calls WHERE ts >= '2026-11-18 10:00:00' AND ts <= '2026-11-18 11:00:00'", nil)
	require.NotEqual(t, "0\n", want)
	require.Equal(t, strings.TrimSpace(want), value[string](t, b, "document.querySelector('#rate_limited [data-value]').dataset.value"))
	between("2026-11-18T11:00:00", "2026-11-18T10:00:00")
	require.Equal(t, "This time range cannot be shown: it has to begin before it ends.", value[string](t, b, "document.querySelector('#panels').textContent"))
}

// On a day that the month before lacks, last month is that month all the same.
func TestLastMonth(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	b := newBrowser(t)
	b.do(t, chromedp.Navigate(page(t, server)+"/?board=errors"), answered())
	b.do(t, chromedp.Evaluate[chromedp.Void](`import('./time.js').then(({ instant, local }) => {
		const Now = Date;
		window.Date = class extends Now { constructor(...at) { super(...(at.length ? at : [2026, 9, 31, 15])) } };
		window.lastMonth = local(instant("now-1M/M")) + " to " + local(instant("now-1M/M", true)) + " or from " + local(instant("now-1M"));
		window.Date = Now;
	}) && undefined`), chromedp.Poll[chromedp.Void]("window.lastMonth !== undefined"))
	require.Equal(t, "2026-09-01 00:00:00 to 2026-09-30 23:59:59 or from 2026-09-30 15:00:00", value[string](t, b, "window.lastMonth"))
}

// What is dragged over a plot becomes the time range.
func TestZoom(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	b := newBrowser(t)
	query := between(1)
	query.Set("board", "latency")
	b.do(t, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(page(t, server)+"/?"+query.Encode()), answered())
	at := func(share float64) (x, y float64) {
		box := value[[]float64](t, b, "(() => { const box = document.querySelector('#ttfc_over_time .u-over').getBoundingClientRect(); return [box.left, box.top, box.width] })()")
		return box[0] + share*box[2], box[1] + 20
	}
	for _, step := range []struct {
		kind  input.DispatchMouseEventType
		share float64
	}{{input.DispatchMouseEventTypeMouseMoved, 0.25}, {input.DispatchMouseEventTypeMousePressed, 0.25}, {input.DispatchMouseEventTypeMouseMoved, 0.4}, {input.DispatchMouseEventTypeMouseMoved, 0.5}, {input.DispatchMouseEventTypeMouseReleased, 0.5}} {
		x, y := at(step.share)
		b.do(t, chromedp.MouseEvent(step.kind, x, y, chromedp.ButtonLeft))
	}
	b.do(t, chromedp.Poll[chromedp.Void]("!location.search.includes('from=1794916800000')"), answered())
	from := value[float64](t, b, "Number(new URLSearchParams(location.search).get('from'))")
	to := value[float64](t, b, "Number(new URLSearchParams(location.search).get('to'))")
	require.InDelta(t, float64(dashboardstest.To.Add(-18*time.Hour).UnixMilli()), from, 5*60*1000)
	require.InDelta(t, float64(dashboardstest.To.Add(-12*time.Hour).UnixMilli()), to, 5*60*1000)
	b.do(t, chromedp.Evaluate[chromedp.Void]("history.back()"), chromedp.Poll[chromedp.Void]("location.search.includes('from=1794916800000')"), answered())
}
