package llmtapreceiver

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/settings"
	"github.com/llmtap/llmtap/proxy"
)

// Config is the configuration of the llm_tap receiver.
type Config struct {
	// Endpoint is the address that applications call, host:port. Default: 127.0.0.1:4000.
	Endpoint string `mapstructure:"endpoint"`
	// ReusePort lets the next process listen at the same address while this one drains (SO_REUSEPORT, Linux): it gets all
	// new connections. Default: false, so that a second tap at the address does not start by mistake.
	ReusePort bool `mapstructure:"reuse_port"`
	// AcceptedKeys are the API keys that may use the tap; any other request gets a 401. Left out, every request may.
	AcceptedKeys []configopaque.String `mapstructure:"accepted_keys"`
	// TLS makes the tap serve TLS; left out, it serves plain HTTP.
	TLS configoptional.Optional[configtls.ServerConfig] `mapstructure:"tls"`
	// Upstreams are the model servers, the only ones that can be reached. At least one is needed.
	Upstreams []UpstreamConfig `mapstructure:"upstreams"`
	// PathPrefixes are what may stand before the path of an API, such as /v1 before /chat/completions. In them * stands for
	// one segment, ** for any number, {model} for one that names the model, at the end also several. The default is in README.md.
	PathPrefixes []string `mapstructure:"path_prefixes"`
	// Usage says what to do for streams whose client did not ask for usage: inject asks the server on its behalf and takes
	// what it adds out of the answer again, observe changes nothing. Default: inject.
	Usage UsageMode `mapstructure:"usage"`
	// Limits bound what the tap takes from outside; each has a default.
	Limits LimitsConfig `mapstructure:"limits"`
	// QueueSize is how many finished calls may wait to be decoded, at most 1048576; more are dropped and counted. Default: 8192.
	QueueSize int `mapstructure:"queue_size"`
	// Workers decode calls, each on its own; 1 to 256. Default: as many as the process has cores (GOMAXPROCS).
	Workers int `mapstructure:"workers"`
	// Batch says when spans are handed on.
	Batch BatchConfig `mapstructure:"batch"`
	// CaptureContent puts the bodies of calls into their spans. Default: false.
	CaptureContent bool `mapstructure:"capture_content"`
	// Redact lists what is replaced in captured content, in order. Default: nothing.
	Redact []RedactConfig `mapstructure:"redact"`
	// KeyHashSecret is the secret under which API keys are hashed. Left out, it is taken from KeyHashSecretFile.
	KeyHashSecret configopaque.String `mapstructure:"key_hash_secret"`
	// KeyHashSecretFile keeps a random secret, made on the first start, so that hashes stay the same over restarts.
	// Default: data/key_hash_secret.
	KeyHashSecretFile string `mapstructure:"key_hash_secret_file"`
	// CallerHeaders are the request headers that may name the caller. They go into spans as llmtap.caller.header.NAME.
	// The default is in README.md; an empty list takes none.
	CallerHeaders []string `mapstructure:"caller_headers"`
	// CallerBodyFields are the fields of a request's body that may name the caller, such as metadata.user_id. They go
	// into spans as llmtap.caller.body.FIELD. The default is in README.md; an empty list takes none.
	CallerBodyFields []string `mapstructure:"caller_body_fields"`
	// Ledger is the gen_ai_ledger extension that is asked before each call; left out, no call is refused.
	Ledger *component.ID `mapstructure:"ledger"`
	// Environment is the value of deployment.environment.name; left out, there is none.
	Environment string `mapstructure:"environment"`
}

// UpstreamConfig is a model server.
type UpstreamConfig struct {
	// Name stands in spans and rows. Needed, and different for each upstream.
	Name string `mapstructure:"name"`
	// URL is the base address, http://host:port or https://host:port; its path is put before that of the request.
	URL string `mapstructure:"url"`
	// Prefix selects the upstream by the beginning of the request's path, and is cut off; the longest match wins. Left
	// out, the upstream takes what no other one does.
	Prefix string `mapstructure:"prefix"`
	// Usage is as in Config, for this upstream; left out, that of the receiver holds.
	Usage UsageMode `mapstructure:"usage"`
	// TLS configures the connection to an https address; left out, the system's certificates are trusted.
	TLS configtls.ClientConfig `mapstructure:"tls"`
}

