package settings_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/connector/genaimetricsconnector"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/exporter/genaiwebhookexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/dashboardextension"
	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/processor/genaiprocessor"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
	"github.com/llmtap/llmtap/receiver/genaifindingsreceiver"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver"
)

// components are all of llmtap, by their folder.
var components = map[string]component.Factory{
	"connector/genaimetricsconnector":       genaimetricsconnector.NewFactory(),
	"exporter/genaiclickhouseexporter":      genaiclickhouseexporter.NewFactory(),
	"exporter/genaiwebhookexporter":         genaiwebhookexporter.NewFactory(),
	"extension/clickhouseembeddedextension": clickhouseembeddedextension.NewFactory(),
	"extension/dashboardextension":          dashboardextension.NewFactory(),
	"extension/genailedgerextension":        genailedgerextension.NewFactory(),
	"processor/genaiprocessor":              genaiprocessor.NewFactory(),
	"receiver/genaifindingsreceiver":        genaifindingsreceiver.NewFactory(),
	"receiver/llmtapreceiver":               llmtapreceiver.NewFactory(),
}

func TestNoComponentIsLeftOut(t *testing.T) {
	factories, err := filepath.Glob("../../*/*/factory.go")
	require.NoError(t, err)
	require.Len(t, components, len(factories))
}

// Every component reads its settings by this package, those of the Collector's own sections among them.
func TestEveryComponentRefusesWhatWouldBeCut(t *testing.T) {
	wants := map[string]map[string]string{
		"receiver/llmtapreceiver": {
			"queue_size: 1.5":                    "queue_size: 1.5 is no",
			"limits: {copy_bytes_total: 1e30}":   "limits::copy_bytes_total: 1e+30 is out of range",
			"batch: {max_spans: '64'}":           `batch::max_spans: "64" is text`,
			"batch: {max_spans: '${env:SPANS}'}": "batch::max_spans: 2.5 is no",
		},
		"processor/genaiprocessor": {
			"remember_spans: 0.5":                   "remember_spans: 0.5 is no",
			"prices: [{model: m, input_over: 0.5}]": "prices::0::input_over: 0.5 is no",
			"prices: [{from: '2026-06-01'}]":        `prices::0::from: "2026-06-01" is no time; give a date without quotes`,
			"identity: {keys: [{key: 12345}]}":      "identity::keys::0::key: is a number; give text, in quotes",
		},
		"connector/genaimetricsconnector": {"series_max: 1.5": "series_max: 1.5 is no", "flush_interval: 15": "flush_interval: 15ns is too short"},
		"receiver/genaifindingsreceiver":  {"repeat_interval: 3600": "repeat_interval: 3.6µs is too short"},
		"extension/dashboardextension":    {"clickhouse: {timeout: 30}": "clickhouse::timeout: 30ns is too short"},
		"exporter/genaiclickhouseexporter": {
			"detection: {drift: {calls_min: 1.5}}":       "detection::drift::calls_min: 1.5 is no",
			"detection: {freeze: 3600}":                  "detection::freeze: 3.6µs is too short",
			"sending_queue: {batch: {flush_timeout: 5}}": "sending_queue::batch::flush_timeout: 5ns is too short",
			"detection: {freeze: 7d}":                    `detection::freeze: "7d" is no duration`,
			"detection: {drift: {windw: 3h}}":            "detection::drift::windw: is no setting here",
			"cluter: main":                               "cluter: is no setting here",
			"sending_queue: {queue_size: 1e30}":          "sending_queue::queue_size: 1e+30 is out of range",
			"sending_queue: {batch: {min_size: 1.5e0}}":  "sending_queue::batch::min_size: 1.5 is no",
		},
		"exporter/genaiwebhookexporter": {"resolve_after: 900": "resolve_after: 900ns is too short", "max_idle_conns: 1.5": "max_idle_conns: 1.5 is no", "headers: {a: [b]}": "a: is a list; give text"},
		"extension/genailedgerextension": {
			"accounts_max: 1.5":                     "accounts_max: 1.5 is no",
			"budgets: [{tokens: 10}, {calls: 0.5}]": "budgets::1::calls: 0.5 is no",
		},
		"extension/clickhouseembeddedextension": {"max_memory_mib: 512.5": "max_memory_mib: 512.5 is no"},
	}
	for folder, factory := range components {
		config := factory.CreateDefaultConfig()
		require.Implements(t, new(confmap.Unmarshaler), config)
		for text, want := range wants[folder] {
			require.ErrorContains(t, resolved(t, text).Unmarshal(config), want, text)
		}
	}
	_, err := pricebook.Parse("file", []byte("prices: [{model: m, per_call: 1, input_over: 0.5}]"))
	require.ErrorContains(t, err, "prices::0::input_over: 0.5 is no")
}

// resolved is a configuration as the Collector makes it, with variables in it.
func resolved(t *testing.T, text string) *confmap.Conf {
	t.Helper()
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"env:CONFIG"}, ProviderFactories: []confmap.ProviderFactory{
			confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider {
				return environment{"env:CONFIG": text, "env:SPANS": "2.5"}
			}),
		},
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(t.Context())
	require.NoError(t, err)
	return conf
}

type environment map[string]string

func (e environment) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	return confmap.NewRetrievedFromYAML([]byte(e[uri]))
}

func (environment) Scheme() string { return "env" }

func (environment) Shutdown(context.Context) error { return nil }
