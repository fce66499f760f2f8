package genaiwebhookexporter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/llmtap/llmtap/internal/findings"
)

// target is a webhook that answers with one status after the other, the last for ever.
type target struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	paths    []string
	bodies   []string
}

func newTarget(t *testing.T, statuses ...int) *target {
	t.Helper()
	to := &target{statuses: statuses}
	to.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		to.mu.Lock()
		defer to.mu.Unlock()
		to.paths, to.bodies = append(to.paths, r.URL.Path), append(to.bodies, string(body))
		status := to.statuses[0]
		if len(to.statuses) > 1 {
			to.statuses = to.statuses[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(to.Close)
	return to
}

// posting is the exporter without a queue, so that its errors come back.
func posting(t *testing.T, to *target, change func(*Config)) exporter.Logs {
	t.Helper()
	factory := NewFactory()
	config := factory.CreateDefaultConfig().(*Config)
	config.HTTP.Endpoint, config.Queue = to.URL, configoptional.None[exporterhelper.QueueBatchConfig]()
	config.Retry.InitialInterval, config.Retry.RandomizationFactor = time.Millisecond, 0
	change(config)
	require.NoError(t, config.Validate())
	e, err := factory.CreateLogs(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(t.Context())) })
	return e
}

func records(names ...string) plog.Logs {
	logs := plog.NewLogs()
	scope := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	for _, name := range names {
		record := scope.LogRecords().AppendEmpty()
		record.SetEventName(name)
		record.Body().SetStr("error_rate of m, vllm went from 0.8 % to 1.4 %")
		a := record.Attributes()
		a.PutStr("other", "x")
		for key, value := range map[string]string{"id": "7", "kind": "rate", "severity": "ticket", "key": "m, vllm", "model": "m", "opened_at": "2026-03-02T10:00:00Z", "since": "2026-03-02T08:00:00Z"} {
			a.PutStr(findings.Prefix+key, value)
		}
		if name == findings.EventClosed {
			a.PutStr(findings.Prefix+"closed_at", "2026-03-02T12:00:00Z")
		}
		a.PutDouble(findings.Prefix+"effect", 1.75)
		calls := a.PutEmptySlice(findings.Prefix + "example_calls")
		calls.AppendEmpty().SetStr("c1")
		calls.AppendEmpty().SetStr("c2")
		a.PutEmptyMap(findings.Prefix+"changed").PutStr("model", "m -> n")
	}
	return logs
}

func TestJSON(t *testing.T) {
	to := newTarget(t, 204)
	e := posting(t, to, func(*Config) {})
	require.NoError(t, e.ConsumeLogs(t.Context(), records("something.else", findings.EventUpdated)))
	require.Empty(t, to.bodies, "neither other records nor repetitions are posted")
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventOpened, "something.else")))
	require.Len(t, to.bodies, 1)
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventEscalated)))
	require.Len(t, to.bodies, 2, "a ticket that became a page")
	require.JSONEq(t, `{"findings": [{"event": "opened", "message": "error_rate of m, vllm went from 0.8 % to 1.4 %", "id": "7", "kind": "rate",
		"severity": "ticket", "key": "m, vllm", "model": "m", "opened_at": "2026-03-02T10:00:00Z", "since": "2026-03-02T08:00:00Z", "effect": 1.75,
		"example_calls": ["c1", "c2"], "changed": {"model": "m -> n"}}]}`, to.bodies[0])
}

func TestEventsAreChosen(t *testing.T) {
	to := newTarget(t, 200)
	e := posting(t, to, func(c *Config) { c.Events = []string{"closed"} })
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventOpened, findings.EventAcknowledged)))
	require.Empty(t, to.bodies)
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventClosed)))
	require.Len(t, to.bodies, 1)
}

