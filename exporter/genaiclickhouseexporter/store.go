package genaiclickhouseexporter

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/config/configtls"
	"go.uber.org/zap"
)

// detectEvery is how often detectors are tried that the store did not take.
const detectEvery = 10 * time.Minute

// dialTimeout bounds the making of a connection to one of the servers, its greeting included.
const dialTimeout = 5 * time.Second

// store is the database: it makes its schema ready once, then takes batches.
type store struct {
	config *Config
	conn   driver.Conn
	logger *zap.Logger
	// blocks are made here for inserts over HTTP; nil for the native protocol.
	blocks map[*table]*nativeBlocks
	// now is the time, opened when the store was.
	now    func() time.Time
	opened time.Time
	// alone is held by a batch with doubtful calls while it asks which of them are stored and writes the others, so that no
	// other batch of this Collector writes them meanwhile. Batches without such share it.
	alone  sync.RWMutex
	claims *claims
	// turn is held while the schema is made ready; ready is set when that is done. The channel holds one token.
	turn  chan struct{}
	ready bool
	// detectAgain is when the detectors are tried again, that the store did not take; zero when it has them.
	detectAgain time.Time
	// away is set when a batch could not be written for a reason that may pass.
	away atomic.Bool
}

// openStore dials nothing yet.
func openStore(ctx context.Context, config *Config, logger *zap.Logger) (*store, error) {
	options, err := clientOptions(ctx, config)
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, err
	}
	s := &store{config: config, conn: conn, logger: logger, now: time.Now, opened: time.Now(), claims: newClaims(), turn: make(chan struct{}, 1)}
	if options.Protocol == clickhouse.HTTP {
		s.blocks = map[*table]*nativeBlocks{}
		for _, t := range tables {
			s.blocks[t] = newNativeBlocks(t, options.Compression.Method, options.MaxIdleConns)
		}
	}
	return s, nil
}

func clientOptions(ctx context.Context, config *Config) (*clickhouse.Options, error) {
	servers, err := config.servers()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := clientTLS(ctx, config, servers.secure)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	consumers := 1
	if queue := config.Queue.Get(); queue != nil {
		consumers = queue.NumConsumers
	}
	return &clickhouse.Options{
		Protocol: servers.protocol,
		Addr:     servers.addrs,
		// The database is named in each statement, since it may not exist when the first connection is made.
		Auth:         clickhouse.Auth{Username: config.Username, Password: string(config.Password)},
		TLS:          tlsConfig,
		Compression:  &clickhouse.Compression{Method: compressions[servers.compressionFor(config.Compression)]},
		DialTimeout:  dialTimeout * time.Duration(len(servers.addrs)),
		DialStrategy: dialInOrder,
		ReadTimeout:  config.TimeoutConfig.Timeout,
		MaxOpenConns: consumers + 1,
		MaxIdleConns: consumers + 1,
		ClientInfo: clickhouse.ClientInfo{Products: []struct{ Name, Version string }{
			{Name: "llmtap"},
		}},
	}, nil
}

