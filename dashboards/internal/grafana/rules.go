package grafana

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/llmtap/llmtap/dashboards"
)

var column = regexp.MustCompile(`\{(\w+)\}`)

// number has three digits, or as many as a whole number takes: nobody reads 3.6e+03 s.
const number = `{{ if ge $values.A.Value 999.5 }}{{ printf "%.0f" $values.A.Value }}{{ else }}{{ printf "%.3g" $values.A.Value }}{{ end }}`

// rules are the alert rules: each fires once for each row of its query.
func rules(alerts []*dashboards.Alert) object {
	list := []object{}
	for _, alert := range alerts {
		list = append(list, rule(alert))
	}
	return object{
		"apiVersion": 1,
		"groups":     []object{{"orgId": 1, "name": folderTitle, "folder": folderTitle, "interval": "1m", "rules": list}},
	}
}

func rule(alert *dashboards.Alert) object {
	summary := column.ReplaceAllStringFunc(alert.Summary, func(mark string) string {
		name := strings.Trim(mark, "{}")
		if name == "value" {
			return number
		}
		return "{{ $labels." + name + " }}"
	})
	return object{
		"uid": "llmtap-" + strings.ReplaceAll(alert.Query, "_", "-"), "title": alert.Title, "condition": "B",
		"for": duration(alert.For), "keepFiringFor": "5m", "noDataState": "OK", "execErrState": "Error", "isPaused": false,
		"labels":      object{"severity": alert.Severity, "source": "llmtap"},
		"annotations": object{"summary": summary, "__dashboardUid__": uid(alert.Board), "runbook_url": ""},
		"data": []object{
			{
				"refId": "A", "datasourceUid": sourceUID,
				"relativeTimeRange": object{"from": int(alert.Range.Seconds()), "to": 0},
				"model": object{
					"refId": "A", "editorType": "sql", "format": 1, "queryType": "table", "rawSql": string(alert.SQL),
					"pluginVersion": pluginVersion, "intervalMs": 60000, "maxDataPoints": 1000,
					"datasource": object{"type": sourceType, "uid": sourceUID},
				},
			},
			{
				"refId": "B", "datasourceUid": "__expr__",
				"model": object{
					"refId": "B", "type": "threshold", "expression": "A", "datasource": object{"type": "__expr__", "uid": "__expr__"},
					"conditions": []object{{"evaluator": object{"type": "gt", "params": []float64{0}}}},
				},
			},
		},
	}
}

// duration is a time in the words of Grafana's rules.
func duration(d time.Duration) string {
	return fmt.Sprintf("%ds", int(d.Seconds()))
}