func TestAlertmanager(t *testing.T) {
	to := newTarget(t, 200)
	e := posting(t, to, func(c *Config) { c.Format = FormatAlertmanager })
	before := time.Now()
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventUpdated, findings.EventClosed)))
	require.Equal(t, []string{"/api/v2/alerts"}, to.paths)
	var got []alert
	require.NoError(t, json.Unmarshal([]byte(to.bodies[0]), &got))
	require.Len(t, got, 2)
	require.WithinRange(t, got[0].EndsAt, before.Add(15*time.Minute), time.Now().Add(15*time.Minute))
	require.Equal(t, alert{
		Labels: map[string]string{"alertname": "llmtap rate", "kind": "rate", "severity": "ticket", "key": "m, vllm", "model": "m"},
		Annotations: map[string]string{
			"summary": "error_rate of m, vllm went from 0.8 % to 1.4 %", "finding_id": "7", "since": "2026-03-02T08:00:00Z",
			"example_calls": "c1 c2", "changed_model": "m -> n",
		},
		StartsAt: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
	}, got[1])
	require.Equal(t, got[1].Labels, got[0].Labels, "the same alert ends")
}

func TestWhatFailsIsTriedAgain(t *testing.T) {
	to := newTarget(t, 500, 429, 200)
	e := posting(t, to, func(*Config) {})
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventOpened)))
	require.Len(t, to.bodies, 3)
	require.Equal(t, to.bodies[0], to.bodies[2])
}

func TestWhatIsRefusedIsNot(t *testing.T) {
	to := newTarget(t, 400)
	err := posting(t, to, func(*Config) {}).ConsumeLogs(t.Context(), records(findings.EventOpened))
	require.ErrorContains(t, err, "the webhook answered 400 Bad Request")
	require.True(t, consumererror.IsPermanent(err))
	require.Len(t, to.bodies, 1)
}

// A client that follows a redirect asks again without the body, and takes the answer for that of the webhook.
func TestRedirectsAreRefused(t *testing.T) {
	elsewhere := newTarget(t, 200)
	from := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/login", http.StatusMovedPermanently))
	t.Cleanup(from.Close)
	e := posting(t, &target{Server: from}, func(c *Config) { c.HTTP.Headers.Set("X-Token", "secret") })
	err := e.ConsumeLogs(t.Context(), records(findings.EventOpened))
	require.ErrorContains(t, err, "the webhook answered 301 Moved Permanently")
	require.True(t, consumererror.IsPermanent(err))
	require.Empty(t, elsewhere.paths)
}

// Who has the address of a webhook can post to it, so errors, which are logged, name its host only.
func TestErrorsDoNotTellTheAddress(t *testing.T) {
	to := newTarget(t, 200)
	e := posting(t, to, func(c *Config) { c.HTTP.Endpoint, c.Retry.Enabled = to.URL+"/services/T0/secret?key=secret", false })
	to.Close()
	err := e.ConsumeLogs(t.Context(), records(findings.EventOpened))
	require.ErrorContains(t, err, "connection refused")
	require.False(t, consumererror.IsPermanent(err))
	require.NotContains(t, err.Error(), "secret")
}

// Many servers repeat what they refuse: Express has the path on its page for a 404, others the token that they do not know.
func TestAnswersDoNotTellTheAddress(t *testing.T) {
	f := func(repeat func(*http.Request) string) {
		t.Helper()
		echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "no such hook: "+repeat(r))
		}))
		t.Cleanup(echo.Close)
		e := posting(t, &target{Server: echo}, func(c *Config) {
			c.HTTP.Endpoint = strings.Replace(echo.URL, "//", "//bot:secret-pass@", 1) + "/services/T0/secret%2Dpath?key=secret%2Fkey&n=1"
			c.HTTP.Headers.Set("X-Token", "Token secret-header")
		})
		err := e.ConsumeLogs(t.Context(), records(findings.EventOpened))
		require.ErrorContains(t, err, "the webhook answered 404 Not Found: no such hook: ")
		require.NotContains(t, err.Error(), "secret")
	}
	f(func(r *http.Request) string { return "Cannot POST " + r.RequestURI })
	f(func(r *http.Request) string { return "Cannot POST " + r.URL.Path })
	f(func(r *http.Request) string { return strings.ReplaceAll(r.URL.Path, "/", `\/`) })
	f(func(r *http.Request) string { return "key " + r.URL.Query().Get("key") })
	f(func(r *http.Request) string { return "key " + url.QueryEscape(r.URL.Query().Get("key")) })
	f(func(r *http.Request) string { return r.Header.Get("X-Token") })
	f(func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("X-Token"), "Token ") })
	f(func(r *http.Request) string { _, password, _ := r.BasicAuth(); return password })
	f(func(r *http.Request) string { return strings.Repeat(" ", answerMax-50) + r.RequestURI }) // cut
}

