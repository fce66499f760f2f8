package genaifindingsreceiver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// gaugesOf are those of the store, and what they log.
func gaugesOf(t *testing.T, config *Config) (*gauges, *observer.ObservedLogs) {
	t.Helper()
	core, logged := observer.New(zap.InfoLevel)
	return newGauges(opened(t, config), zap.New(core)), logged
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
	g, logged := gaugesOf(t, config)
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
	g, logged := gaugesOf(t, config)
	for range 2 {
		metrics, err := g.scrape(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, metrics.DataPointCount())
		require.Equal(t, "llmtap.findings.open", metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Name())
	}
	require.Equal(t, 1, logged.FilterMessageSnippet("GRANT SELECT ON system.view_refreshes").Len(), "said once")
}
