package dashboards

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each panel says what it shows and in which unit, and every variable and column that is used is known.
func TestDescriptionsAreWhole(t *testing.T) {
	set, err := Load()
	require.NoError(t, err)
	require.Len(t, set.Boards, 6)
	units := []string{"usd", "count", "tokens", "share", "seconds", "text", "time", "ratio", "number", "id"}
	plots := []string{"stat", "lines", "bars", "band", "rank", "table", "heatmap"}
	for _, board := range set.Boards {
		require.NotEmpty(t, board.Question)
		for _, name := range board.Variables {
			require.Contains(t, set.Variables, name)
		}
		for _, panel := range board.Panels {
			where := board.Name + "/" + panel.Query
			require.NotEmpty(t, panel.Title, where)
			require.NotEmpty(t, panel.Help, where)
			require.Contains(t, units, panel.Unit, where)
			require.Contains(t, plots, panel.Plot, where)
			require.Subset(t, board.Variables, panel.SQL.Variables(), where)
			require.Same(t, panel, board.Panel(panel.Query), "%s stands twice", where)
		}
	}
	for name, column := range set.Columns {
		require.NotEmpty(t, column.Title, name)
		require.Contains(t, units, column.Unit, name)
		if column.Link == nil {
			continue
		}
		if target := set.Board(column.Link.Board); target != nil {
			for variable := range column.Link.Set {
				require.Contains(t, target.Variables, variable, "the link of column %s", name)
			}
		} else {
			require.Contains(t, set.Columns, column.Link.Board, "the link of column %s", name)
		}
	}
}

// No query lies about unused, and no alert leads nowhere.
func TestEveryQueryIsUsed(t *testing.T) {
	set, err := Load()
	require.NoError(t, err)
	var used, found []string
	for _, board := range set.Boards {
		for _, panel := range board.Panels {
			used = append(used, path.Join("queries", board.Name, panel.Query+".sql"))
		}
	}
	for name, variable := range set.Variables {
		if variable.IsList() {
			used = append(used, path.Join("queries/variables", name+".sql"))
		}
	}
	for _, alert := range set.Alerts {
		require.NotContains(t, used, path.Join("queries/alerts", alert.Query+".sql"), "the name is Grafana's id of the rule")
		used = append(used, path.Join("queries/alerts", alert.Query+".sql"))
		require.NotNil(t, set.Board(alert.Board), alert.Query)
		require.Contains(t, []string{"page", "ticket"}, alert.Severity, alert.Query)
		require.Empty(t, alert.SQL.Variables(), "an alert has no variables: %s", alert.Query)
	}
	require.NoError(t, fs.WalkDir(files, "queries", func(name string, entry fs.DirEntry, err error) error {
		if !entry.IsDir() && path.Dir(name) != "queries/where" {
			found = append(found, name)
		}
		return err
	}))
	require.ElementsMatch(t, used, found)
}

func TestBound(t *testing.T) {
	f := func(sql SQL, want string, variables ...string) {
		t.Helper()
		require.Equal(t, want, sql.Bound())
		require.Equal(t, variables, sql.Variables())
	}
	f("SELECT 1", "SELECT 1")
	f("$__timeFilter(c.ts)", "c.ts >= toDateTime({from:UInt32}) AND c.ts <= toDateTime({to:UInt32})")
	f("$__timeInterval(h.t)", "toStartOfInterval(toDateTime(h.t), toIntervalSecond({interval:UInt32}))")
	f("'*' IN {user:Array(String)} OR u = {call:String}", "'*' IN {user:Array(String)} OR u = {call:String}", "user", "call")
}

// Nothing of Grafana's words is left in what goes to the database.
func TestBoundQueriesHaveOnlyParameters(t *testing.T) {
	set, err := Load()
	require.NoError(t, err)
	parameter := regexp.MustCompile(`\{(\w+):(Array\(String\)|String|UInt32)\}`)
	check := func(where string, sql SQL) {
		t.Helper()
		text := sql.Bound()
		require.NotContains(t, strings.ReplaceAll(text, "'$'", ""), "$", where)
		for _, match := range parameter.FindAllStringSubmatch(text, -1) {
			if !slices.Contains([]string{"from", "to", "interval"}, match[1]) {
				want := "String"
				if set.Variables[match[1]].IsList() {
					want = "Array(String)"
				}
				require.Equal(t, want, match[2], "%s: %s", where, match[1])
			}
		}
		require.NotContains(t, text, "SETTINGS", "%s: a read-only user may set nothing", where)
	}
	for _, board := range set.Boards {
		for _, panel := range board.Panels {
			check(board.Name+"/"+panel.Query, panel.SQL)
		}
	}
	for name, variable := range set.Variables {
		check(name, variable.SQL)
	}
}