// BatchConfig says when spans are handed on: when there are MaxSpans, or MaxDelay after the first.
type BatchConfig struct {
	// MaxSpans is the most spans of a batch. Default: 64: more at once would hold calls up while they are processed.
	MaxSpans int `mapstructure:"max_spans"`
	// MaxDelay is the longest that a span waits for others. Default: 200ms.
	MaxDelay time.Duration `mapstructure:"max_delay"`
}

// LimitsConfig bounds what the tap takes from outside. All must be positive.
type LimitsConfig struct {
	// Limits are those of the proxy, which has their defaults too.
	proxy.Limits `mapstructure:",squash"`
	// PlainBodyBytes bounds a recorded body once its content coding (gzip, ...) is undone. Default: 16 MiB.
	PlainBodyBytes int `mapstructure:"plain_body_bytes"`
	// RedactBytes bounds a captured body where there are redaction rules; what is over is cut off. Default: 1 MiB.
	RedactBytes int `mapstructure:"redact_bytes"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Endpoint: "127.0.0.1:4000",
		Limits:   LimitsConfig{Limits: proxy.NewConfig().Limits, PlainBodyBytes: 16 << 20, RedactBytes: 1 << 20},
		PathPrefixes: []string{
			"", "/upstream/{model}/v1", "/**/v1", "/**/openai", "/**/openai/deployments/{model}", "/**/v2", "/**/v3", "/**/v4", "/api", "/api/v0",
			"/models", "/**/endpoints/*", "/**/inference", "/**/compat", "/serving-endpoints", "/beta", "/ollama", "/cursor",
			"/**/engines/{model}", "/engines", "/v", "/upstream/{model}", "/v0", "/v1/retrieval/{model}",
		},
		Usage:             UsageInject,
		QueueSize:         8192,
		Workers:           min(runtime.GOMAXPROCS(0), workersMax),
		Batch:             BatchConfig{MaxSpans: 64, MaxDelay: 200 * time.Millisecond},
		KeyHashSecretFile: "data/key_hash_secret",
		CallerHeaders: []string{
			"x-llmtap-user", "x-llmtap-team", "x-llmtap-app", "x-openwebui-user-id", "x-openwebui-user-email",
			"x-openwebui-chat-id", "x-user-id", "x-forwarded-user", "helicone-user-id",
		},
		CallerBodyFields: []string{"safety_identifier", "user", "metadata.user_id"},
	}
}

var errUsageMode = errors.New("usage: must be inject or observe")

const (
	// workersMax bounds the workers; more than the machine has cores is of no use.
	workersMax = 256
	// queueSizeMax bounds the queue, whose places are made at the start.
	queueSizeMax = 1 << 20
	// headerBytesMax bounds what one large head takes at once.
	headerBytesMax = 16 << 20
)

// Unmarshal reads the configuration. A list of keys that nobody filled, as from a variable that is not set, must not open the tap.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := settings.Unmarshal(conf, c); err != nil {
		return err
	}
	if conf.IsSet("accepted_keys") && len(c.AcceptedKeys) == 0 {
		return errors.New("accepted_keys: is empty, which would let every request pass; give a key, or remove accepted_keys")
	}
	return nil
}

// Validate reports every problem of the configuration.
func (c *Config) Validate() error {
	var errs []error
	if !isListenAddress(c.Endpoint) {
		errs = append(errs, errors.New("endpoint: is no address; give host:port"))
	}
	if len(c.Upstreams) == 0 {
		errs = append(errs, errors.New("upstreams: is empty; name at least one model server with name and url"))
	}
	if c.Usage != UsageInject && c.Usage != UsageObserve {
		errs = append(errs, errUsageMode)
	}
	if c.QueueSize < 1 || c.QueueSize > queueSizeMax {
		errs = append(errs, fmt.Errorf("queue_size: must be from 1 to %d", queueSizeMax))
	}
	if c.Workers < 1 || c.Workers > workersMax {
		errs = append(errs, fmt.Errorf("workers: must be from 1 to %d", workersMax))
	}
	if c.KeyHashSecret == "" && c.KeyHashSecretFile == "" {
		errs = append(errs, errors.New("key_hash_secret, key_hash_secret_file: give one of them"))
	}
	return errors.Join(append(errs, validatePrefixes(c.PathPrefixes), c.validateTogether(), c.validateCaller(),
		c.validateKeys())...)
}

// validateTogether finds upstreams that get into each other's way.
func (c *Config) validateTogether() error {
	var errs []error
	names, prefixes := map[string]int{}, map[string]int{}
	for i, u := range c.Upstreams {
		if first, ok := names[u.Name]; ok && u.Name != "" {
			errs = append(errs, fmt.Errorf("upstreams::%d::name: is that of upstreams::%d; choose another", i, first))
		} else {
			names[u.Name] = i
		}
		if first, ok := prefixes[u.Prefix]; ok {
			errs = append(errs, fmt.Errorf("upstreams::%d::prefix: is that of upstreams::%d; choose another", i, first))
		} else {
			prefixes[u.Prefix] = i
		}
	}
	return errors.Join(errs...)
}

// secretHeaders may not be kept: those of Helicone, of proxies that sign callers in, and of WebSockets, where browsers send the key as a
// protocol. Others tell by their endings that they hold a key, such as Google's, LiteLLM's, Azure's, Kong's and Amazon's.
var (
	secretHeaders = []string{"helicone-auth", "sec-websocket-protocol", "x-amzn-oidc-data"}
	secretEndings = []string{"authorization", "-key", "apikey", "-token", "accesstoken", "-jwt-assertion", "cookie"}
)

func holdsSecret(header string) bool {
	header = strings.ToLower(header)
	ends := func(ending string) bool { return strings.HasSuffix(header, ending) }
	return slices.Contains(secretHeaders, header) || slices.ContainsFunc(secretEndings, ends)
}

func (c *Config) validateCaller() error {
	var errs []error
	for i, name := range c.CallerHeaders {
		switch {
		case name == "" || strings.ContainsAny(name, " :\t\r\n"):
			errs = append(errs, fmt.Errorf("caller_headers::%d: is no header name", i))
		case holdsSecret(name):
			errs = append(errs, fmt.Errorf("caller_headers::%d: %s holds a secret; remove it", i, name))
		}
	}
	for i, name := range c.CallerBodyFields {
		if slices.Contains(strings.Split(name, "."), "") {
			errs = append(errs, fmt.Errorf("caller_body_fields::%d: is no field; give a name or names joined by dots", i))
		}
	}
	return errors.Join(errs...)
}

// Validate reports every problem of the batch settings.
func (b *BatchConfig) Validate() error {
	var errs []error
	if b.MaxSpans < 1 {
		errs = append(errs, errors.New("max_spans: must be at least 1"))
	}
	if b.MaxDelay <= 0 {
		errs = append(errs, errors.New("max_delay: must be positive"))
	}
	return errors.Join(errs...)
}

// Validate reports every limit that is not positive, or too large to be one.
func (l *LimitsConfig) Validate() error {
	var errs []error
	if l.HeaderBytes > headerBytesMax {
		errs = append(errs, fmt.Errorf("header_bytes: must be at most %d", headerBytesMax))
	}
	for _, limit := range []struct {
		key   string
		value int64
	}{
		{"body_copy_bytes", int64(l.BodyCopyBytes)}, {"copy_bytes_total", l.CopyBytesTotal},
		{"plain_body_bytes", int64(l.PlainBodyBytes)}, {"redact_bytes", int64(l.RedactBytes)}, {"header_bytes", int64(l.HeaderBytes)},
		{"header_fields", int64(l.HeaderFields)}, {"connections_per_address", int64(l.ConnectionsPerAddress)},
		{"connections", int64(l.Connections)}, {"idle_upstream", int64(l.IdleUpstream)},
		{"header_timeout", int64(l.HeaderTimeout)}, {"idle_timeout", int64(l.IdleTimeout)},
		{"dial_timeout", int64(l.DialTimeout)}, {"response_timeout", int64(l.ResponseTimeout)},
		{"stall_timeout", int64(l.StallTimeout)}, {"tunnel_timeout", int64(l.TunnelTimeout)},
		{"drain_timeout", int64(l.DrainTimeout)},
	} {
		if limit.value <= 0 {
			errs = append(errs, fmt.Errorf("%s: must be positive", limit.key))
		}
	}
	return errors.Join(errs...)
}
