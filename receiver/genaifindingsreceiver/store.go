package genaifindingsreceiver

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/internal/clickhousedb"
)

//go:embed findings.sql
var findingsSQL string

const (
	dialTimeout = 5 * time.Second
	// findingsMax bounds what is read at once, what is over first, then the most severe and the latest.
	findingsMax = 1000
	// migratingMax is how long the exporter may take to bring the tables of an older version, or of a first start, up to what is read.
	migratingMax = 2 * time.Minute
)

// finding is a row of findings_latest.
type finding struct {
	ID             uuid.UUID         `ch:"finding_id"`
	Kind           string            `ch:"kind"`
	Severity       string            `ch:"severity"`
	State          string            `ch:"state"`
	Silenced       bool              `ch:"silenced"`
	KeyKind        string            `ch:"key_kind"`
	Key            string            `ch:"key"`
	Metric         string            `ch:"metric"`
	Since          time.Time         `ch:"since"`
	SinceLow       *time.Time        `ch:"since_low"`
	SinceHigh      *time.Time        `ch:"since_high"`
	OpenedAt       time.Time         `ch:"opened_at"`
	ClosedAt       time.Time         `ch:"closed_at"`
	ValueBefore    *float64          `ch:"value_before"`
	ValueAfter     *float64          `ch:"value_after"`
	Effect         *float64          `ch:"effect"`
	EffectLow      *float64          `ch:"effect_low"`
	EffectHigh     *float64          `ch:"effect_high"`
	QValue         *float64          `ch:"q_value"`
	ZScore         *float64          `ch:"z_score"`
	Calls          uint64            `ch:"calls"`
	CostUSD        *float64          `ch:"cost_usd"`
	ExampleCalls   []string          `ch:"example_calls"`
	Changed        map[string]string `ch:"changed"`
	Message        string            `ch:"message"`
	Model          string            `ch:"model"`
	Upstream       string            `ch:"upstream"`
	App            string            `ch:"app"`
	Team           string            `ch:"team"`
	UserID         string            `ch:"user_id"`
	ConversationID string            `ch:"conversation_id"`
	AcknowledgedBy string            `ch:"acknowledged_by"`
}

// store reads the findings.
type store struct {
	conn     driver.Conn
	database string
	// olderSince is when the tables were first seen to lack what is read; zero when they do not.
	olderSince time.Time
}

func openStore(config *Config) (*store, error) {
	options, err := clickhousedb.Options(config.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	options.Auth = clickhouse.Auth{Database: config.Database, Username: config.Username, Password: string(config.Password)}
	options.DialTimeout = dialTimeout
	conn, err := clickhouse.Open(options)
	return &store{conn: conn, database: config.Database}, err
}

func (s *store) close(context.Context) error { return s.conn.Close() }

// read asks the store. Where the exporter has not made the tables yet, or is about to migrate them, there is nothing to read.
func (s *store) read(ctx context.Context, into any, query string) error {
	err := s.conn.Select(ctx, into, query)
	if !clickhousedb.IsOlder(err) {
		s.olderSince = time.Time{}
		if clickhousedb.IsEmpty(err) {
			return nil
		}
		return err
	}
	if s.olderSince.IsZero() {
		s.olderSince = time.Now()
	}
	if time.Since(s.olderSince) < migratingMax {
		return nil
	}
	return fmt.Errorf("the tables are those of an older version; gen_ai_clickhouse of this one brings them up with schema: create: %w", err)
}

// findings reads what is open, and those that were told of.
func (s *store) findings(ctx context.Context, told []string) (all []finding, err error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"told": strings.Join(told, ","), "findings_max": strconv.Itoa(2 * findingsMax),
	}))
	if err := s.read(ctx, &all, findingsSQL); err != nil {
		return nil, fmt.Errorf("read the findings: %w", err)
	}
	return all, nil
}

// count is how many findings of a kind and severity are open.
type count struct {
	Kind     string `ch:"kind"`
	Severity string `ch:"severity"`
	Open     uint64 `ch:"open"`
}

// counts reads how many findings are open and not silenced, of each kind and severity that ever had some.
func (s *store) counts(ctx context.Context) (all []count, err error) {
	err = s.read(ctx, &all, `SELECT toString(kind) AS kind, toString(severity) AS severity, countIf(state = 'open' AND NOT silenced) AS open
		FROM findings_latest GROUP BY kind, severity ORDER BY kind, severity`)
	if err != nil {
		return nil, fmt.Errorf("count the findings: %w", err)
	}
	return all, nil
}

// runs reads the latest run of each detector that there is.
func (s *store) runs(ctx context.Context) ([]detection.LatestRun, error) {
	all, err := detection.LatestRuns(ctx, s.conn, s.database)
	if clickhousedb.IsEmpty(err) {
		return nil, nil
	}
	return all, err
}
