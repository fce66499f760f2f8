package genaifindingsreceiver

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/llmtap/llmtap/internal/clickhousedb"
	"github.com/llmtap/llmtap/internal/settings"
)

// Config of the receiver.
type Config struct {
	// ControllerConfig has collection_interval, how often findings are read; default 15s. And initial_delay and timeout.
	scraperhelper.ControllerConfig `mapstructure:",squash"`

	// Endpoint is the ClickHouse that the gen_ai_clickhouse exporter writes to: clickhouse://host:9000 or http(s)://host:8123.
	// Default http://127.0.0.1:8123.
	Endpoint string `mapstructure:"endpoint"`
	// Database holds the findings. Default llmtap.
	Database string `mapstructure:"database"`
	// Username and Password of a user who can read. Left out, ClickHouse's user default without a password.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// RepeatInterval is how often a finding that stays open is told of again; 0 is never. Default 5m.
	RepeatInterval time.Duration `mapstructure:"repeat_interval"`
}

const intervalDefault = 15 * time.Second

func createDefaultConfig() component.Config {
	controller := scraperhelper.NewDefaultControllerConfig()
	controller.CollectionInterval = intervalDefault
	controller.Timeout = intervalDefault
	return &Config{ControllerConfig: controller, Endpoint: "http://127.0.0.1:8123", Database: "llmtap", RepeatInterval: 5 * time.Minute}
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports every key that cannot work but those of ControllerConfig, which the Collector asks too.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !clickhousedb.IsEndpoint(c.Endpoint) {
		fail("endpoint: must be clickhouse://host:9000, http://host:8123 or https://host:8443, without user, password and database")
	}
	if c.Database == "" {
		fail("database: is empty; name the exporter's, such as llmtap")
	}
	if c.Username == "" && c.Password != "" {
		fail("username: is missing although a password is set; add it, or remove password")
	}
	if c.RepeatInterval < 0 {
		fail("repeat_interval: %v must be 0 or above", c.RepeatInterval)
	}
	return errors.Join(errs...)
}
