package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	// idBytes is what a call takes in a question: its id as text, and a comma.
	idBytes = len("00000000-0000-0000-0000-000000000000,")
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
		if err := s.ask(ctx, some, stored); err != nil {
			return nil, fmt.Errorf("ask which calls are stored: %w", shortened(err))
		}
	}
	return stored, nil
}

// shortened keeps an exception from repeating the whole question.
func shortened(err error) error {
	if exception := (*clickhouse.Exception)(nil); errors.As(err, &exception) {
		exception.Message, _ = cutText(exception.Message, textBytesMax)
	}
	return err
}

func (s *store) ask(ctx context.Context, rows []*Row, stored map[uuid.UUID]bool) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_query_size":   askBytesMax,
		"use_skip_indexes": 0, // to look up thousands of calls in a Bloom filter takes longer than to read the hour
	}))
	l := s.config.layout()
	found, err := s.conn.Query(ctx, askSQL(l.Local(callsTable.name), rows))
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var id uuid.UUID
		if err := found.Scan(&id); err != nil {
			return err
		}
		stored[id] = true
	}
	return found.Err()
}

// askSQL reads the hours of the rows only, which begin the table's primary key.
func askSQL(table string, rows []*Row) string {
	var hours []int64
	first, last := rows[0].Time, rows[0].Time
	ids := make([]byte, 0, idBytes*len(rows))
	for i, row := range rows {
		hours = append(hours, row.Time.Truncate(time.Hour).Unix())
		if row.Time.Before(first) {
			first = row.Time
		}
		if row.Time.After(last) {
			last = row.Time
		}
		if i > 0 {
			ids = append(ids, ',')
		}
		ids = append(ids, row.CallID.String()...)
	}
	slices.Sort(hours)
	hours = slices.Compact(hours)
	var list strings.Builder
	for i, hour := range hours {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString("toDateTime(" + strconv.FormatInt(hour, 10) + ", 'UTC')")
	}
	return fmt.Sprintf(`SELECT call_id FROM %s
WHERE toStartOfHour(ts) IN (%s) AND ts BETWEEN fromUnixTimestamp64Micro(%d, 'UTC') AND fromUnixTimestamp64Micro(%d, 'UTC')
AND batch_id != %d AND call_id IN (SELECT toUUID(arrayJoin(splitByChar(',', '%s'))))`,
		table, list.String(), first.UnixMicro(), last.UnixMicro(), rows[0].BatchID, ids)
}
