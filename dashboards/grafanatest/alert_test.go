package grafanatest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// alarm is a ClickHouse with the alert rules of the files.
type alarm struct {
	*testing.T
	address string
	rules   map[string]rule
}

type rule struct {
	UID  string
	Data []struct {
		RelativeTimeRange struct{ From int } `yaml:"relativeTimeRange"`
		Model             map[string]any
	}
}

func newAlarm(t *testing.T) *alarm {
	t.Helper()
	address := filled(t, dashboardstest.Calls{Users: 1, Span: time.Hour, To: dashboardstest.To})
	text, err := os.ReadFile("../provisioning/alerting/llmtap.yaml")
	require.NoError(t, err)
	var provisioned struct{ Groups []struct{ Rules []rule } }
	require.NoError(t, yaml.Unmarshal(text, &provisioned))
	rules := map[string]rule{}
	for _, rule := range provisioned.Groups[0].Rules {
		rules[strings.TrimPrefix(rule.UID, "llmtap-")] = rule
	}
	return &alarm{T: t, address: address, rules: rules}
}

// clear empties the tables.
func (a *alarm) clear() {
	for _, table := range []string{"calls", "cost_1h", "perf_1m", "conversation_1h", "findings", "silences", "budgets"} {
		dashboardstest.Exec(a, a.address, "TRUNCATE TABLE llmtap."+table, nil)
	}
}

// call stores calls: ago is how many seconds before To, and like other values may depend on the number of the call, which begins at 0.
func (a *alarm) call(n int, ago string, values ...string) {
	a.Helper()
	columns := map[string]string{
		"ts": fmt.Sprintf("toDateTime(%d) - (%s)", dashboardstest.To.Unix(), ago), "call_id": "generateUUIDv4()", "upstream": "'up'", "model": "'m'",
		"user_id": "'ada'", "team": "'search'", "operation": "'chat'", "outcome": "'ok'", "usage_source": "'reported'",
	}
	for i := 0; i < len(values); i += 2 {
		columns[values[i]] = values[i+1]
	}
	columns["inserted_at"] = "toDateTime(ts) + " + columns["inserted_at"] + "0"
	names := slices.Sorted(maps.Keys(columns))
	var selected []string
	for _, name := range names {
		selected = append(selected, columns[name]+" AS "+name)
	}
	dashboardstest.Exec(a, a.address, fmt.Sprintf("INSERT INTO llmtap.calls (%s) SELECT %s FROM numbers(%d)", strings.Join(names, ", "), strings.Join(selected, ", "), n), nil)
}

// find stores a finding.
func (a *alarm) find(severity, state, kind, key string) {
	a.Helper()
	dashboardstest.Exec(a, a.address, fmt.Sprintf(`INSERT INTO llmtap.findings (finding_id, kind, severity, state, key_kind, key, metric, since)
		VALUES (generateUUIDv4(), '%s', '%s', '%s', 'user', '%s', 'cost', %d)`, kind, severity, state, key, dashboardstest.To.Unix()), nil)
}

// budget allows team search an amount, in place of one that was tiny.
func (a *alarm) budget(period string, limit float64) {
	a.Helper()
	dashboardstest.Exec(a, a.address, fmt.Sprintf(`INSERT INTO llmtap.budgets (scope, key, period, limit_usd, valid_from)
		VALUES ('team', 'search', '%[1]s', 0.01, 0), ('team', 'search', '%[1]s', %[2]v, 1)`, period, limit), nil)
}

// fires gives a rule's offenders: the strings that name each, and its number. Frames have one number and strings else, which are not the
// same in two rows: the shape that Grafana takes for one alert per row.
func (a *alarm) fires(uid string) []string {
	a.Helper()
	ask := a.rules[uid].Data[0]
	to := dashboardstest.To
	frame := newGrafana(a.T, a.address, to.Add(-time.Duration(ask.RelativeTimeRange.From)*time.Second), to, time.Minute).query(a.T, ask.Model)[0]
	offenders := []string{}
	named := map[string]bool{}
	for row := range frame.Rows() {
		var texts []string
		name, numbers := "", 0
		for _, field := range frame.Fields {
			if field.Type().Numeric() {
				numbers++
			} else {
				require.Contains(a, []data.FieldType{data.FieldTypeString, data.FieldTypeNullableString}, field.Type(), "%s: %s", uid, field.Name)
				name += shown(field, row)
			}
			texts = append(texts, strings.Trim(shown(field, row), `"`))
		}
		require.Equal(a, 1, numbers, uid)
		require.False(a, named[name], "%s has %s twice, and all of the rule fails", uid, name)
		named[name] = true
		offenders = append(offenders, strings.Join(texts, " "))
	}
	return offenders
}

