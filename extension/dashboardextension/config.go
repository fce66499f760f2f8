package dashboardextension

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/settings"
)

// Config of the extension llmtap_dashboard.
type Config struct {
	// Endpoint is the host and port that serve the page. Default 127.0.0.1:4080. Port 0 takes a free one.
	Endpoint string `mapstructure:"endpoint"`

	// ClickHouse is where the calls are.
	ClickHouse ClickHouse `mapstructure:"clickhouse"`

	// TraceURL is the address of a trace in a trace viewer, with {trace_id} in it, like http://127.0.0.1:16686/trace/{trace_id}.
	// Left out, traces have no link.
	TraceURL string `mapstructure:"trace_url"`
}

// ClickHouse is a server or an embedded engine, over HTTP.
type ClickHouse struct {
	// Endpoint is its base address. Default http://127.0.0.1:8123.
	Endpoint string `mapstructure:"endpoint"`

	// Database is where the tables are. Default llmtap.
	Database string `mapstructure:"database"`

	// Username and Password are those of a user who can read. Left out, they are ClickHouse's default user.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`

	// Timeout is the longest time that a panel may take. Default 30s.
	Timeout time.Duration `mapstructure:"timeout"`
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports every key that cannot work.
func (c *Config) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if _, _, err := net.SplitHostPort(c.Endpoint); err != nil {
		report("endpoint %q is not host:port, like 127.0.0.1:4080: %w", c.Endpoint, err)
	}
	address, err := url.Parse(c.ClickHouse.Endpoint)
	if err != nil || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" || address.Scheme != "http" && address.Scheme != "https" {
		report("clickhouse::endpoint is no base address without user, password and query, like http://127.0.0.1:8123")
	}
	if c.ClickHouse.Database == "" {
		report("clickhouse::database is empty: name the exporter's database, like llmtap")
	}
	if c.ClickHouse.Username == "" && c.ClickHouse.Password != "" {
		report("clickhouse::password is set without clickhouse::username: name the user")
	}
	if c.ClickHouse.Timeout <= 0 {
		report("clickhouse::timeout is %v: it has to be positive", c.ClickHouse.Timeout)
	}
	if c.TraceURL != "" && (!strings.Contains(c.TraceURL, "{trace_id}") || !strings.HasPrefix(c.TraceURL, "http://") && !strings.HasPrefix(c.TraceURL, "https://")) {
		report("trace_url %q is not an http address with {trace_id} in it", c.TraceURL)
	}
	return errors.Join(problems...)
}
