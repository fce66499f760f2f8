package genaifindingsreceiver

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/llmtap/llmtap/internal/findings"
)

var severities = map[string]plog.SeverityNumber{"info": plog.SeverityNumberInfo, "ticket": plog.SeverityNumberWarn, "page": plog.SeverityNumberError}

// put writes what became of a finding as a log record.
func put(f *finding, event string, now time.Time, record plog.LogRecord) {
	record.SetObservedTimestamp(pcommon.NewTimestampFromTime(now))
	record.SetTimestamp(pcommon.NewTimestampFromTime(now))
	record.SetEventName(event)
	record.SetSeverityNumber(severities[f.Severity])
	record.SetSeverityText(f.Severity)
	record.Body().SetStr(f.Message)
	a := record.Attributes()
	text := func(name, value string) {
		if value != "" {
			a.PutStr(findings.Prefix+name, value)
		}
	}
	number := func(name string, value *float64) {
		if value != nil {
			a.PutDouble(findings.Prefix+name, *value)
		}
	}
	text("id", f.ID.String())
	text("kind", f.Kind)
	text("severity", f.Severity)
	text("state", f.State)
	text("key_kind", f.KeyKind)
	text("key", f.Key)
	text("metric", f.Metric)
	text("since", f.Since.UTC().Format(time.RFC3339))
	if f.SinceLow != nil && f.SinceHigh != nil {
		text("since_low", f.SinceLow.UTC().Format(time.RFC3339))
		text("since_high", f.SinceHigh.UTC().Format(time.RFC3339))
	}
	text("opened_at", f.OpenedAt.UTC().Format(time.RFC3339))
	if f.State == "closed" {
		text("closed_at", f.ClosedAt.UTC().Format(time.RFC3339))
	}
	number("value_before", f.ValueBefore)
	number("value_after", f.ValueAfter)
	number("effect", f.Effect)
	number("effect_low", f.EffectLow)
	number("effect_high", f.EffectHigh)
	number("q_value", f.QValue)
	number("z_score", f.ZScore)
	a.PutInt(findings.Prefix+"calls", int64(f.Calls))
	number("cost_usd", f.CostUSD)
	text("model", f.Model)
	text("upstream", f.Upstream)
	text("app", f.App)
	text("team", f.Team)
	text("user_id", f.UserID)
	text("conversation_id", f.ConversationID)
	text("acknowledged_by", f.AcknowledgedBy)
	calls := a.PutEmptySlice(findings.Prefix + "example_calls")
	for _, id := range f.ExampleCalls {
		calls.AppendEmpty().SetStr(id)
	}
	changed := a.PutEmptyMap(findings.Prefix + "changed")
	for field, change := range f.Changed {
		changed.PutStr(field, change)
	}
}
