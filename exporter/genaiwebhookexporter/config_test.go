package genaiwebhookexporter

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exportertest"
)

// Settings reach the configuration as the Collector reads them, beside those of confighttp, which reads its own.
func TestEverySettingIsRead(t *testing.T) {
	config := createDefaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"endpoint": "http://alertmanager:9093", "headers": map[string]any{"X-Scope": "a"}, "timeout": "3s",
		"format": "alertmanager", "events": []any{"closed"}, "resolve_after": "1h",
		"sending_queue":    map[string]any{"queue_size": 7},
		"retry_on_failure": map[string]any{"max_elapsed_time": "2h"},
	}).Unmarshal(config))
	require.NoError(t, config.Validate())
	require.Equal(t, "http://alertmanager:9093", config.HTTP.Endpoint)
	require.Equal(t, 3*time.Second, config.HTTP.Timeout)
	header, _ := config.HTTP.Headers.Get("X-Scope")
	require.Equal(t, "a", string(header))
	require.Equal(t, FormatAlertmanager, config.Format)
	require.Equal(t, []string{"closed"}, config.Events)
	require.Equal(t, time.Hour, config.ResolveAfter)
	require.EqualValues(t, 7, config.Queue.Get().QueueSize)
	require.Equal(t, 2*time.Hour, config.Retry.MaxElapsedTime)

	unknown := confmap.NewFromStringMap(map[string]any{"endpoint": "http://a", "fromat": "alertmanager"})
	require.ErrorContains(t, unknown.Unmarshal(createDefaultConfig()), "fromat: is no setting")
}

// With these no finding would be posted, and nothing would say so before one is.
func TestWhatCannotBePostedIsRefused(t *testing.T) {
	f := func(want string, settings map[string]any) {
		t.Helper()
		config := createDefaultConfig().(*Config)
		if settings["endpoint"] == nil {
			settings["endpoint"] = "http://a"
		}
		require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(config))
		err := config.Validate()
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
	f("headers::Authorization: has a line break", map[string]any{"headers": map[string]any{"Authorization": "Bearer secret\n"}})
	f("endpoint: must be the base address of Alertmanager", map[string]any{"endpoint": "http://a/api/v2/alerts", "format": "alertmanager"})
	f("endpoint: must be the base address of Alertmanager", map[string]any{"endpoint": "http://a/b/api/v2/alerts/", "format": "alertmanager"})
	f("timeout: must be above 0", map[string]any{"timeout": "0s"})
	f("timeout: must be above 0", map[string]any{"timeout": "-1s"})
	f("proxy_url: must be an address", map[string]any{"proxy_url": "http://user:secret%@proxy:3128"})
	f("proxy_url: must be an address", map[string]any{"proxy_url": "user:secret@proxy:3128"})
}

// A reload with a certificate that only the start misses would end the process, although llmtap validate had nothing against it.
func TestCertificateThatCannotBeReadIsSaidBeforeTheStart(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.HTTP.Endpoint, config.HTTP.TLS.CAFile = "https://a", filepath.Join(t.TempDir(), "ca.pem")
	_, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(componentType), config)
	require.ErrorContains(t, err, "tls: failed to load TLS config: failed to load CA CertPool File")
}
