package llmtapreceiver

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/llmtap/llmtap/proxy"
)

func loadConfig(t *testing.T, name string) *Config {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config", name))
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	return cfg
}

func TestDefaultConfig(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg := loadConfig(t, "default.yaml")
	require.NoError(t, confmap.Validate(cfg))
	want := createDefaultConfig().(*Config)
	want.Upstreams = []UpstreamConfig{{Name: "vllm", URL: "http://127.0.0.1:8000"}}
	require.Equal(t, want, cfg)
	require.Equal(t, proxy.NewConfig().Limits, cfg.Limits.Limits)
	require.Equal(t, "127.0.0.1:4000", cfg.Endpoint)
	require.False(t, cfg.CaptureContent)
}

func TestFullConfig(t *testing.T) {
	cfg := loadConfig(t, "full.yaml")
	require.NoError(t, confmap.Validate(cfg))
	server := configtls.ServerConfig{}
	server.CertFile, server.KeyFile = "cert.pem", "key.pem"
	client := configtls.ClientConfig{}
	client.CAFile = "ca.pem"
	require.Equal(t, &Config{
		Endpoint: "0.0.0.0:4443", ReusePort: true,
		AcceptedKeys: []configopaque.String{"sk-one"}, Redact: []RedactConfig{{Pattern: "x+", Replacement: "y"}},
		TLS: configoptional.Some(server),
		Upstreams: []UpstreamConfig{
			{Name: "vllm", URL: "http://10.0.0.1:8000"},
			{Name: "openai", URL: "https://api.openai.com", Prefix: "/openai", Usage: UsageInject, TLS: client},
		},
		Usage: UsageObserve,
		Limits: LimitsConfig{
			Limits: proxy.Limits{
				BodyCopyBytes: 1000, CopyBytesTotal: 2000, HeaderBytes: 4000,
				HeaderFields: 40, Connections: 5, ConnectionsPerAddress: 4, IdleUpstream: 6,
				HeaderTimeout: 7 * time.Second, IdleTimeout: 8 * time.Second, DialTimeout: 9 * time.Second,
				ResponseTimeout: 10 * time.Second, StallTimeout: 11 * time.Second, TunnelTimeout: 13 * time.Second,
				DrainTimeout: 12 * time.Second,
			},
			PlainBodyBytes: 3000, RedactBytes: 3500,
		},
		PathPrefixes: []string{"/v1", "/azure/*/{model}"}, QueueSize: 13, Workers: 14, Batch: BatchConfig{MaxSpans: 15, MaxDelay: 16 * time.Millisecond},
		CaptureContent: true, KeyHashSecret: "pepper", KeyHashSecretFile: "secret",
		CallerHeaders: []string{"x-caller"}, CallerBodyFields: []string{}, Environment: "prod",
	}, cfg)
}

func TestInvalidConfigsNameEveryProblem(t *testing.T) {
	f := func(name string, problems ...string) {
		t.Helper()
		err := confmap.Validate(loadConfig(t, name))
		for _, problem := range problems {
			require.ErrorContains(t, err, problem)
		}
		require.NotContains(t, err.Error(), "pass")
	}
	f("invalid_receiver.yaml", "endpoint: is no address", "upstreams: is empty", "usage: must be inject or observe", "queue_size: must be from 1 to 1048576",
		"workers: must be from 1 to 256", "key_hash_secret, key_hash_secret_file: give one of them",
		"batch: max_spans: must be at least 1", "max_delay: must be positive",
		"caller_headers::0: is no header name", "caller_headers::1: is no header name",
		"caller_headers::2: Authorization holds a secret", "accepted_keys::1: is empty", "accepted_keys::2: is empty",
		"accepted_keys::3: has several lines", "redact::0: pattern: is missing",
		"redact::1: pattern: error parsing regexp",
		"path_prefixes::1: must begin with /", "path_prefixes::2: must begin with /", "path_prefixes::3: has ** more than once", "caller_body_fields::0: is no field", "caller_body_fields::1: is no field")
	f("invalid_upstreams.yaml", "upstreams::0: name: is missing", "url: is no base address", "usage: must be inject or observe",
		"upstreams::1: url: must have no user, query or fragment", "upstreams::2: url: must have no user, query or fragment",
		"prefix: must begin with / and not end with it", "upstreams::3: url: is no base address",
		"upstreams::2::name: is that of upstreams::1", "upstreams::1::prefix: is that of upstreams::0",
		"upstreams::3::prefix: is that of upstreams::2", "upstreams::4: tls: is set although url is http://",
		"upstreams::5: tls::insecure: is for http://")
	f("invalid_limits.yaml", "limits: body_copy_bytes: must be positive", "copy_bytes_total", "plain_body_bytes", "redact_bytes", "header_bytes",
		"header_fields", "connections_per_address",
		"connections", "idle_upstream", "header_timeout", "idle_timeout", "dial_timeout", "response_timeout", "stall_timeout", "tunnel_timeout",
		"drain_timeout: must be positive")
	f("too_large.yaml", "queue_size: must be from 1 to 1048576", "limits: header_bytes: must be at most 16777216")
}

func TestHeadersThatHoldKeysNameNoCaller(t *testing.T) {
	f := func(name string) {
		t.Helper()
		config := createDefaultConfig().(*Config)
		config.CallerHeaders = []string{name}
		require.ErrorContains(t, config.Validate(), "caller_headers::0: "+name+" holds a secret")
	}
	f("X-API-Key")
	f("X-Goog-Api-Key")
	f("Ocp-Apim-Subscription-Key")
	f("X-Amz-Security-Token")
	f("Helicone-Auth")
	f("Sec-WebSocket-Protocol")
	f("X-Litellm-Api-Key")
	f("X-Litellm-Key")
	f("X-Portkey-Api-Key")
	f("X-Auth-Token")
	f("X-Forwarded-Access-Token")
	f("apikey") // Kong's and Supabase's
	f("X-Amzn-Oidc-Accesstoken")
	f("X-Amzn-Oidc-Data")
	f("Cf-Access-Jwt-Assertion")
	f("X-Goog-Iap-Jwt-Assertion")
	f("Proxy-Authorization")
	f("Cookie")
}

// A list of keys from a variable that is not set must not open the tap.
func TestEmptyListOfKeysIsRefused(t *testing.T) {
	for _, keys := range []any{nil, []any{}} {
		conf := confmap.NewFromStringMap(map[string]any{"accepted_keys": keys})
		require.ErrorContains(t, conf.Unmarshal(createDefaultConfig()), "accepted_keys: is empty, which would let every request pass")
	}
}
