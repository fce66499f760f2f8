package browsertest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// hostile is a name that runs a script wherever it is taken for HTML, and breaks out of quotes and addresses.
const hostile = `<img src=x onerror="document.title='owned'">'"&?#%00\` + "`${1}"

// Names come from whoever calls a model. On every dashboard they are text: nothing of them is drawn, run, fetched or lost.
func TestHostileNames(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	parameters := url.Values{"param_name": {strings.NewReplacer(`\`, `\\`).Replace(hostile)}, "database": {"llmtap"}}
	fields := "user_id, team, app, environment, conversation_id, upstream, server_version, model, provider, error_type, trace_id, response_id"
	for _, outcome := range []string{"ok", "upstream_error"} {
		dashboardstest.Exec(t, server, `INSERT INTO calls (ts, call_id, `+fields+`, tool_names, finish_reasons, fidelity_applicable, fidelity_failed, fidelity_suspected,
			outcome, stream, duration_us, ttfc_us, max_gap_us, retry, prompt_hash, input_tokens, output_tokens, cost_usd)
			SELECT '2026-11-18 11:30:00', toUUID('00000000-0000-0000-0000-00000000000`+map[string]string{"ok": "1", "upstream_error": "2"}[outcome]+`'), `+
			strings.Repeat("{name:String}, ", strings.Count(fields, ",")+1)+`[{name:String}], [{name:String}], [{name:String}, 'tools.'], [{name:String}, 'tools.'], [{name:String}],
			'`+outcome+`', true, 90000000, 1000, 3000000, 1, 7, 1000000, 1000, 500 FROM numbers(1)`, parameters)
	}
	dashboardstest.Exec(t, server, `INSERT INTO content (ts, call_id, request, response, evidence) VALUES ('2026-11-18 11:30:00', '00000000-0000-0000-0000-000000000001', {name:String}, {name:String}, [{name:String}])`, parameters)
	dashboardstest.Exec(t, server, `INSERT INTO budgets (scope, key, period, limit_usd, valid_from) VALUES ('user', {name:String}, 'month', 1, 0)`, parameters)
	dashboardstest.Exec(t, server, `INSERT INTO findings (finding_id, kind, severity, state, key_kind, key, metric, since, user_id, model, changed, message, example_calls)
		VALUES (generateUUIDv4(), {name:String}, 'page', 'open', 'user', {name:String}, {name:String}, '2026-11-18 11:30:00', {name:String}, {name:String}, map({name:String}, {name:String}), {name:String}, ['00000000-0000-0000-0000-000000000001'])`, parameters)
	address := page(t, server)
	b := newBrowser(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	const texts = `[...document.querySelectorAll('td, .rank .name, .key span, .pick b, pre')].map((e) => e.textContent)`
	harmless := func(where string) {
		t.Helper()
		require.Zero(t, value[int](t, b, `document.querySelectorAll('main img, main script, .variables img, header img[onerror]').length`), where)
		require.Contains(t, value[string](t, b, "document.title"), "llmtap", where)
		require.Contains(t, value[[]string](t, b, texts), hostile, where)
		for _, fetched := range value[[]string](t, b, "performance.getEntriesByType('resource').map((e) => e.name)") {
			require.True(t, strings.HasPrefix(fetched, address+"/"), "%s fetches %s", where, fetched)
		}
	}
	for _, board := range set.Boards {
		query := between(1)
		query.Set("board", board.Name)
		if board.Name == "calls" {
			query.Set("call", "00000000-0000-0000-0000-000000000001")
		}
		b.do(t, chromedp.EmulateViewport(1440, 6000), chromedp.Navigate(address+"/?"+query.Encode()), answered())
		harmless(board.Name)
	}
	query := between(1)
	query.Set("board", "cost")
	b.do(t, chromedp.Navigate(address+"/?"+query.Encode()), answered())
	b.do(t, chromedp.Click("#users tbody tr:first-child a"), chromedp.Poll[chromedp.Void]("new URLSearchParams(location.search).has('user')"), answered())
	require.Equal(t, hostile, value[string](t, b, "new URLSearchParams(location.search).get('user')"), "the one who cost most")
	require.Equal(t, "1000", value[string](t, b, "document.querySelector('#spent [data-value]').dataset.value"))
	b.do(t, chromedp.Click(".pick[data-variable=user] summary"), chromedp.Poll[chromedp.Void]("document.querySelectorAll('.pick[open] .option').length > 1"))
	harmless("what was chosen")
}