// The Collector's own spans go to whoever its telemetry names, and to zpages.
func TestSpansDoNotTellTheAddress(t *testing.T) {
	to := newTarget(t, 404)
	telemetry := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, telemetry.Shutdown(context.WithoutCancel(t.Context()))) })
	config := createDefaultConfig().(*Config)
	config.HTTP.Endpoint, config.Queue = to.URL+"/services/T0/secret?key=secret", configoptional.None[exporterhelper.QueueBatchConfig]()
	set := exportertest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	e, err := NewFactory().CreateLogs(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context()))) })
	require.Error(t, e.ConsumeLogs(t.Context(), records(findings.EventOpened)))
	spans := telemetry.SpanRecorder.Ended()
	require.NotEmpty(t, spans)
	for _, span := range spans {
		require.NotContains(t, fmt.Sprint(span.Attributes(), span.Events(), span.Status()), "secret")
	}
}

// What is posted again comes before what is later: a finding that is closed must not be opened once more.
func TestEventsKeepTheirOrder(t *testing.T) {
	to := newTarget(t, 503, 200)
	e := posting(t, to, func(c *Config) {
		c.Queue, c.Retry.InitialInterval = createDefaultConfig().(*Config).Queue, 50*time.Millisecond
	})
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventOpened)))
	require.NoError(t, e.ConsumeLogs(t.Context(), records(findings.EventClosed)))
	posted := func() (events []string) {
		to.mu.Lock()
		defer to.mu.Unlock()
		for _, body := range to.bodies {
			_, event, _ := strings.Cut(body, `"event":"`)
			events = append(events, strings.SplitN(event, `"`, 2)[0])
		}
		return events
	}
	require.Eventually(t, func() bool { return len(posted()) == 3 }, time.Minute, time.Millisecond)
	require.Equal(t, []string{"opened", "opened", "closed"}, posted())
}

// One number that JSON does not have keeps no finding from being posted.
func TestNumbersThatJSONDoesNotHave(t *testing.T) {
	to := newTarget(t, 200)
	logs := records(findings.EventOpened, findings.EventOpened)
	logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutDouble(findings.Prefix+"effect", math.Inf(1))
	require.NoError(t, posting(t, to, func(*Config) {}).ConsumeLogs(t.Context(), logs))
	require.Len(t, to.bodies, 1)
	require.Equal(t, 2, strings.Count(to.bodies[0], `"event":"opened"`))
	require.Equal(t, 1, strings.Count(to.bodies[0], `"effect":`))
}

func TestInvalidSettingsAreNamed(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.HTTP.Endpoint, config.Format, config.Events, config.ResolveAfter = "hooks.example.com", "xml", []string{"gone"}, 0
	config.HTTP.Compression, config.HTTP.CompressionParams.Level = "gzip", 99
	err := confmap.Validate(config)
	for _, key := range []string{"endpoint: ", "format: ", `events: "gone"`, "resolve_after: ", "Level:99"} {
		require.ErrorContains(t, err, key)
		require.Equal(t, 1, strings.Count(err.Error(), key), key)
	}
}
