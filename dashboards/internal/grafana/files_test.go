package grafana

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
)

func generated(t *testing.T) map[string][]byte {
	t.Helper()
	set, err := dashboards.Load()
	require.NoError(t, err)
	files, err := Files(set)
	require.NoError(t, err)
	return files
}

// The folder is what `go generate ./dashboards` writes, and holds nothing else.
func TestFolderIsUpToDate(t *testing.T) {
	const folder = "../../provisioning"
	files := generated(t)
	require.Equal(t, files, generated(t), "two runs differ")
	found := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found++
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		name := strings.TrimPrefix(filepath.ToSlash(path), folder+"/")
		require.Equal(t, string(files[name]), string(data), "%s is stale: run go generate ./dashboards", name)
		return nil
	}))
	require.Equal(t, len(files), found)
}

// layout is what Grafana demands of a dashboard.
type layout struct {
	UID           string
	Title         string
	SchemaVersion int
	Templating    struct{ List []struct{ Name, Type string } }
	Panels        []struct {
		ID                 int
		Type               string
		Title, Description string
		GridPos            struct{ X, Y, W, H int }
		FieldConfig        struct {
			Defaults struct{ Unit string }
		}
		Targets []struct {
			RefID  string
			RawSQL string `json:"rawSql"`
			Format int
		}
	}
}

var (
	used    = regexp.MustCompile(`\$\{(\w+)(?::\w+)?\}`)
	builtIn = map[string]bool{"__url_time_range": true}
)

func TestDashboardsKeepGrafanasRules(t *testing.T) {
	uids := map[string]bool{}
	for name, data := range generated(t) {
		if filepath.Ext(name) != ".json" {
			continue
		}
		var board layout
		require.NoError(t, json.Unmarshal(data, &board))
		require.False(t, uids[board.UID], board.UID)
		uids[board.UID] = true
		require.LessOrEqual(t, len(board.UID), 40)
		require.GreaterOrEqual(t, board.SchemaVersion, 39)
		require.LessOrEqual(t, board.SchemaVersion, 42)

		defined := map[string]bool{}
		for _, variable := range board.Templating.List {
			require.False(t, defined[variable.Name], variable.Name)
			defined[variable.Name] = true
		}
		for _, match := range used.FindAllStringSubmatch(string(data), -1) {
			require.True(t, defined[match[1]] || builtIn[match[1]], "%s uses %s", name, match[0])
		}

		ids, taken := map[int]bool{}, map[[2]int]bool{}
		for _, panel := range board.Panels {
			require.NotEmpty(t, panel.Title)
			require.NotEmpty(t, panel.Description, panel.Title)
			require.NotEmpty(t, panel.FieldConfig.Defaults.Unit, panel.Title)
			require.False(t, ids[panel.ID], panel.Title)
			ids[panel.ID] = true
			require.Len(t, panel.Targets, 1)
			require.Contains(t, []int{0, 1}, panel.Targets[0].Format)
			at := panel.GridPos
			require.LessOrEqual(t, at.X+at.W, gridWidth, panel.Title)
			for x := at.X; x < at.X+at.W; x++ {
				for y := at.Y; y < at.Y+at.H; y++ {
					require.False(t, taken[[2]int{x, y}], "%s: %s overlaps", name, panel.Title)
					taken[[2]int{x, y}] = true
				}
			}
		}
	}
	require.Len(t, uids, 6)
}
