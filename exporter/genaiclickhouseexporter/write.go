package genaiclickhouseexporter

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// write stores the calls of a batch that no other batch has stored, and what tells of unrecorded ones. To write it again,
// whole, is safe. The schema must be ready.
func (s *store) write(ctx context.Context, calls, unrecorded *batch) (err error) {
	defer func() { s.away.Store(err != nil && !permanent(err)) }()
	if err := s.writeCalls(ctx, calls); err != nil {
		return err
	}
	// Whether another batch has stored them is not asked: the table keeps one row of each.
	return s.insertPieces(ctx, &unrecordedTable, unrecorded.pieces(unrecorded.rows, monthOf))
}

func (s *store) writeCalls(ctx context.Context, b *batch) error {
	b.doubt(s.opened, s.now())
	if done, err := s.writeShared(ctx, b); done {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.claims.take(b.rows) // again, since another batch may have been before this one
	stored, err := s.storedElsewhere(ctx, b.doubtfulRows())
	if err != nil {
		return err
	}
	b.leaveOut(stored)
	return s.insertBatch(ctx, b)
}

// writeShared writes a batch without doubtful calls, at the same time as others; done is false for one that has some. A batch
// that claims a call of this one from now on waits until it is written.
func (s *store) writeShared(ctx context.Context, b *batch) (done bool, err error) {
	s.writing.RLock()
	defer s.writing.RUnlock()
	s.claims.take(b.rows)
	if len(b.doubtfulRows()) > 0 {
		return false, nil
	}
	return true, s.insertBatch(ctx, b)
}

func (s *store) insertBatch(ctx context.Context, b *batch) error {
	if err := s.insertPieces(ctx, &callsTable, b.pieces(b.rows, monthOf)); err != nil {
		return err
	}
	return s.insertPieces(ctx, &contentTable, b.pieces(b.withContent(), dayOf))
}

func (s *store) insertPieces(ctx context.Context, t *table, pieces []piece) error {
	for _, p := range pieces {
		if err := s.insert(ctx, t, p.rows, p.token); err != nil {
			return err
		}
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
	l := s.config.layout()
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
