package llmtap

import (
	"encoding/xml"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// There is no Docker to run it in. What the file says of this repository must be true.
func TestComposeNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("docker-compose.yaml")
	require.NoError(t, err)
	var compose struct {
		Services map[string]struct {
			Environment map[string]string
			Ports       []string
			Volumes     []string
		}
		Volumes map[string]any
	}
	require.NoError(t, yaml.Unmarshal(text, &compose))
	for name, service := range compose.Services {
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, ".") {
				_, err := os.Stat(source)
				require.NoError(t, err, name)
			} else {
				require.Contains(t, compose.Volumes, source, name)
			}
		}
	}
	server, err := os.ReadFile("config/server.yaml")
	require.NoError(t, err)
	for variable := range compose.Services["llmtap"].Environment {
		require.Contains(t, string(server), "${env:"+variable, "config/server.yaml does not read it")
	}
	requireListening(t, compose.Services["llmtap"].Environment, compose.Services["llmtap"].Ports)
	source, err := os.ReadFile("dashboards/provisioning/datasources/llmtap.yaml")
	require.NoError(t, err)
	for _, variable := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(string(source), -1) {
		require.Contains(t, compose.Services["grafana"].Environment, variable[1])
	}
}

// requireListening requires that metrics can be read from outside the container, too, and that of each published port something listens
// beyond its loopback.
func requireListening(t *testing.T, environment map[string]string, ports []string) {
	t.Helper()
	listening := listeningBeyondLoopback(t, environment)
	published := make(map[string]bool)
	for _, port := range ports {
		inside := port[strings.LastIndexByte(port, ':')+1:]
		require.True(t, listening[inside], port)
		published[inside] = true
	}
	require.True(t, published["8888"] && published["8889"])
}

// listeningBeyondLoopback gives the ports that llmtap serves to other machines with an environment.
func listeningBeyondLoopback(t *testing.T, environment map[string]string) map[string]bool {
	t.Helper()
	listening := map[string]bool{"8888": environment["LLMTAP_TELEMETRY_HOST"] == "0.0.0.0"}
	for name, value := range environment {
		if strings.HasSuffix(name, "_LISTEN") {
			host, port, err := net.SplitHostPort(value)
			require.NoError(t, err, name)
			listening[port] = host == "0.0.0.0"
		}
	}
	return listening
}

func TestClickHouseSettingsAreXML(t *testing.T) {
	for _, name := range []string{"config/clickhouse/config.xml", "config/clickhouse/users.xml"} {
		file, err := os.Open(name)
		require.NoError(t, err)
		decoder := xml.NewDecoder(file)
		for err == nil {
			_, err = decoder.Token()
		}
		require.ErrorIs(t, err, io.EOF, name)
		require.NoError(t, file.Close())
	}
}
