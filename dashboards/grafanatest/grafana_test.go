package grafanatest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

var update = flag.Bool("update", false, "write testdata/frames.txt again")

type dashboard struct {
	UID        string
	Templating struct {
		List []struct {
			Name, Type string
			Query      any
		}
	}
	Panels []panelModel
}

type panelModel struct {
	Title, Type, Interval string
	Targets               []map[string]any
}

const folder = "../provisioning/dashboards/llmtap/"

// filled gives the address of a ClickHouse with calls.
func filled(t *testing.T, calls dashboardstest.Calls) string {
	t.Helper()
	address := clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) {
		config.ReadonlyUsername, config.ReadonlyPassword = "dashboards", "p"
	})
	dashboardstest.Fill(t, address, calls)
	return address
}

func load(t *testing.T, file string) (board dashboard) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &board))
	return board
}

// Every panel and variable of the files for Grafana gives, through Grafana's own engine, the frames that were looked at before.
func TestFrames(t *testing.T) {
	address := filled(t, dashboardstest.Small)
	id := dashboardstest.Exec(t, address, "SELECT min(call_id) FROM llmtap.content", nil)
	to := dashboardstest.To
	var got strings.Builder
	files, err := filepath.Glob(folder + "*.json")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, file := range files {
		board := load(t, file)
		from := to.Add(-24 * time.Hour)
		if board.UID == "llmtap-findings" {
			from = to.Add(-7 * 24 * time.Hour) // the closed incident ended days before
		}
		g := newGrafana(t, address, from, to, 10*time.Minute)
		variables := map[string][]string{"conversation": {""}, "call": {strings.TrimSpace(id)}}
		for _, variable := range board.Templating.List {
			if variable.Type == "query" {
				variables[variable.Name] = everything
				describe(t, &got, board.UID+" variable "+variable.Name, g.query(t, table(variable.Query.(map[string]any))))
			}
		}
		for _, panel := range board.Panels {
			g.interval = 10 * time.Minute
			if panel.Interval != "" {
				g.interval, err = time.ParseDuration(panel.Interval)
				require.NoError(t, err)
			}
			frames := g.query(t, fill(panel.Targets[0], variables))
			if panel.Type == "timeseries" || panel.Type == "heatmap" {
				require.Equal(t, data.TimeSeriesTypeWide, frames[0].TimeSeriesSchema().Type, panel.Title)
			}
			describe(t, &got, board.UID+" "+panel.Title, frames)
		}
	}
	compare(t, got.String())
}

// strange is a name that would end a string and be more than one value, if it could, and looks like variables.
const strange = `CORP\o'neil" a&var-user=b,{c} (100 %) + ü\' $__all ${call:queryparam}`

// Values that are chosen narrow to the calls that have them, as Grafana's browser writes them into the queries.
func TestVariablesChoose(t *testing.T) {
	address := filled(t, dashboardstest.Small)
	dashboardstest.Exec(t, address, "INSERT INTO llmtap.calls SELECT * REPLACE ({user:String} AS user_id) FROM llmtap.calls WHERE ts >= '2026-11-17 12:00:00' LIMIT 1",
		url.Values{"param_user": {strings.ReplaceAll(strange, `\`, `\\`)}})
	g := newGrafana(t, address, dashboardstest.To.Add(-24*time.Hour), dashboardstest.To, time.Minute)
	f := func(board, panel, where string, chosen map[string][]string) {
		t.Helper()
		variables := map[string][]string{"conversation": {""}, "call": {""}}
		for _, name := range []string{"upstream", "model", "user", "team", "app", "environment", "check"} {
			variables[name] = everything
		}
		maps.Copy(variables, chosen)
		panels := load(t, folder+board+".json").Panels
		at := slices.IndexFunc(panels, func(p panelModel) bool { return p.Title == panel })
		frame := g.query(t, fill(panels[at].Targets[0], variables))[0]
		want := dashboardstest.Exec(t, address, "SELECT count() FROM llmtap.calls WHERE ts >= '2026-11-17 12:00:00' AND "+where, nil)
		require.NotEqual(t, "0", strings.TrimSpace(want))
		require.Equal(t, strings.TrimSpace(want), shown(frame.Fields[0], 0), where)
	}
	f("calls", "Calls", "user_id IN ('grace', '')", map[string][]string{"user": {"grace", ""}})
	f("calls", "Calls", "user_id = '"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(strange)+"'", map[string][]string{"user": {strange}})
	f("calls", "Calls", "team = 'support' AND model = 'gpt-4o' AND app = 'chat' AND environment = 'prod' AND upstream = 'openai'",
		map[string][]string{"team": {"support"}, "model": {"gpt-4o"}, "app": {"chat"}, "environment": {"prod"}, "upstream": {"openai"}})
	f("fidelity", "Calls with a failed check", "hasAny(fidelity_failed, ['tools.raw_markup', 'usage.stream_missing'])",
		map[string][]string{"check": {"tools.raw_markup", "usage.stream_missing"}})
	f("fidelity", "Calls with a suspicion", "has(fidelity_suspected, 'structured.fenced')", map[string][]string{"check": {"structured.fenced"}})
}

func table(query map[string]any) map[string]any {
	query["format"] = 1
	return query
}

// describe writes fields with their types, the number of rows, and the first and last of them.
func describe(t *testing.T, out *strings.Builder, title string, frames data.Frames) {
	t.Helper()
	require.Len(t, frames, 1, title)
	frame := frames[0]
	require.NotZero(t, frame.Rows(), title)
	fmt.Fprintf(out, "%s: %d rows\n", title, frame.Rows())
	for _, field := range frame.Fields {
		fmt.Fprintf(out, "    %s%s %s", field.Name, labels(field.Labels), field.Type().ItemTypeString())
		for _, row := range []int{0, frame.Rows() - 1} {
			fmt.Fprintf(out, " | %s", shown(field, row))
		}
		out.WriteString("\n")
	}
}

func labels(set data.Labels) string {
	if len(set) == 0 {
		return ""
	}
	return "{" + set.String() + "}"
}

// shown rounds floating point numbers, whose last digits depend on the order of a sum.
func shown(field *data.Field, row int) string {
	value, known := field.ConcreteAt(row)
	if !known {
		return "null"
	}
	switch v := value.(type) {
	case float64:
		return fmt.Sprintf("%.9g", v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(value)
}

func compare(t *testing.T, got string) {
	t.Helper()
	const file = "testdata/frames.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
