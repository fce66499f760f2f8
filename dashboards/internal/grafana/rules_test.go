package grafana

import (
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
)

// Grafana renders a summary as a template of Go in which $labels and $values stand for those of the alert.
func TestSummarySaysNumbersAsPeopleDo(t *testing.T) {
	summary := rule(&dashboards.Alert{Summary: "{source} is {value} late"})["annotations"].(object)["summary"].(string)
	rendered, err := template.New("").Parse("{{$labels := .Labels}}{{$values := .Values}}" + summary)
	require.NoError(t, err)
	type value struct{ Value float64 }
	for want, of := range map[string]float64{
		"0.932": 0.9317, "14.4": 14.4, "1": 1, "999": 999.4, "1000": 999.5, "12346": 12345.6, "1000000": 1e6,
	} {
		var said strings.Builder
		require.NoError(t, rendered.Execute(&said, map[string]any{
			"Labels": map[string]string{"source": "llmtap"}, "Values": map[string]value{"A": {of}},
		}))
		require.Equal(t, "llmtap is "+want+" late", said.String())
	}
}