// Each rule fires at its limit or just above it, and not just below it.
func TestAlerts(t *testing.T) {
	a := newAlarm(t)
	seen := map[string]bool{}
	f := func(uid string, scene func(), want ...string) {
		t.Helper()
		a.clear()
		scene()
		require.Equal(t, append([]string{}, want...), a.fires(uid), uid)
		seen[uid] = true
	}
	for severity, other := range map[string]string{"page": "ticket", "ticket": "page"} {
		f("findings-"+severity, func() { a.find(severity, "open", "loop", "d-1") }, "loop d-1 cost 1")
		f("findings-"+severity, func() {
			a.find(severity, "closed", "loop", "d-1")
			a.find(severity, "pending", "loop", "d-2")
			a.find(other, "open", "loop", "d-3")
			a.find(severity, "open", "cost_spike", "ada")
			dashboardstest.Exec(t, a.address, "INSERT INTO llmtap.silences (kind, key, metric, until) VALUES ('cost_spike', 'ada', '', '2106-01-01 00:00:00')", nil)
		})
	}
	spend := func(every, first, n int, usd string) func() {
		return func() {
			a.budget("month", 720) // a dollar per hour
			a.call(n, fmt.Sprintf("%d + %d * number", first, every), "cost_usd", usd)
		}
	}
	f("budget-burn-fast", spend(60, 30, 60, "0.241"), "team search month 14.46")
	f("budget-burn-fast", spend(60, 30, 60, "0.239"))
	f("budget-burn-fast", spend(60, 330, 54, "1"))
	weekly := func(scene func()) func() {
		return func() {
			a.budget("week", 168) // a dollar per hour, too
			scene()
		}
	}
	f("budget-burn-fast", weekly(spend(60, 30, 60, "0.241")), "team search month 14.46", "team search week 14.46")
	f("budget-burn-slow", weekly(spend(600, 300, 36, "1")), "team search month 6", "team search week 6")
	f("budget-burn-slow", spend(600, 300, 36, "1"), "team search month 6")
	f("budget-burn-slow", spend(600, 300, 36, "0.99"))
	f("budget-burn-slow", spend(600, 2100, 33, "2"))
	spent := func(usd string) func() {
		return func() {
			a.budget("day", 10)
			a.call(10, "60 + 60 * number", "cost_usd", usd)
		}
	}
	f("budget-spent", spent("0.9"), "team search day 0.9")
	f("budget-spent", spent("0.899"))
	fail := func(n, errors int) func() {
		return func() { a.call(n, "number", "outcome", fmt.Sprintf("if(number < %d, 'timeout', 'ok')", errors)) }
	}
	f("error-rate", fail(100, 5), "up 0.05")
	f("error-rate", fail(101, 5))
	f("error-rate", func() { fail(100, 5)(); a.call(1000, "number", "outcome", "'refused'") }, "up 0.05")
	f("error-rate", fail(19, 5))
	f("error-rate", fail(80, 4))
	f("error-rate", func() { a.call(100, "number", "outcome", "'client_error'") })
	breakPromise := func(failures int) func() {
		return func() {
			a.call(2000, "3600 + 40 * number", "fidelity_applicable", "['structured.not_json']", "fidelity_failed", "if(number < 20, ['structured.not_json'], [])")
			a.call(200, "10 * number", "fidelity_applicable", "['structured.not_json']", "fidelity_failed", fmt.Sprintf("if(number < %d, ['structured.not_json'], [])", failures))
		}
	}
	f("fidelity-drop", breakPromise(10), "up m structured.not_json 0.04")
	f("fidelity-drop", breakPromise(9))
	f("silence", func() { a.call(60, "900 + 60 * number") }, "llmtap 60")
	f("silence", func() { a.call(59, "900 + 60 * number") })
	f("silence", func() { a.call(60, "899 + 60 * number") })
	for ended, want := range map[string][]string{"900": nil, "0": {"llmtap 60"}} { // of the day before
		f("silence", func() { a.call(60, "900 + 60 * number"); a.call(75, "86400 + "+ended+" + 48 * number") }, want...)
	}
	f("silence", func() { a.call(3600, "3000 + number"); a.call(100, "89400 + 36 * number") }) // of the day before fewer
	for earlier, want := range map[string][]string{"2040": nil, "2041": {"llmtap 300"}} {
		f("silence", func() { a.call(3600, "4200 + number"); a.call(60, "86400 + 4200 + "+earlier+" + number") }, want...)
	}
	f("late-rows", func() { a.call(100, "310 + number", "inserted_at", "302 + ", "duration_us", "2000000") }, "llmtap 300")
	f("late-rows", func() { a.call(100, "310 + number", "inserted_at", "301 + ", "duration_us", "2000000") })
	lose := func(n, lost int, operation string) func() {
		return func() {
			a.call(n, "number", "usage_source", fmt.Sprintf("if(number < %d, 'none', 'injected')", lost), "operation", "'"+operation+"'")
		}
	}
	f("usage-lost", lose(20, 4, "chat"), "up 0.2")
	f("usage-lost", lose(20, 3, "chat"))
	f("usage-lost", lose(19, 19, "chat"))
	for _, operation := range []string{"embeddings", "count_tokens", "fetch_response", "speech"} { // which have no tokens of their own
		f("usage-lost", lose(20, 20, operation))
	}
	f("usage-lost", func() { lose(20, 4, "chat")(); lose(1000, 1000, "fetch_response")() }, "up 0.2")
	require.Len(t, seen, len(a.rules), "every rule has its scenes")
}
