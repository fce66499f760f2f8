package clickhouseembeddedextension

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/settings"
)

// Config of the extension clickhouse_embedded.
type Config struct {
	// Endpoint is the host and port that serve ClickHouse's HTTP interface. Default 127.0.0.1:8123. Port 0 takes a free one.
	Endpoint string `mapstructure:"endpoint"`

	// DataDir is the folder of the data, created if missing. One process at a time can use it. Default ./data/clickhouse.
	DataDir string `mapstructure:"data_dir"`

	// Library is the path of libchdb. Left out, it is the environment's LLMTAP_LIBCHDB, else .cache/libchdb/libchdb.so beside the
	// working folder, the program, or the program's parent folder.
	Library string `mapstructure:"library"`

	// Username and Password are those of the user who may do everything. Default: default, with no password.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`

	// ReadonlyUsername and ReadonlyPassword are those of a user for dashboards, who can read the tables and nothing else. Left
	// out, there is none.
	ReadonlyUsername string              `mapstructure:"readonly_username"`
	ReadonlyPassword configopaque.String `mapstructure:"readonly_password"`

	// MaxMemoryMiB is how much memory the engine may take, beside the Collector's own, before queries fail with
	// MEMORY_LIMIT_EXCEEDED. Default 2048; the engine lowers it to 90 % of the machine's memory.
	MaxMemoryMiB uint64 `mapstructure:"max_memory_mib"`

	// MaxConcurrentQueries is how many queries run at once; one more is refused with TOO_MANY_SIMULTANEOUS_QUERIES. Default 32.
	MaxConcurrentQueries int `mapstructure:"max_concurrent_queries"`

	// MaxBodyMiB limits the body of a request, as sent and decompressed. Default 256.
	MaxBodyMiB int64 `mapstructure:"max_body_mib"`

	// MinFreeDiskMiB is how much of the data folder's disk stays free: with less, rows are refused with NOT_ENOUGH_SPACE, while
	// queries go on. 0 switches the check off. Default 256.
	MinFreeDiskMiB uint64 `mapstructure:"min_free_disk_mib"`

	// QueryTimeout is the longest time that a query may take, and the upper bound of the setting max_execution_time. 0 is no limit.
	// Default 5m.
	QueryTimeout time.Duration `mapstructure:"query_timeout"`

	// ShutdownTimeout is how long running queries may go on when the Collector stops; then they are cancelled. Default 10s.
	ShutdownTimeout time.Duration `mapstructure:"shutdown_timeout"`
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports every key that cannot work.
func (c *Config) Validate() error {
	if err := engineOn(runtime.GOOS); err != nil {
		return err
	}
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if _, _, err := net.SplitHostPort(c.Endpoint); err != nil {
		report("endpoint %q is not host:port, like 127.0.0.1:8123: %w", c.Endpoint, err)
	}
	if c.DataDir == "" {
		report("data_dir is empty: name a folder, like ./data/clickhouse")
	}
	if c.Username == "" {
		report("username is empty: name the user who may do everything, like default")
	}
	if c.ReadonlyUsername != "" && c.ReadonlyUsername == c.Username {
		report("readonly_username is %q, like username: give it another name", c.ReadonlyUsername)
	}
	if c.ReadonlyUsername == "" && c.ReadonlyPassword != "" {
		report("readonly_password is set without readonly_username: name the user")
	}
	if c.MaxMemoryMiB < memoryMiBMin {
		report("max_memory_mib is %d: the engine needs at least %d", c.MaxMemoryMiB, memoryMiBMin)
	}
	if c.MaxConcurrentQueries < 1 {
		report("max_concurrent_queries is %d: at least 1 is needed", c.MaxConcurrentQueries)
	}
	if c.MaxBodyMiB < 1 {
		report("max_body_mib is %d: at least 1 is needed", c.MaxBodyMiB)
	}
	if c.QueryTimeout < 0 {
		report("query_timeout is %v: it cannot be negative; 0 is no limit", c.QueryTimeout)
	}
	if c.ShutdownTimeout < 0 {
		report("shutdown_timeout is %v: it cannot be negative", c.ShutdownTimeout)
	}
	return errors.Join(problems...)
}

// memoryMiBMin is what the idle engine takes, with room for small queries.
const memoryMiBMin = 128

// engineOn says what to do on a system for which there is no libchdb.
func engineOn(system string) error {
	if slices.Contains([]string{"linux", "darwin"}, system) {
		return nil
	}
	return fmt.Errorf("clickhouse_embedded cannot run on %s: its engine, libchdb, is built for Linux and macOS only. Take it out of extensions "+
		"and of service::extensions, and name a ClickHouse server in endpoints of gen_ai_clickhouse, as config/server.yaml does", system)
}
