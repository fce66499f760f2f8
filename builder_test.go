package llmtap

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const module = "github.com/llmtap/llmtap"

type component struct{ GoMod, Import string }

type manifest struct {
	Receivers  []component
	Processors []component
	Connectors []component
	Exporters  []component
	Extensions []component
	Providers  []component
	Replaces   []string
}

func (m *manifest) byFolder() map[string][]component {
	return map[string][]component{
		"receiver": m.Receivers, "processor": m.Processors, "connector": m.Connectors,
		"exporter": m.Exporters, "extension": m.Extensions,
	}
}

func readManifest(t *testing.T) *manifest {
	t.Helper()
	data, err := os.ReadFile("builder-config.yaml")
	require.NoError(t, err)
	var m manifest
	require.NoError(t, yaml.Unmarshal(data, &m))
	return &m
}

// Every component in the folders is in the manifest, under its kind, and nothing of ours that is not in the folders.
func TestManifestNamesEveryComponent(t *testing.T) {
	m := readManifest(t)
	for folder, components := range m.byFolder() {
		var named, found []string
		for _, c := range components {
			if strings.HasPrefix(c.GoMod, module+" ") {
				named = append(named, c.Import)
			}
		}
		factories, err := filepath.Glob(filepath.Join(folder, "*", "factory.go"))
		require.NoError(t, err)
		for _, factory := range factories {
			found = append(found, path.Join(module, filepath.ToSlash(filepath.Dir(factory))))
		}
		require.ElementsMatch(t, found, named, "of folder %s", folder)
		for _, name := range named {
			require.Regexp(t, `[a-z]`+folder+`$`, name, "a package called %s breaks the generated main", folder)
		}
	}
	require.Contains(t, m.Replaces, module+" => ../")
}

// The distribution is built from the versions that the tests ran with.
func TestManifestHasTheVersionsOfGoMod(t *testing.T) {
	m := readManifest(t)
	tested := requirements(t, "go.mod")
	all := m.Providers
	for _, components := range m.byFolder() {
		all = append(all, components...)
	}
	beta, stable := tested["go.opentelemetry.io/collector/otelcol"], tested["go.opentelemetry.io/collector/component"]
	for _, c := range all {
		name, version, found := strings.Cut(c.GoMod, " ")
		require.True(t, found, c.GoMod)
		if want, ok := tested[name]; ok {
			require.Equal(t, want, version, name)
		} else if name != module {
			require.Contains(t, []string{beta, stable}, version, name)
		}
	}
	tools, err := os.ReadFile("tools/go.mod")
	require.NoError(t, err)
	require.Contains(t, string(tools), "go.opentelemetry.io/collector/cmd/builder "+beta)
}
