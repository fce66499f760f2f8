package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"
)

const (
	// lateAfter is how long after its end a call is written at the latest when nothing delays or repeats it, and how far the clock of its
	// sender may be ahead of this one.
	lateAfter = 10 * time.Second
	// askIDsMax is how many calls one question names.
	askIDsMax = 8192
	// askBytesMax bounds the text of a question: ClickHouse's own limit is too small for so many calls.
	askBytesMax = 1 << 20
)

// doubt marks as doubtful the calls that have not just ended, by this clock and by that of their sender, or not since this process began,
// which has no claims of what an earlier one stored. They may have come before by another way and in another batch: a sidecar that
// crashed, or was not answered in time, sends again what was stored. A token cannot tell; the calls can.
func (b *batch) doubt(opened, now time.Time) {
	first, last := now.Add(-lateAfter), now.Add(lateAfter)
	if begun := opened.Add(lateAfter); begun.After(first) {
		first = begun
	}
	for _, row := range b.rows {
		end := row.Time.Add(time.Duration(row.DurationUS) * time.Microsecond)
		if end.Before(first) || end.After(last) {
			row.Doubtful = true
		}
	}
}

// doubtfulRows are the rows of calls that another batch may have stored.
func (b *batch) doubtfulRows() []*Row {
	var doubtful []*Row
	for _, row := range b.rows {
		if row.Doubtful {
			doubtful = append(doubtful, row)
		}
	}
	return doubtful
}

// leaveOut drops the rows of these calls. The token stays that of the whole batch, and with it that of earlier tries.
func (b *batch) leaveOut(calls map[uuid.UUID]bool) {
	all := len(b.rows)
	b.rows = slices.DeleteFunc(b.rows, func(row *Row) bool { return calls[row.CallID] })
	b.stored += all - len(b.rows)
}

// storedElsewhere gives the calls among the rows that another batch has stored. Those that an earlier try of this batch
// stored are not among them: writing them once more, under the same token, completes what that try left undone.
func (s *store) storedElsewhere(ctx context.Context, rows []*Row) (map[uuid.UUID]bool, error) {
	stored := make(map[uuid.UUID]bool)
	for some := range slices.Chunk(rows, askIDsMax) {
		ids, err := s.ask(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("ask which calls are stored: %w", shortened(err))
		}
		for _, id := range ids {
			stored[id] = true
		}
	}
	return stored, nil
}

// shortened keeps an exception from repeating the whole question.
func shortened(err error) error {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		exception.Message, _ = cutText(exception.Message, textBytesMax)
	}
	return err
}

func (s *store) ask(ctx context.Context, rows []*Row) (stored []uuid.UUID, err error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_query_size":   askBytesMax,
		"use_skip_indexes": 0, // to look up thousands of calls in a Bloom filter takes longer than to read the hour
	}))
	l := s.config.layout()
	err = s.conn.QueryRow(ctx, askSQL(l.Local(callsTable.name), rows)).Scan(&stored)
	return stored, err
}

// askSQL reads the hours of the rows only, which begin the table's primary key.
func askSQL(table string, rows []*Row) string {
	first, last := rows[0].Time, rows[0].Time
	begun := make(map[int64]bool)
	var ids, hours []string
	for _, row := range rows {
		if row.Time.Before(first) {
			first = row.Time
		}
		if row.Time.After(last) {
			last = row.Time
		}
		begun[row.Time.Truncate(time.Hour).Unix()] = true
		ids = append(ids, row.CallID.String())
	}
	for _, hour := range slices.Sorted(maps.Keys(begun)) {
		hours = append(hours, fmt.Sprintf("toDateTime(%d, 'UTC')", hour))
	}
	return fmt.Sprintf(`SELECT groupArray(call_id) FROM %s
WHERE toStartOfHour(ts) IN (%s) AND ts BETWEEN fromUnixTimestamp64Micro(%d, 'UTC') AND fromUnixTimestamp64Micro(%d, 'UTC')
AND batch_id != %d AND call_id IN (SELECT toUUID(arrayJoin(splitByChar(',', '%s'))))`,
		table, strings.Join(hours, ", "), first.UnixMicro(), last.UnixMicro(), rows[0].BatchID, strings.Join(ids, ","))
}
