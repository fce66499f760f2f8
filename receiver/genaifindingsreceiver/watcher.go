package genaifindingsreceiver

import (
	"context"
	"maps"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/llmtap/llmtap/internal/findings"
)

// watcher tells what becomes of findings. After a restart it tells of every open one as opened.
type watcher struct {
	*store
	// resource is that of the records.
	resource pcommon.Resource
	repeat   time.Duration
	now      func() time.Time
	// told is what was said last of each finding that was not said to be closed; bounded as what is read.
	told map[string]told
	// before is what told was before the last look.
	before map[string]told
}

type told struct {
	severity, acknowledgedBy string
	// worst is the highest severity that was told of, so that one that comes and goes does not escalate each time.
	worst plog.SeverityNumber
	at    time.Time
}

func (w *watcher) scrape(ctx context.Context) (plog.Logs, error) {
	logs := plog.NewLogs()
	ids := make([]string, 0, len(w.told))
	for id := range w.told {
		ids = append(ids, id)
	}
	all, err := w.findings(ctx, ids)
	if err != nil {
		return logs, err
	}
	w.before = maps.Clone(w.told)
	resource := logs.ResourceLogs().AppendEmpty()
	w.resource.CopyTo(resource.Resource())
	scope := resource.ScopeLogs().AppendEmpty()
	scope.Scope().SetName(scopeName)
	for i := range all {
		if event := w.event(&all[i]); event != "" {
			put(&all[i], event, w.now(), scope.LogRecords().AppendEmpty())
		}
	}
	return logs, nil
}

// handOn hands on what a look has brought, if anything. What is refused for now is told of again by the next look.
func (w *watcher) handOn(ctx context.Context, logs plog.Logs, next consumer.Logs) error {
	if logs.LogRecordCount() == 0 {
		return nil
	}
	err := next.ConsumeLogs(ctx, logs)
	if err != nil && !consumererror.IsPermanent(err) {
		w.told = w.before
	}
	return err
}

// event says what is new of a finding; empty for nothing.
func (w *watcher) event(f *finding) string {
	id, now := f.ID.String(), w.now()
	before, known := w.told[id]
	if f.State != "open" || f.Silenced {
		delete(w.told, id)
		if f.State == "open" {
			return "" // silenced; told of as opened when the silence ends
		}
		return findings.EventClosed
	}
	if !known && len(w.told) == findingsMax && !w.makeRoom(severities[f.Severity]) {
		return ""
	}
	var event string
	switch {
	case !known:
		event = findings.EventOpened
	case severities[f.Severity] > before.worst:
		event = findings.EventEscalated
	case before.acknowledgedBy != f.AcknowledgedBy:
		event = findings.EventAcknowledged
	case before.severity != f.Severity, w.repeat > 0 && now.Sub(before.at) >= w.repeat:
		event = findings.EventUpdated
	default:
		return ""
	}
	w.told[id] = told{f.Severity, f.AcknowledgedBy, max(before.worst, severities[f.Severity]), now}
	return event
}

// makeRoom forgets a finding that is less severe, if there is one.
func (w *watcher) makeRoom(severity plog.SeverityNumber) bool {
	for id, t := range w.told {
		if t.worst < severity {
			delete(w.told, id)
			return true
		}
	}
	return false
}
