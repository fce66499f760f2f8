package genaiwebhookexporter

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/llmtap/llmtap/internal/findings"
	"github.com/llmtap/llmtap/internal/settings"
)

// Config of the exporter.
type Config struct {
	// HTTP has the endpoint, headers, authentication and TLS. The endpoint of json is posted to as it is, that of
	// alertmanager is its base address, like http://alertmanager:9093. There is no default. Timeout is 10s by default.
	//
	// It has a name because embedded its Unmarshal would be this configuration's, and leave out the other keys.
	HTTP confighttp.ClientConfig `mapstructure:",squash"`
	// Format is json or alertmanager, which is its API v2. Default json.
	Format Format `mapstructure:"format"`
	// Events are what is posted of a finding: opened, escalated, updated, acknowledged, closed. Default all but updated; of
	// alertmanager all.
	Events []string `mapstructure:"events"`
	// ResolveAfter is when Alertmanager takes a finding for closed of which it was told no more. It has to be longer than the
	// receiver's repeat_interval. Default 15m.
	ResolveAfter time.Duration `mapstructure:"resolve_after"`

	// Queue holds what could not be posted yet. Default: 1000 batches in memory, posted one after the other, so that what is tried
	// again does not come after what is later.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// Retry says how to try again. Default: for 1 h, at most 1 min apart.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`
}

// Format is that of a request.
type Format string

// The formats.
const (
	FormatJSON         Format = "json"
	FormatAlertmanager Format = "alertmanager"
)

// events are those of findings, without their prefix.
var events = []string{"opened", "escalated", "updated", "acknowledged", "closed"}

func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 10 * time.Second
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxInterval, retry.MaxElapsedTime = time.Minute, time.Hour
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.NumConsumers = 1
	return &Config{HTTP: client, Format: FormatJSON, ResolveAfter: 15 * time.Minute, Queue: configoptional.Some(queue), Retry: retry}
}

// ownKeys are those that are not of confighttp.
var ownKeys = []string{"format", "events", "resolve_after", "sending_queue", "retry_on_failure"}

// Unmarshal reads the configuration, and reports keys that it does not have, which confighttp lets pass.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := settings.Unmarshal(conf, c); err != nil {
		return err
	}
	type client confighttp.ClientConfig // without its Unmarshal
	var sorted struct {
		HTTP   client         `mapstructure:",squash"`
		Others map[string]any `mapstructure:",remain"`
	}
	if err := conf.Unmarshal(&sorted); err != nil {
		return err
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(sorted.Others)) {
		if !slices.Contains(ownKeys, key) {
			errs = append(errs, fmt.Errorf("%s: is no setting here; remove or correct it", key))
		}
	}
	return errors.Join(errs...)
}

// Validate reports every key that cannot work but those of HTTP, which the Collector asks too.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(c.HTTP.Endpoint); err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		fail("endpoint: must be an http address, such as https://hooks.example.com/llmtap")
	} else if c.Format == FormatAlertmanager && strings.HasSuffix(strings.TrimRight(u.Path, "/"), alertsPath) {
		fail("endpoint: must be the base address of Alertmanager, to which %s is appended; leave that out", alertsPath)
	}
	if c.HTTP.ProxyURL != "" && !isProxy(c.HTTP.ProxyURL) { // of which the start would tell all, with the password
		fail("proxy_url: must be an address, such as http://proxy:3128; in a user or password, what is special in a URL is written as %%XX")
	}
	if c.Format != FormatJSON && c.Format != FormatAlertmanager {
		fail("format: %q is not known; use json or alertmanager", c.Format)
	}
	for _, event := range c.Events {
		if !slices.Contains(events, event) {
			fail("events: %q is not known; use opened, escalated, updated, acknowledged or closed", event)
		}
	}
	if c.HTTP.Timeout <= 0 {
		fail("timeout: must be above 0, such as 10s, or a hanging server holds all findings for ever")
	}
	for name, value := range c.HTTP.Headers.Iter {
		if strings.ContainsAny(string(value), "\r\n\x00") {
			fail("headers::%s: has a line break, such as that at the end of a file, which no request can carry; remove it", name)
		}
	}
	if c.ResolveAfter <= 0 {
		fail("resolve_after: must be above 0, such as 15m")
	}
	return errors.Join(errs...)
}

func isProxy(address string) bool {
	u, err := url.ParseRequestURI(address)
	return err == nil && u.Host != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// posts tells whether an event of a finding is posted.
func (c *Config) posts(event string) bool {
	if len(c.Events) == 0 {
		return event != findings.EventUpdated || c.Format == FormatAlertmanager
	}
	return slices.Contains(c.Events, strings.TrimPrefix(event, findings.Prefix))
}
