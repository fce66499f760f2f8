package genaiclickhouseexporter

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/exporter/exportertest"
)

func load(t *testing.T, name string) *Config {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", name))
	require.NoError(t, err)
	config := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(config))
	return config
}

func TestDefaultConfigIsWellFormed(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
}

func TestMinimalConfig(t *testing.T) {
	config := load(t, "minimal.yaml")
	require.NoError(t, confmap.Validate(config))
	require.Equal(t, "llmtap", config.Database)
	require.Equal(t, SchemaCreate, config.Schema)
	require.Equal(t, TTLConfig{Age(400 * day), Age(14 * day), Age(5 * 365 * day), Age(400 * day), Age(90 * day), Age(5 * 365 * day), Age(30 * day)}, config.TTL)
	require.Equal(t, int64(queueBytesDefault), config.Queue.Get().QueueSize)
	got, err := config.servers()
	require.NoError(t, err)
	require.Equal(t, servers{clickhouse.HTTP, false, []string{"127.0.0.1:8123"}}, got)
}

func TestFullConfig(t *testing.T) {
	config := load(t, "full.yaml")
	require.NoError(t, confmap.Validate(config))
	require.Equal(t, TTLConfig{Age(2 * 365 * day), Age(36 * time.Hour), 0, Age(182 * day), Age(56 * day), Age(3 * 365 * day), Age(7 * day)}, config.TTL)
	require.Equal(t, 10*time.Second, config.TimeoutConfig.Timeout)
	require.Equal(t, time.Hour, config.Retry.MaxElapsedTime)
	require.True(t, config.Queue.Get().Batch.HasValue(), "batching stays on when the queue is configured")
	got, err := config.servers()
	require.NoError(t, err)
	require.Equal(t, servers{clickhouse.Native, true, []string{"ch1:9000", "ch2:9440"}}, got)
	require.NotContains(t, fmt.Sprintf("%v %+v", config, *config), "secret")
}

func TestInvalidConfigNamesEveryProblem(t *testing.T) {
	err := load(t, "invalid_everything.yaml").Validate()
	for _, want := range []string{
		"endpoints::0: holds a user; use the keys username and password",
		`endpoints::1: scheme "ftp" is not known; use clickhouse://, http:// or https://`,
		"endpoints::3: holds more than host and port; remove the rest",
		"endpoints::4: has no host",
		"endpoints::5: port 99999 does not exist; ports are 1 to 65535",
		`database: "my db" must be`,
		`cluster: "a'b" must be`,
		`compression: "gzip" is not known; use auto, lz4, zstd or none`,
		`schema: "drop" is not known; use create, verify or off`,
		"username: is missing although a password is set",
		"timeout: must be above 0",
		"ttl::calls: must be whole hours between 0 and 50y, such as 14d",
		"sending_queue::queue_size: 1000 bytes hold next to nothing",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "secret")
	require.ErrorContains(t, load(t, "invalid_tls.yaml").Validate(), "tls: is set although endpoints are http://")
	require.ErrorContains(t, load(t, "invalid_empty.yaml").Validate(), "endpoints: is empty")
	mixed := &Config{Endpoints: []string{"http://a", "clickhouse://b"}}
	require.ErrorContains(t, mixed.Validate(), "endpoints::1: is clickhouse although others are http; use one protocol for all")
}

func TestServersFillInPorts(t *testing.T) {
	f := func(endpoint string, secure bool, addr string) {
		t.Helper()
		got, err := (&Config{Endpoints: []string{endpoint}}).servers()
		require.NoError(t, err)
		require.Equal(t, []string{addr}, got.addrs)
		require.Equal(t, secure, got.secure)
	}
	f("http://h", false, "h:8123")
	f("https://h", true, "h:8443")
	f("https://[::1]:1/", true, "[::1]:1")
	f("clickhouse://h", false, "h:9000")
	tls := &Config{Endpoints: []string{"clickhouse://h"}, TLS: configoptional.Some(configtls.NewDefaultClientConfig())}
	got, err := tls.servers()
	require.NoError(t, err)
	require.Equal(t, []string{"h:9440"}, got.addrs)
}

// Whoever takes secure=true out of an address, as the findings receiver has it, must not be left without TLS.
func TestTLSHasAKeyOfItsOwn(t *testing.T) {
	_, err := parseEndpoint("clickhouse://store:9440?secure=true")
	require.ErrorContains(t, err, "holds more than host and port; remove the rest: database, and tls instead of secure=true, have keys of their own")
}

// A reload with a certificate that only the start misses would end the process, although llmtap validate had nothing against it.
func TestCertificateThatCannotBeReadIsSaidBeforeTheStart(t *testing.T) {
	f := func(want string, edit func(*configtls.Config)) {
		t.Helper()
		config, section := configFor("https://store"), configtls.NewDefaultClientConfig()
		edit(&section.Config)
		config.TLS = configoptional.Some(section)
		_, err := NewFactory().CreateTraces(t.Context(), exportertest.NewNopSettings(componentType), config)
		require.ErrorContains(t, err, want)
	}
	missing := filepath.Join(t.TempDir(), "ca.pem")
	f("tls: failed to load TLS config: failed to load CA CertPool File", func(c *configtls.Config) { c.CAFile = missing })
	f("tls: failed to load TLS config: failed to load TLS cert and key", func(c *configtls.Config) { c.CertFile, c.KeyFile = missing, missing })
}

// Clients of ClickHouse take several hosts in one address, which would be asked for as one host with a comma in its name.
func TestServersAreNotListedInOneEndpoint(t *testing.T) {
	for _, endpoint := range []string{"clickhouse://a:9000,b:9000", "http://a:8123,http://b:8123", "http://a,b"} {
		require.ErrorContains(t, (&Config{Endpoints: []string{endpoint}}).Validate(), "endpoints::0: holds a comma; write each server as an item of its own", endpoint)
	}
}

func TestAge(t *testing.T) {
	f := func(text string, want Age, again, interval string) {
		t.Helper()
		var got Age
		require.NoError(t, got.UnmarshalText([]byte(text)))
		require.Equal(t, want, got)
		back, err := got.MarshalText()
		require.NoError(t, err)
		require.Equal(t, again, string(back))
		require.Equal(t, interval, got.interval())
	}
	f("0", 0, "0", "toIntervalDay(0)")
	f("36h", Age(36*time.Hour), "36h", "toIntervalHour(36)")
	f("48h", Age(2*day), "2d", "toIntervalDay(2)")
	f("2w", Age(14*day), "14d", "toIntervalDay(14)")
	f("50y", ageMax, "18250d", "toIntervalDay(18250)")
}

func TestAgeErrors(t *testing.T) {
	f := func(text string) {
		t.Helper()
		var got Age
		require.ErrorContains(t, got.UnmarshalText([]byte(text)), "write a number with a unit")
	}
	f("")
	f("d")
	f("-1d")
	f("1.5d")
	f("5m")
	f("51y")
	f("18251d")
	f("99999999999999999999d")
}

func TestConfigSurvivesMarshal(t *testing.T) {
	conf := confmap.New()
	require.NoError(t, conf.Marshal(load(t, "full.yaml")))
	again := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(again))
	require.Equal(t, load(t, "full.yaml").TTL, again.TTL)
}

// The Collector asks the section too.
func TestWhatIsWrongWithDetectionIsSaidOnce(t *testing.T) {
	config := load(t, "minimal.yaml")
	config.Detection.OpenRuns = 0
	err := confmap.Validate(config)
	require.ErrorContains(t, err, "detection: open_runs: 0")
	require.Equal(t, 1, strings.Count(err.Error(), "open_runs"))
}
