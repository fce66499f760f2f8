package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"
)

const (
	// detectEvery is how often detectors are tried that the store did not take.
	detectEvery = 10 * time.Minute
	// logsEvery is how often logs of ClickHouse's own are looked for that have no age limit: it makes each with its first line, and another
	// one after an upgrade.
	logsEvery = 10 * time.Minute
)

// store is the database: it makes its schema ready once, then takes batches.
type store struct {
	config *Config
	conn   driver.Conn
	// servers is the order in which connections are made to them.
	servers *serverOrder
	logger  *zap.Logger
	// blocks are made here for inserts over HTTP; nil for the native protocol.
	blocks map[*table]*nativeBlocks
	// now is the time, opened when the store was.
	now    func() time.Time
	opened time.Time
	// writing is held alone by a batch with doubtful calls while it asks which of them are stored and writes the others, so that
	// no other batch of this Collector writes them meanwhile. Batches without doubtful calls share it.
	writing sync.RWMutex
	claims  *claims
	// preparing holds one token while the schema is made ready, which guards prepared, detectAgain and logsAgain.
	preparing chan struct{}
	prepared  bool
	// detectAgain is when the detectors that the store did not take are tried again; zero when it has them.
	detectAgain time.Time
	// logsAgain is when logs of ClickHouse's own without an age limit are looked for again; what keeps them from having one is said once.
	logsAgain time.Time
	sayLogs   sync.Once
	// away is set when a batch could not be written for a reason that may pass.
	away atomic.Bool
}

// openStore dials nothing yet.
func openStore(ctx context.Context, config *Config, logger *zap.Logger) (*store, error) {
	options, err := clientOptions(ctx, config)
	if err != nil {
		return nil, err
	}
	servers := new(serverOrder)
	options.DialStrategy = servers.dial
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, err
	}
	s := &store{
		config: config, conn: conn, servers: servers, logger: logger, now: time.Now, opened: time.Now(),
		claims: newClaims(), preparing: make(chan struct{}, 1),
	}
	if options.Protocol == clickhouse.HTTP {
		s.blocks = map[*table]*nativeBlocks{}
		for _, t := range tables {
			s.blocks[t] = newNativeBlocks(t, options.Compression.Method, options.MaxIdleConns)
		}
	}
	return s, nil
}

// prepare makes the schema ready, unless it is. One caller at a time does it, the others wait.
func (s *store) prepare(ctx context.Context) error {
	select {
	case s.preparing <- struct{}{}:
		defer func() { <-s.preparing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.prepared && (s.detectAgain.IsZero() || s.now().Before(s.detectAgain)) {
		s.limitLogs(ctx)
		return nil
	}
	tables := schema{s.config, s.conn}
	switch err := tables.prepare(ctx); {
	case errors.Is(err, errDetectors) && (s.prepared || answered(err)):
		s.detectAgain = s.now().Add(detectEvery)
		s.logger.Warn("the detectors cannot be made; they are tried again later", zap.Duration("after", detectEvery), zap.Error(err))
	case permanent(err): // of a statement of the schema, for which no batch is to blame
		return fmt.Errorf("%w: %w", errSchema, err)
	case err != nil:
		return err
	default:
		s.detectAgain = time.Time{}
	}
	s.limitLogs(ctx)
	s.prepared = true
	return nil
}

func (s *store) limitLogs(ctx context.Context) {
	if s.now().Before(s.logsAgain) {
		return
	}
	s.logsAgain = s.now().Add(logsEvery)
	if err := (schema{s.config, s.conn}).limitSystemLogs(ctx); err != nil {
		s.sayLogs.Do(func() {
			s.logger.Warn("ClickHouse's own logs may grow for ever; give the user the right ALTER TABLE on system.*, or set ttl::system_logs: 0", zap.Error(err))
		})
	}
}

// forgetSchema has the schema made ready again before the next batch, for a database that was emptied meanwhile.
func (s *store) forgetSchema() {
	s.preparing <- struct{}{}
	s.prepared = false
	<-s.preparing
}

// ensureReachable prepares the schema where that is not done. An error means that batches cannot be written at the moment.
func (s *store) ensureReachable(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if !s.away.Load() {
		return nil
	}
	if err := s.conn.Ping(ctx); err != nil {
		return err
	}
	s.away.Store(false)
	return nil
}

func (s *store) close() error { return s.conn.Close() }
