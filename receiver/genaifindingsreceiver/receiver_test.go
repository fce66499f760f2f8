package genaifindingsreceiver

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/findings"
)

// engine is one with the exporter's tables, and the receiver's configuration for it.
func engine(t *testing.T) (*Config, driver.Conn) {
	t.Helper()
	address := clickhouseembeddedtest.Start(t)
	exporter := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	exporter.Endpoints = []string{"http://" + address}
	exporter.Detection.Enabled = false // its views would run beside what is tested, and take seconds to make
	now := time.Now()
	calls := callgen.New(callgen.Config{Calls: 1, Users: 2, From: now.Add(-time.Hour), To: now})
	require.NoError(t, callgen.Store(t.Context(), exporter, calls.Next, func(int) {}))
	config := createDefaultConfig().(*Config)
	config.Endpoint = "http://" + address
	require.NoError(t, config.Validate())
	return config, clickhouseembeddedtest.Connect(t, address)
}

// opened is the store as the receiver reads it.
func opened(t *testing.T, config *Config) *store {
	t.Helper()
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
	return s
}

func write(t *testing.T, conn driver.Conn, id int, key, state, severity string) {
	t.Helper()
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO llmtap.findings (finding_id, kind, severity, state, key_kind, key, metric, since, since_low, since_high, opened_at,
		closed_at, effect, calls, cost_usd, example_calls, changed, message, user_id) SELECT toUUID('00000000-0000-0000-0000-%012d'), 'cost_spike', '%s', '%s', 'user', '%s', 'cost',
		'2026-03-02 08:00:00', '2026-03-02 07:50:00', '2026-03-02 08:20:00', '2026-03-02 10:00:00', if('%[3]s' = 'closed', toDateTime('2026-03-02 12:00:00', 'UTC'), NULL), 7.5, 12, 3.25,
		[toUUID('00000000-0000-0000-0000-0000000000aa')], map('price_version', '1 -> 2'), 'user %[4]s cost much', '%[4]s'`, id, severity, state, key)))
}

func TestWhatBecomesOfAFindingIsTold(t *testing.T) {
	config, conn := engine(t)
	now := time.Date(2026, 3, 2, 10, 1, 0, 0, time.UTC)
	w := &watcher{store: opened(t, config), resource: pcommon.NewResource(), repeat: config.RepeatInterval, now: func() time.Time { return now }, told: map[string]told{}}
	told := func() (all []string) {
		t.Helper()
		logs, err := w.scrape(t.Context())
		require.NoError(t, err)
		for _, record := range logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
			key, _ := record.Attributes().Get(findings.Prefix + "key")
			all = append(all, record.EventName()+" "+key.Str())
		}
		return all
	}
	require.Empty(t, told())
	write(t, conn, 1, "ada", "open", "ticket")
	write(t, conn, 2, "old", "closed", "ticket")
	logs, err := w.scrape(t.Context())
	require.NoError(t, err)
	records := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	require.Equal(t, 1, records.Len(), "what was closed before is not told of")
	require.Equal(t, plog.SeverityNumberWarn, records.At(0).SeverityNumber())
	require.Equal(t, "user ada cost much", records.At(0).Body().Str())
	require.Equal(t, map[string]any{
		"llmtap.finding.id": "00000000-0000-0000-0000-000000000001", "llmtap.finding.kind": "cost_spike", "llmtap.finding.severity": "ticket",
		"llmtap.finding.state": "open", "llmtap.finding.key_kind": "user", "llmtap.finding.key": "ada", "llmtap.finding.metric": "cost",
		"llmtap.finding.since": "2026-03-02T08:00:00Z", "llmtap.finding.since_low": "2026-03-02T07:50:00Z",
		"llmtap.finding.since_high": "2026-03-02T08:20:00Z", "llmtap.finding.opened_at": "2026-03-02T10:00:00Z", "llmtap.finding.effect": 7.5,
		"llmtap.finding.calls": int64(12), "llmtap.finding.cost_usd": 3.25, "llmtap.finding.user_id": "ada",
		"llmtap.finding.example_calls": []any{"00000000-0000-0000-0000-0000000000aa"}, "llmtap.finding.changed": map[string]any{"price_version": "1 -> 2"},
	}, records.At(0).Attributes().AsRaw())
	require.Empty(t, told(), "once")
	now = now.Add(config.RepeatInterval)
	require.Equal(t, []string{findings.EventUpdated + " ada"}, told())
	write(t, conn, 1, "ada", "open", "page")
	require.Equal(t, []string{findings.EventEscalated + " ada"}, told(), "it got worse")
	for _, severity := range []string{"ticket", "page"} {
		write(t, conn, 1, "ada", "open", severity)
		require.Equal(t, []string{findings.EventUpdated + " ada"}, told(), "it is to and fro")
	}
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.acknowledgements (finding_id, author) VALUES ('00000000-0000-0000-0000-000000000001', 'me')"))
	require.Equal(t, []string{findings.EventAcknowledged + " ada"}, told())
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.silences (key, until) VALUES ('ad*', now() + 3600)"))
	require.Empty(t, told())
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.silences (key, until) VALUES ('ad*', now() - 1)"))
	require.Equal(t, []string{findings.EventOpened + " ada"}, told(), "the silence is over")
	write(t, conn, 1, "ada", "closed", "ticket")
	write(t, conn, 3, "ada", "open", "page")
	require.Equal(t, []string{findings.EventClosed + " ada", findings.EventOpened + " ada"}, told(), "the end of one is not that of the next")
	require.Empty(t, told())
}

// However many tickets are followed, a page is told of, and no ticket more.
func TestAPageIsToldOfBesideAnyNumberOfTickets(t *testing.T) {
	w := &watcher{now: time.Now, told: map[string]told{}}
	f := func(want, severity string) {
		t.Helper()
		require.Equal(t, want, w.event(&finding{ID: uuid.New(), State: "open", Severity: severity}))
	}
	for range findingsMax {
		f(findings.EventOpened, "ticket")
	}
	f("", "ticket")
	f(findings.EventOpened, "page")
	f("", "ticket")
	require.Len(t, w.told, findingsMax)
}

func TestLogsRunInThePipeline(t *testing.T) {
	config, conn := engine(t)
	write(t, conn, 1, "ada", "open", "ticket")
	config.CollectionInterval, config.InitialDelay = time.Millisecond, time.Nanosecond
	factory, sink := NewFactory(), new(consumertest.LogsSink)
	set := receivertest.NewNopSettings(factory.Type())
	set.Resource.Attributes().PutStr("service.name", "llmtap")
	r, err := factory.CreateLogs(t.Context(), set, config, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return sink.LogRecordCount() > 0 }, time.Minute, time.Millisecond)
	require.NoError(t, r.Shutdown(t.Context()))
	require.Equal(t, 1, sink.LogRecordCount())
	require.Equal(t, map[string]any{"service.name": "llmtap"}, sink.AllLogs()[0].ResourceLogs().At(0).Resource().Attributes().AsRaw(),
		"log stores sort records by service")
}

// What the next component refuses for now is not lost, an alert that nobody got least of all.
func TestRefusedRecordsAreToldAgain(t *testing.T) {
	config, conn := engine(t)
	write(t, conn, 1, "ada", "open", "page")
	config.CollectionInterval, config.InitialDelay, config.RepeatInterval = time.Millisecond, time.Nanosecond, 0
	var refuses atomic.Bool
	var refused atomic.Int64
	sink := new(consumertest.LogsSink)
	next, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
		if refuses.Load() {
			refused.Add(1)
			return errors.New("queue is full")
		}
		return sink.ConsumeLogs(ctx, logs)
	})
	require.NoError(t, err)
	factory := NewFactory()
	refuses.Store(true)
	r, err := factory.CreateLogs(t.Context(), receivertest.NewNopSettings(factory.Type()), config, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), componenttest.NewNopHost()))
	toldAfterRefusals := func(event string, records int) {
		t.Helper()
		before := refused.Load()
		require.Eventually(t, func() bool { return refused.Load() > before+1 }, time.Minute, time.Millisecond)
		refuses.Store(false)
		require.Eventually(t, func() bool { return sink.LogRecordCount() == records }, time.Minute, time.Millisecond)
		require.Equal(t, event, sink.AllLogs()[records-1].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).EventName())
	}
	toldAfterRefusals(findings.EventOpened, 1)
	refuses.Store(true)
	write(t, conn, 1, "ada", "closed", "page")
	toldAfterRefusals(findings.EventClosed, 2)
	require.NoError(t, r.Shutdown(t.Context()))
	require.Equal(t, 2, sink.LogRecordCount())
}

func TestBeforeTheFirstCallNothingIsFound(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Endpoint = "http://" + clickhouseembeddedtest.Start(t)
	g, logged := gaugesOf(t, config)
	found, err := g.findings(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	metrics, err := g.scrape(t.Context())
	require.NoError(t, err)
	require.Zero(t, metrics.DataPointCount())
	require.Empty(t, logged.All())
}

// During a first start the receiver reads tables that the exporter has made and not yet migrated; only those that stay so are told of.
func TestOlderTablesAreWaitedFor(t *testing.T) {
	config, conn := engine(t)
	s := opened(t, config)
	look := func() error {
		found, err := s.findings(t.Context(), nil)
		require.Empty(t, found)
		return err
	}
	var current string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT create_table_query FROM system.tables WHERE database = 'llmtap' AND name = 'findings_latest'").Scan(&current))
	require.NoError(t, conn.Exec(t.Context(), "CREATE OR REPLACE VIEW llmtap.findings_latest AS SELECT * EXCEPT (since_low, since_high), '' AS acknowledged_by, false AS silenced FROM llmtap.findings"))
	require.NoError(t, look())
	s.olderSince = time.Now().Add(-migratingMax)
	require.ErrorContains(t, look(), "older version")
	require.NoError(t, conn.Exec(t.Context(), "DROP VIEW llmtap.findings_latest"))
	require.NoError(t, conn.Exec(t.Context(), current))
	require.NoError(t, look())
	require.Zero(t, s.olderSince)
}
