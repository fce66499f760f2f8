package genaiprocessor

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
)

var update = flag.Bool("update", false, "rewrite the expected spans, and fail")

// A folder is a case: in.yaml goes in, out.yaml comes out; config.yaml, if there, configures the processor, and ledger.yaml
// its ledger.
func TestScenarios(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "scenarios", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			cfg, custom := createDefaultConfig().(*Config), filepath.Join(folder, "config.yaml")
			if exists(t, custom) {
				cfg = loadConfig(t, custom)
			}
			in, err := golden.ReadTraces(filepath.Join(folder, "in.yaml"))
			require.NoError(t, err)
			host := componenttest.NewNopHost()
			if path := filepath.Join(folder, "ledger.yaml"); exists(t, path) {
				host = withLedger(t, cfg, path)
			}
			got := processWith(t, cfg, host, in)
			out := filepath.Join(folder, "out.yaml")
			if *update {
				require.NoError(t, golden.WriteTraces(t, out, got))
				return
			}
			want, err := golden.ReadTraces(out)
			require.NoError(t, err)
			require.Equal(t, asJSON(t, want), asJSON(t, got))

			// By default, what passes through a second processor stays as it is.
			if cfg.Ledger == nil && !exists(t, custom) {
				require.Equal(t, asJSON(t, want), asJSON(t, process(t, cfg, got)))
			}
		})
	}
}

func exists(t *testing.T, path string) bool {
	_, err := os.Stat(path)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return err == nil
}

// ledgerHost is a host with a ledger.
type ledgerHost struct {
	component.Host
	extensions map[component.ID]component.Component
}

func (h ledgerHost) GetExtensions() map[component.ID]component.Component { return h.extensions }

func withLedger(t *testing.T, cfg *Config, path string) component.Host {
	t.Helper()
	conf, err := confmaptest.LoadConf(path)
	require.NoError(t, err)
	factory := genailedgerextension.NewFactory()
	settings := factory.CreateDefaultConfig()
	require.NoError(t, conf.Unmarshal(settings))
	require.NoError(t, confmap.Validate(settings))
	ledger, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), settings)
	require.NoError(t, err)
	id := component.NewID(factory.Type())
	cfg.Ledger = &id
	return ledgerHost{componenttest.NewNopHost(), map[component.ID]component.Component{id: ledger}}
}

func process(t *testing.T, cfg *Config, traces ptrace.Traces) ptrace.Traces {
	t.Helper()
	return processWith(t, cfg, componenttest.NewNopHost(), traces)
}

func processWith(t *testing.T, cfg *Config, host component.Host, traces ptrace.Traces) ptrace.Traces {
	t.Helper()
	require.NoError(t, confmap.Validate(cfg))
	sink := new(consumertest.TracesSink)
	p, err := NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(componentType), cfg, sink)
	require.NoError(t, err)
	require.True(t, p.Capabilities().MutatesData)
	require.NoError(t, p.Start(t.Context(), host))
	input := ptrace.NewTraces()
	traces.CopyTo(input)
	require.NoError(t, p.ConsumeTraces(t.Context(), input))
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, sink.AllTraces(), 1)
	return sink.AllTraces()[0]
}

func asJSON(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	json, err := new(ptrace.JSONMarshaler).MarshalTraces(traces)
	require.NoError(t, err)
	return string(json)
}
