package grafanatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/alerting"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	schema "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/expr"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// published is a type of Grafana's that reads no field that it does not have.
type published interface {
	UnmarshalJSONStrict(raw []byte) error
	Validate() error
}

// fits tells what keeps a text from being of a type. The types give an empty list of problems where they have none.
func fits(text []byte, into published) error {
	for _, err := range []error{into.UnmarshalJSONStrict(text), into.Validate()} {
		if problems, ok := errors.AsType[cog.BuildErrors](err); ok && len(problems) == 0 {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Dashboards and their panels, with options and field settings, have the fields of Grafana's published types and no others.
func TestDashboardsAreOfGrafanasTypes(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	files, err := filepath.Glob("../provisioning/dashboards/llmtap/*.json")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, fits(text, &schema.Dashboard{}), file)
		var board struct{ Panels []json.RawMessage }
		require.NoError(t, json.Unmarshal(text, &board))
		for _, raw := range board.Panels {
			var panel schema.Panel
			require.NoError(t, fits(raw, &panel), file)
			require.Contains(t, []string{"stat", "table", "timeseries", "bargauge", "heatmap"}, panel.Type)
			_, known := cog.ConfigForPanelcfgVariant(panel.Type)
			require.True(t, known, panel.Type)
			for key, wrong := range map[string]string{`"reduceOptions"`: `"reducedOptions"`, `"gridPos"`: `"gridpos"`, `"showHeader"`: `"header"`, `"drawStyle"`: `"style"`} {
				if bytes.Contains(raw, []byte(key)) {
					require.Error(t, fits(bytes.ReplaceAll(raw, []byte(key), []byte(wrong)), &schema.Panel{}), "%s for %s", wrong, key)
				}
			}
		}
	}
}

// ruleFile is a file of alert rules. Their names in files are those of Grafana's API but for one, and the group says what the API says of
// each rule.
type ruleFile struct {
	APIVersion int `yaml:"apiVersion"`
	Groups     []struct {
		OrgID    int64 `yaml:"orgId"`
		Name     string
		Folder   string
		Interval string
		Rules    []map[string]any
	}
}

// Alert rules have the fields of Grafana's published type, and so have the expressions in them.
func TestAlertRulesAreOfGrafanasTypes(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile("../provisioning/alerting/llmtap.yaml")
	require.NoError(t, err)
	var file ruleFile
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&file))
	require.Equal(t, 1, file.APIVersion)
	require.Len(t, file.Groups, 1)
	group := file.Groups[0]
	require.NotEmpty(t, group.Rules)
	for _, fields := range group.Rules {
		fields["orgID"], fields["folderUID"], fields["ruleGroup"] = group.OrgID, group.Folder, group.Name
		fields["keep_firing_for"] = fields["keepFiringFor"]
		delete(fields, "keepFiringFor")
		raw, err := json.Marshal(fields)
		require.NoError(t, err)
		var rule alerting.Rule
		require.NoError(t, fits(raw, &rule), fields["uid"])
		condition, err := json.Marshal(fields["data"].([]any)[1].(map[string]any)["model"])
		require.NoError(t, err)
		require.NoError(t, fits(condition, &expr.TypeThreshold{}), fields["uid"])
		fields["feild"] = 1
		raw, err = json.Marshal(fields)
		require.NoError(t, err)
		require.Error(t, fits(raw, &alerting.Rule{}))
	}
}
