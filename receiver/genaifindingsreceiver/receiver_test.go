package genaifindingsreceiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/findings"
)

// engine is one with the exporter's tables, and the receiver's configuration for it.
func engine(t *testing.T) (*Config, driver.Conn) {
	t.Helper()
	address := clickhouseembeddedtest.Start(t)
	now := time.Now()
	require.NoError(t, callgen.Write(t.Context(), "http://"+address, callgen.Config{Calls: 1, Users: 2, From: now.Add(-time.Hour), To: now}, func(int) {}))
	config := createDefaultConfig().(*Config)
	config.Endpoint = "http://" + address
	require.NoError(t, config.Validate())
	return config, clickhouseembeddedtest.Connect(t, address)
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
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
	now := time.Date(2026, 3, 2, 10, 1, 0, 0, time.UTC)
	w := &watcher{store: s, resource: pcommon.NewResource(), repeat: config.RepeatInterval, now: func() time.Time { return now }, told: map[string]told{}}
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
	write(t, conn, 1, "ada", "closed", "page")
	require.Equal(t, []string{findings.EventClosed + " ada"}, told())
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

func TestOpenFindingsAreCounted(t *testing.T) {
	config, conn := engine(t)
	write(t, conn, 1, "ada", "open", "ticket")
	write(t, conn, 2, "bob", "open", "ticket")
	write(t, conn, 3, "eve", "open", "page")
	write(t, conn, 4, "cat", "closed", "info")
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.silences (key, until) VALUES ('bob', now() + 3600)"))
	config.CollectionInterval, config.InitialDelay = time.Millisecond, time.Nanosecond
	factory, sink := NewFactory(), new(consumertest.MetricsSink)
	r, err := factory.CreateMetrics(t.Context(), receivertest.NewNopSettings(factory.Type()), config, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return len(sink.AllMetrics()) > 0 }, time.Minute, time.Millisecond)
	require.NoError(t, r.Shutdown(t.Context()))
	gauge := sink.AllMetrics()[0].ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
	require.Equal(t, "llmtap.findings.open", gauge.Name())
	counts := map[string]int64{}
	for _, point := range gauge.Gauge().DataPoints().All() {
		counts[fmt.Sprint(point.Attributes().AsRaw())] = point.IntValue()
	}
	require.Equal(t, map[string]int64{
		"map[kind:cost_spike severity:info]": 0, "map[kind:cost_spike severity:ticket]": 1, "map[kind:cost_spike severity:page]": 1,
	}, counts)
}

// A detector that fails finds nothing, which must not look like there being nothing to find.
func TestFailingDetectorsAreTold(t *testing.T) {
	config, conn := engine(t)
	exec := func(sql string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), sql))
	}
	exec("CREATE TABLE llmtap.switch (broken UInt8) ENGINE = Memory")
	exec("INSERT INTO llmtap.switch VALUES (1)")
	exec("CREATE TABLE llmtap.seen (n UInt8) ENGINE = Memory")
	exec(`CREATE MATERIALIZED VIEW llmtap.detect_nothing REFRESH EVERY 1 YEAR APPEND TO llmtap.seen EMPTY AS SELECT throwIf(broken, 'out of order') AS n FROM llmtap.switch`)
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
	core, logged := observer.New(zap.InfoLevel)
	g := newGauges(s, zap.New(core))
	failing := func() (all map[string]int64) {
		t.Helper()
		metrics, err := g.scrape(t.Context())
		require.NoError(t, err)
		all = map[string]int64{}
		for _, metric := range metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			if metric.Name() == "llmtap.detectors.failing" {
				for _, point := range metric.Gauge().DataPoints().All() {
					detector, _ := point.Attributes().Get("detector")
					all[detector.Str()] = point.IntValue()
				}
			}
		}
		return all
	}
	require.Equal(t, int64(0), failing()["detect_nothing"])
	for range 2 {
		exec("SYSTEM REFRESH VIEW llmtap.detect_nothing")
		require.ErrorContains(t, conn.Exec(t.Context(), "SYSTEM WAIT VIEW llmtap.detect_nothing"), "out of order")
		require.Equal(t, int64(1), failing()["detect_nothing"])
	}
	warnings := logged.FilterMessageSnippet("detector fails").TakeAll()
	require.Len(t, warnings, 1, "said once")
	require.Equal(t, "detect_nothing", warnings[0].ContextMap()["detector"])
	require.Contains(t, warnings[0].ContextMap()["error"], "out of order")
	exec("TRUNCATE TABLE llmtap.switch")
	exec("SYSTEM REFRESH VIEW llmtap.detect_nothing")
	exec("SYSTEM WAIT VIEW llmtap.detect_nothing")
	require.Equal(t, int64(0), failing()["detect_nothing"])
	require.Equal(t, 1, logged.FilterMessage("the detector runs again").Len())
}

// A user may have the right to read the findings only.
func TestFindingsAreCountedWithoutTheRightToSeeDetectors(t *testing.T) {
	config, conn := engine(t)
	write(t, conn, 1, "ada", "open", "ticket")
	address, err := url.Parse(config.Endpoint)
	require.NoError(t, err)
	pass := httputil.NewSingleHostReverseProxy(address)
	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte("system.view_refreshes")) {
			w.Header().Set("X-ClickHouse-Exception-Code", "497")
			http.Error(w, "Code: 497. DB::Exception: reader: Not enough privileges. (ACCESS_DENIED)", http.StatusForbidden)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(denies.Close)
	config.Endpoint = denies.URL
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
	core, logged := observer.New(zap.InfoLevel)
	g := newGauges(s, zap.New(core))
	for range 2 {
		metrics, err := g.scrape(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, metrics.DataPointCount())
		require.Equal(t, "llmtap.findings.open", metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Name())
	}
	require.Equal(t, 1, logged.FilterMessageSnippet("GRANT SELECT ON system.view_refreshes").Len(), "said once")
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
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
	found, err := s.findings(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	core, logged := observer.New(zap.InfoLevel)
	g := newGauges(s, zap.New(core))
	metrics, err := g.scrape(t.Context())
	require.NoError(t, err)
	require.Zero(t, metrics.DataPointCount())
	require.Empty(t, logged.All())
}

// During a first start the receiver reads tables that the exporter has made and not yet migrated; only those that stay so are told of.
func TestOlderTablesAreWaitedFor(t *testing.T) {
	config, conn := engine(t)
	s, err := openStore(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close(t.Context())) })
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

func TestInvalidSettingsAreNamed(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Endpoint, config.Database, config.Password, config.RepeatInterval, config.CollectionInterval = "127.0.0.1:8123", "", "x", -1, 0
	err := confmap.Validate(config)
	for _, key := range []string{"endpoint: ", "database: ", "username: ", "repeat_interval: ", "collection_interval"} {
		require.ErrorContains(t, err, key)
		require.Equal(t, 1, strings.Count(err.Error(), key), key)
	}
}
