package genaiclickhouseexporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/internal/settings"
)

// Config of the exporter.
type Config struct {
	// Endpoints are the addresses of one ClickHouse server or of the replicas of one shard, tried in order:
	// clickhouse://host:9000 for the native protocol, http://host:8123 or https://host:8443 for HTTP. All must be of one
	// kind. There is no default.
	Endpoints []string `mapstructure:"endpoints"`
	// Username and Password to log in with. Left out, ClickHouse's user default without a password.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// Database holds all tables. Default llmtap.
	Database string `mapstructure:"database"`
	// Compression of what is sent: lz4, zstd, none, or auto, which is none to servers on this machine and else lz4.
	// Default auto.
	Compression string `mapstructure:"compression"`
	// TLS to the server. Left out, https:// takes the system's certificates and clickhouse:// goes without TLS.
	TLS configoptional.Optional[configtls.ClientConfig] `mapstructure:"tls"`
	// Schema says who looks after the tables: create makes and migrates them, verify only checks that they fit, off
	// trusts that they do. Default create.
	Schema SchemaMode `mapstructure:"schema"`
	// Cluster makes the schema ON CLUSTER of this name, Replicated and Distributed; a server's macro is written
	// '{cluster}'. Left out, one server.
	Cluster string `mapstructure:"cluster"`
	// TTL is how long each table keeps its rows.
	TTL TTLConfig `mapstructure:"ttl"`
	// Detection runs in the store, as refreshable views that schema: create looks after.
	Detection detection.Config `mapstructure:"detection"`

	// TimeoutConfig bounds one attempt to write a batch. Default 30 s.
	TimeoutConfig exporterhelper.TimeoutConfig `mapstructure:",squash"`
	// Queue puts calls into batches and holds these while the store is away. Default: batches of 8 MiB or 0.5 s, 256 MiB of
	// memory. Its key storage names a file_storage extension, to survive a restart.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// Retry says how to try again. Default: for 24 h, at most 30 s apart; what does not fit the queue meanwhile is
	// dropped and counted.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`
}

// SchemaMode says who looks after the tables.
type SchemaMode string

// The schema modes.
const (
	SchemaCreate SchemaMode = "create"
	SchemaVerify SchemaMode = "verify"
	SchemaOff    SchemaMode = "off"
)

// TTLConfig is how long each table keeps its rows. A change is applied to tables that exist, and to their rows, when the schema mode
// is create.
type TTLConfig struct {
	// Calls is for the table calls. Default 400d.
	Calls Age `mapstructure:"calls"`
	// Content is for captured bodies. Default 14d.
	Content Age `mapstructure:"content"`
	// Cost1h is for the rollup of cost per hour. Default 5y.
	Cost1h Age `mapstructure:"cost_1h"`
	// Conversation1h is for the rollup of conversations per hour. Default 400d.
	Conversation1h Age `mapstructure:"conversation_1h"`
	// Perf1m is for the rollup of performance per minute. Default 90d.
	Perf1m Age `mapstructure:"perf_1m"`
	// Unrecorded is for what tells of calls that were not recorded. Default 5y.
	Unrecorded Age `mapstructure:"unrecorded"`
	// SystemLogs is for ClickHouse's own logs, such as system.query_log, that have no limit yet. Default 30d; 0 leaves
	// them alone.
	SystemLogs Age `mapstructure:"system_logs"`
}

// byTable gives the ages by table name.
func (c TTLConfig) byTable() map[string]Age {
	return map[string]Age{
		"calls": c.Calls, "content": c.Content, "cost_1h": c.Cost1h, "conversation_1h": c.Conversation1h, "perf_1m": c.Perf1m,
		"unrecorded": c.Unrecorded, "system_logs": c.SystemLogs,
	}
}

const (
	queueBytesDefault  = 256 << 20
	queueBytesMin      = 1 << 20 // below it somebody meant requests, the Collector's usual unit
	batchBytesDefault  = 8 << 20 // some 8,000 calls without bodies
	flushDefault       = 500 * time.Millisecond
	consumersDefault   = 4
	retryDefault       = 24 * time.Hour
	pushTimeoutDefault = 30 * time.Second
)

func createDefaultConfig() component.Config {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeBytes
	queue.QueueSize = queueBytesDefault
	queue.NumConsumers = consumersDefault
	queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
		FlushTimeout: flushDefault,
		Sizer:        exporterhelper.RequestSizerTypeBytes,
		MinSize:      batchBytesDefault,
	})
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = retryDefault
	timeout := exporterhelper.NewDefaultTimeoutConfig()
	timeout.Timeout = pushTimeoutDefault
	return &Config{
		Database:    "llmtap",
		Compression: "auto",
		Schema:      SchemaCreate,
		Detection:   detection.DefaultConfig(),
		TTL: TTLConfig{
			Calls: Age(400 * day), Content: Age(14 * day), Cost1h: Age(5 * 365 * day), Conversation1h: Age(400 * day), Perf1m: Age(90 * day),
			Unrecorded: Age(5 * 365 * day), SystemLogs: Age(30 * day),
		},
		TimeoutConfig: timeout,
		Queue:         configoptional.Some(queue),
		Retry:         retry,
	}
}

var (
	// nameAllowed keeps names usable in SQL without quoting.
	nameAllowed = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	// clusterAllowed keeps names usable between single quotes; braces name a macro of the server.
	clusterAllowed = regexp.MustCompile(`^[A-Za-z0-9_.{}-]{1,64}$`)
)

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports every problem at once but those of sections that validate themselves: the Collector asks them too.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, err := c.servers(); err != nil {
		errs = append(errs, err)
	}
	if !nameAllowed.MatchString(c.Database) {
		fail("database: %q must be letters, digits and underscores, at most 64, not beginning with a digit", c.Database)
	}
	if c.Cluster != "" && !clusterAllowed.MatchString(c.Cluster) {
		fail("cluster: %q must be letters, digits, and any of _ - . { }, at most 64", c.Cluster)
	}
	if !slices.Contains([]string{"auto", "lz4", "zstd", "none"}, c.Compression) {
		fail("compression: %q is not known; use auto, lz4, zstd or none", c.Compression)
	}
	if !slices.Contains([]SchemaMode{SchemaCreate, SchemaVerify, SchemaOff}, c.Schema) {
		fail("schema: %q is not known; use create, verify or off", c.Schema)
	}
	if c.Password != "" && c.Username == "" {
		fail("username: is missing although a password is set; add it, or remove password")
	}
	if c.TimeoutConfig.Timeout <= 0 {
		fail("timeout: must be above 0, such as 30s, or a hanging server holds a batch for ever")
	}
	if queue := c.Queue.Get(); queue != nil && queue.Sizer == exporterhelper.RequestSizerTypeBytes && queue.QueueSize < queueBytesMin {
		fail("sending_queue::queue_size: %d bytes hold next to nothing; set at least %d, or set sending_queue::sizer to items", queue.QueueSize, queueBytesMin)
	}
	for table, age := range c.TTL.byTable() {
		if age < 0 || age > ageMax || time.Duration(age)%time.Hour != 0 {
			fail("ttl::%s: must be whole hours between 0 and 50y, such as 14d; 0 keeps rows for ever", table)
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}
