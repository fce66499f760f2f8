package genaifindingsreceiver

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/llmtap/llmtap/internal/findings"
)

// The store's client gives some times in the zone of the machine.
func TestTimesAreToldInUTC(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("", -5*3600))
	record := plog.NewLogRecord()
	put(&finding{State: "closed", Since: at, SinceLow: &at, SinceHigh: &at, OpenedAt: at, ClosedAt: at}, findings.EventClosed, at, record)
	for _, name := range []string{"since", "since_low", "since_high", "opened_at", "closed_at"} {
		value, _ := record.Attributes().Get(findings.Prefix + name)
		require.Equal(t, "2026-03-02T13:00:00Z", value.Str(), name)
	}
}
