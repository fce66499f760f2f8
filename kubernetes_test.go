package llmtap

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.yaml.in/yaml/v3"

	"github.com/llmtap/llmtap/proxy"
)

// manifestObject is what the test reads of a Service, a Deployment or a StatefulSet.
type manifestObject struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Selector any
		Ports    []struct {
			Port       int
			TargetPort string `yaml:"targetPort"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
				Containers                    []container
			}
		}
	}
}

type container struct {
	Args  []string
	Env   []struct{ Name, Value string }
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	ReadinessProbe probe `yaml:"readinessProbe"`
	LivenessProbe  probe `yaml:"livenessProbe"`
	Lifecycle      struct {
		PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
	}
	Resources struct{ Limits struct{ Memory string } }
}

type probe struct {
	HTTPGet struct{ Port string } `yaml:"httpGet"`
}

func readObjects(t *testing.T, file string) (objects []manifestObject) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var object manifestObject
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err, file)
		objects = append(objects, object)
	}
}

// There is no Kubernetes to run it in. What the files say of the configurations and of each other must be true.
func TestKubernetesNamesWhatIsThere(t *testing.T) {
	served := make(map[string]bool) // host:port that the services have
	var gateways []string
	for _, file := range []string{"kubernetes/gateway.yaml", "kubernetes/tap.yaml"} {
		objects := readObjects(t, file)
		for _, workload := range objects {
			if len(workload.Spec.Template.Spec.Containers) == 0 {
				continue
			}
			c := workload.Spec.Template.Spec.Containers[0]
			environment := requireConfigured(t, file, c)
			ports := requirePorts(t, file, c, environment)
			for _, service := range objects {
				if service.Kind != "Service" {
					continue
				}
				for _, port := range service.Spec.Ports {
					require.Contains(t, ports, port.TargetPort, file)
					served[net.JoinHostPort(service.Metadata.Name, strconv.Itoa(port.Port))] = true
				}
				for key, value := range service.Spec.Selector.(map[string]any) {
					require.Equal(t, value, workload.Spec.Template.Metadata.Labels[key], file)
				}
			}
			if gateway := environment["LLMTAP_GATEWAY"]; gateway != "" {
				gateways = append(gateways, gateway)
			}
			drain := proxy.NewConfig().Limits.DrainTimeout + time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second
			require.Greater(t, time.Duration(workload.Spec.Template.Spec.TerminationGracePeriodSeconds)*time.Second, drain, file)
		}
	}
	require.NotEmpty(t, gateways)
	for _, gateway := range gateways {
		require.True(t, served[gateway], gateway)
	}
}

// requireConfigured requires that the container's configuration reads what the environment sets, which it gives, and that its memory
// limiter acts before the kernel does.
func requireConfigured(t *testing.T, file string, c container) map[string]string {
	t.Helper()
	configuration := path.Join("config", path.Base(c.Args[len(c.Args)-1]))
	text, err := os.ReadFile(configuration)
	require.NoError(t, err, file)
	environment := make(map[string]string)
	for _, variable := range c.Env {
		require.Contains(t, string(text), "${env:"+variable.Name, "%s: %s does not read it", file, configuration)
		environment[variable.Name] = variable.Value
	}
	conf, err := confmaptest.LoadConf(configuration)
	require.NoError(t, err)
	gibibytes, err := strconv.Atoi(strings.TrimSuffix(c.Resources.Limits.Memory, "Gi"))
	require.NoError(t, err, file)
	require.LessOrEqual(t, 2*conf.Get("processors::memory_limiter::limit_mib").(int), gibibytes<<10, file)
	return environment
}

// requirePorts requires that something listens at each port beyond loopback, and gives their names.
func requirePorts(t *testing.T, file string, c container, environment map[string]string) (names []string) {
	t.Helper()
	listening := listeningBeyondLoopback(t, environment)
	for _, port := range c.Ports {
		require.True(t, listening[strconv.Itoa(port.ContainerPort)], "%s: %s", file, port.Name)
		names = append(names, port.Name)
	}
	require.Contains(t, names, c.ReadinessProbe.HTTPGet.Port, file)
	require.Contains(t, names, c.LivenessProbe.HTTPGet.Port, file)
	return names
}
