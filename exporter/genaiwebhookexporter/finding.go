package genaiwebhookexporter

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/llmtap/llmtap/internal/findings"
)

// finding is what a log record says of a finding, by the attributes' names without their prefix, with event and message.
type finding map[string]any

func read(record plog.LogRecord) finding {
	f := finding{"event": strings.TrimPrefix(record.EventName(), findings.Prefix), "message": record.Body().Str()}
	for name, value := range record.Attributes().All() {
		if short, ours := strings.CutPrefix(name, findings.Prefix); ours && inJSON(value) {
			f[short] = value.AsRaw()
		}
	}
	return f
}

// inJSON tells that JSON has such a value: it has no number that is infinite or none.
func inJSON(value pcommon.Value) bool {
	return value.Type() != pcommon.ValueTypeDouble || !math.IsNaN(value.Double()) && !math.IsInf(value.Double(), 0)
}

func (f finding) text(name string) string {
	value, _ := f[name].(string)
	return value
}

func (f finding) time(name string) time.Time {
	at, _ := time.Parse(time.RFC3339, f.text(name))
	return at
}

// alertsPath is where Alertmanager takes alerts.
const alertsPath = "/api/v2/alerts"

// alert is one of Alertmanager's API v2, postableAlert.
type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// labelsOfAlerts tell an alert from others. An incident that opens again is the same alert.
var labelsOfAlerts = []string{"kind", "severity", "key_kind", "key", "metric", "model", "upstream", "app", "team", "user_id", "conversation_id"}

func alerts(told []finding, now time.Time, resolveAfter time.Duration) []alert {
	all := make([]alert, 0, len(told))
	for _, f := range told {
		a := alert{Labels: map[string]string{"alertname": "llmtap " + f.text("kind")}, StartsAt: f.time("opened_at"), EndsAt: now.Add(resolveAfter)}
		if closed := f.time("closed_at"); !closed.IsZero() {
			a.EndsAt = closed
		}
		for _, name := range labelsOfAlerts {
			if value := f.text(name); value != "" {
				a.Labels[name] = value
			}
		}
		a.Annotations = map[string]string{"summary": f.text("message"), "finding_id": f.text("id"), "since": f.text("since")}
		if by := f.text("acknowledged_by"); by != "" {
			a.Annotations["acknowledged_by"] = by
		}
		if calls, ok := f["example_calls"].([]any); ok {
			a.Annotations["example_calls"] = strings.Trim(fmt.Sprint(calls), "[]")
		}
		if changed, ok := f["changed"].(map[string]any); ok {
			for _, field := range slices.Sorted(maps.Keys(changed)) {
				a.Annotations["changed_"+field] = fmt.Sprint(changed[field])
			}
		}
		all = append(all, a)
	}
	return all
}