// dialInOrder gives each server its own time, so that one which hangs leaves some for the next.
func dialInOrder(ctx context.Context, _ int, options *clickhouse.Options, dial clickhouse.Dial) (clickhouse.DialResult, error) {
	var errs []error
	for _, addr := range options.Addr {
		own := *options
		own.DialTimeout = dialTimeout
		attempt, cancel := context.WithTimeout(ctx, dialTimeout)
		result, err := dial(attempt, addr, &own)
		cancel()
		if err == nil {
			return result, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", addr, err))
	}
	return clickhouse.DialResult{}, errors.Join(errs...)
}

var compressions = map[string]clickhouse.CompressionMethod{
	"lz4": clickhouse.CompressionLZ4, "zstd": clickhouse.CompressionZSTD, "none": clickhouse.CompressionNone,
}

func clientTLS(ctx context.Context, config *Config, secure bool) (*tls.Config, error) {
	if !secure {
		return nil, nil
	}
	if section := config.TLS.Get(); section != nil {
		return section.LoadTLSConfig(ctx)
	}
	section := configtls.NewDefaultClientConfig()
	return section.LoadTLSConfig(ctx)
}

// prepare makes the schema ready, unless it is. One caller at a time does it, the others wait.
func (s *store) prepare(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.ready && (s.detectAgain.IsZero() || s.now().Before(s.detectAgain)) {
		return nil
	}
	tables := schema{s.config, s.conn}
	switch err := tables.prepare(ctx); {
	case errors.Is(err, errDetectors) && (s.ready || answered(err)):
		s.detectAgain = s.now().Add(detectEvery)
		s.logger.Warn("the detectors cannot be made; they are tried again in 10 minutes", zap.Error(err))
	case err != nil:
		return err
	default:
		s.detectAgain = time.Time{}
	}
	if err := tables.keepSystemLogs(ctx); err != nil {
		s.logger.Warn("ClickHouse's own logs may grow for ever; give the user the right ALTER TABLE on system.*, or set ttl::system_logs: 0", zap.Error(err))
	}
	s.ready = true
	return nil
}

// doubt has the schema made ready again before the next batch, for a database that was emptied meanwhile.
func (s *store) doubt() {
	s.turn <- struct{}{}
	s.ready = false
	<-s.turn
}

// reach tells by an error that batches cannot be written at the moment.
func (s *store) reach(ctx context.Context) error {
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

// write stores the calls of a batch that no other batch has stored, and what tells of unrecorded ones. To write it again,
// whole, is safe. The schema must be ready.
func (s *store) write(ctx context.Context, calls, unrecorded *batch) (err error) {
	defer func() { s.away.Store(err != nil && !permanent(err)) }()
	if err := s.writeCalls(ctx, calls); err != nil {
		return err
	}
	if len(unrecorded.rows) == 0 {
		return nil
	}
	// Whether another batch has stored them is not asked: the table keeps one row of each.
	return s.insert(ctx, &unrecordedTable, unrecorded.rows, unrecorded.token)
}

func (s *store) writeCalls(ctx context.Context, b *batch) error {
	b.doubtBefore(s.now().Add(-lateAfter))
	b.doubtBefore(s.opened) // an earlier process may have stored them, of which there are no claims
	if done, err := s.writeBeside(ctx, b); done {
		return err
	}
	s.alone.Lock()
	defer s.alone.Unlock()
	s.claims.take(b.rows) // again, since another batch may have been before this one
	stored, err := s.storedElsewhere(ctx, b.doubtfulRows())
	if err != nil {
		return err
	}
	b.leaveOut(stored)
	return s.insertBatch(ctx, b)
}

// writeBeside writes a batch without doubtful calls, beside others; done is false for one that has some. A batch that claims a
// call of this one from now on waits until it is written.
func (s *store) writeBeside(ctx context.Context, b *batch) (done bool, err error) {
	s.alone.RLock()
	defer s.alone.RUnlock()
	s.claims.take(b.rows)
	if len(b.doubtfulRows()) > 0 {
		return false, nil
	}
	return true, s.insertBatch(ctx, b)
}

func (s *store) insertBatch(ctx context.Context, b *batch) error {
	if len(b.rows) == 0 {
		return nil
	}
	if err := s.insert(ctx, &callsTable, b.rows, b.token); err != nil {
		return err
	}
	if rows := b.withContent(); len(rows) > 0 {
		return s.insert(ctx, &contentTable, rows, b.token)
	}
	return nil
}

func (s *store) insert(ctx context.Context, t *table, rows []*Row, token string) error {
	settings := clickhouse.Settings{
		"insert_deduplicate":                                 1,
		"insert_deduplication_token":                         token,
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		"async_insert":                                       0, // it would merge batches and lose their tokens
		"materialized_views_ignore_errors":                   0, // else a rollup could miss a batch that calls has
		// Clocks of SDKs may be anywhere; calls of many months are no reason to refuse a batch.
		"throw_on_max_partitions_per_insert_block": 0,
	}
	l := layout{DB: s.config.Database, cluster: s.config.Cluster}
	send := s.insertByClient
	if s.blocks[t] != nil {
		send = s.insertNative
		settings["decompress"] = s.blocks[t].compressed
	}
	if err := send(clickhouse.Context(ctx, clickhouse.WithSettings(settings)), t, t.insertInto(l.Local(t.name)), rows); err != nil {
		return fmt.Errorf("insert into %s: %w", t.name, err)
	}
	return nil
}

// insertByClient has the client make the block, as the native protocol needs it.
func (s *store) insertByClient(ctx context.Context, t *table, into string, rows []*Row) error {
	block, err := s.conn.PrepareBatch(ctx, into)
	if err != nil {
		return err
	}
	defer block.Close()
	types := block.Columns()
	for i := range t.columns {
		if err := t.columns[i].append(widening{block.Column(i), types[i].ScanType()}, rows); err != nil {
			return fmt.Errorf("column %s: %w", t.columns[i].name, err)
		}
	}
	return block.Send()
}

// insertNative sends a block made here, which takes the client a third of the time that one of its own does.
func (s *store) insertNative(ctx context.Context, t *table, into string, rows []*Row) error {
	block := s.blocks[t].take()
	packed, err := block.encode(rows)
	if err != nil {
		return fmt.Errorf("%w: %w", clickhouse.ErrBatchInvalid, err)
	}
	if err := s.conn.InsertFormat(ctx, "Native", into, bytes.NewReader(packed)); err != nil {
		return err // the block is not given back: the transport may still be reading it
	}
	s.blocks[t].giveBack(block)
	return nil
}

func (s *store) close() error { return s.conn.Close() }
