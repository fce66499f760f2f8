package llmtap

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Modules within this one require all that what they use of it needs; else go refuses to build them, which only those who run their tests
// would see.
func TestModulesWithinRequireWhatTheyUse(t *testing.T) {
	for _, folder := range []string{"bench/exporter", "dashboards/grafanatest", "extension/dashboardextension/browsertest"} {
		required := requirements(t, filepath.Join(folder, "go.mod"))
		args := append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}"},
			imported(t, folder)...)
		listed, err := exec.Command("go", args...).Output()
		require.NoError(t, err)
		for line := range strings.Lines(string(listed)) {
			path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
			require.GreaterOrEqual(t, semver.Compare(required[path], version), 0, "%s: %s %q, want %s", folder, path, required[path], version)
		}
	}
}

// imported gives the packages of this module that the Go files of a folder import.
func imported(t *testing.T, folder string) (packages []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if strings.HasPrefix(name, module+"/") {
				packages = append(packages, name)
			}
		}
	}
	require.NotEmpty(t, packages, folder)
	return packages
}

// requirements gives the versions that a go.mod requires.
func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	mod, err := modfile.Parse(file, data, nil)
	require.NoError(t, err)
	versions := map[string]string{}
	for _, r := range mod.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions
}
