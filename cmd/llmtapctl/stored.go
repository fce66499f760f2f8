package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// stored is a call as its row has it, as far as prices go.
type stored struct {
	genai.Call
	id uuid.UUID
}

func (c *stored) end() time.Time { return c.Start.Add(c.Duration) }

// readCalls reads the calls of a range, each once, and, for machines, those around it that may have run beside them. These are of whole
// hours, over whose calls amounts are rounded together.
func (d *database) readCalls(ctx context.Context, within span, longest time.Duration, around bool) ([]stored, error) {
	if around {
		within.from.Time, within.to.Time = within.from.Add(-longest), within.to.Add(longest+time.Hour-1).Truncate(time.Hour)
	}
	var row storedRow
	columns, into := row.columns()
	rows, err := d.conn.Query(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s AND NOT %s",
		strings.Join(columns, ", "), d.table("calls"), within.where("ts"), d.repeated(within)))
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	defer rows.Close()
	var calls []stored
	for rows.Next() {
		row = storedRow{}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read calls: %w", err)
		}
		calls = append(calls, row.stored())
	}
	return calls, rows.Err()
}

// storedRow is what the columns of a call are read into.
type storedRow struct {
	call                        stored
	cost                        *decimal.Decimal
	durationMicros, audioMicros uint64
	operation, outcome, source  string
	input, output               *uint32
	cacheRead, cacheWrite       *uint32
	cacheWriteLong, reasoning   *uint32
	audioInput, audioCacheRead  *uint32
	audioOutput                 *uint32
	imageInput, imageOutput     *uint32
	inputAudios                 uint16
}

// columns gives each column beside what it is read into.
func (r *storedRow) columns() (columns []string, into []any) {
	c := &r.call
	for _, column := range []struct {
		name string
		into any
	}{
		{"call_id", &c.id}, {"cost_usd", &r.cost}, {"ts", &c.Start}, {"duration_us", &r.durationMicros}, {"operation", &r.operation}, {"provider", &c.Provider},
		{"upstream", &c.Upstream}, {"server_address", &c.ServerAddress}, {"model_requested", &c.RequestModel}, {"model", &c.ResponseModel},
		{"service_tier", &c.ServiceTier}, {"cost_source", &r.source}, {"toString(outcome)", &r.outcome}, {"audio_input_us", &r.audioMicros},
		{"input_tokens", &r.input}, {"output_tokens", &r.output}, {"cache_read_tokens", &r.cacheRead},
		{"cache_write_tokens", &r.cacheWrite}, {"cache_write_1h_tokens", &r.cacheWriteLong}, {"reasoning_tokens", &r.reasoning},
		{"audio_input_tokens", &r.audioInput}, {"audio_cache_read_tokens", &r.audioCacheRead},
		{"audio_output_tokens", &r.audioOutput}, {"image_input_tokens", &r.imageInput}, {"image_output_tokens", &r.imageOutput},
		{"input_audios", &r.inputAudios},
	} {
		columns, into = append(columns, column.name), append(into, column.into)
	}
	return columns, into
}

// stored gives the call of the row that was read.
func (r *storedRow) stored() stored {
	c := r.call
	c.Cost.Source = r.source
	if r.cost != nil {
		c.Cost.Amount, c.Cost.Known = genai.NanoUSD(r.cost.Shift(9).IntPart()), true
	}
	c.Duration = time.Duration(r.durationMicros) * time.Microsecond
	c.Operation, c.Outcome, c.InputAudios = genai.Operation(r.operation), genai.Outcome(r.outcome), int(r.inputAudios)
	c.Usage = genai.Usage{
		Input: countOf(r.input), Output: countOf(r.output), CacheRead: countOf(r.cacheRead), CacheWrite: countOf(r.cacheWrite),
		CacheWriteLong: countOf(r.cacheWriteLong), Reasoning: countOf(r.reasoning), AudioInput: countOf(r.audioInput),
		AudioCacheRead: countOf(r.audioCacheRead), AudioOutput: countOf(r.audioOutput), ImageInput: countOf(r.imageInput),
		ImageOutput: countOf(r.imageOutput), AudioTime: time.Duration(r.audioMicros) * time.Microsecond,
		HostedTools: r.source == pricebook.SourceHostedTools,
	}
	return c
}

func countOf(n *uint32) genai.Count {
	if n == nil {
		return genai.Count{}
	}
	return genai.Known(int64(*n))
}

// storeCosts writes new costs over those of calls. It goes through the table of its turn, from which one mutation takes them:
// broken off, either all calls have their new costs or none.
func (d *database) storeCosts(ctx context.Context, t *turn, within span, list []priced) error {
	batch, err := d.conn.PrepareBatch(ctx, "INSERT INTO "+t.table)
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := range list {
		p := &list[i]
		if err := batch.Append(p.id.String(), p.amount(), p.cost.Source, p.cost.PriceVersion); err != nil {
			return err
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("write new costs: %w", err)
	}
	take := func(column string) string {
		return fmt.Sprintf("%s = joinGet('%s', '%s', toString(call_id))", column, t.table, column)
	}
	mutation := fmt.Sprintf("ALTER TABLE %s UPDATE %s, %s, %s WHERE %s AND toString(call_id) IN (SELECT call_id FROM %s) SETTINGS mutations_sync = 2",
		d.table("calls"), take("cost_usd"), take("cost_source"), take("price_version"), within.where("ts"), t.table)
	t.taking = true
	if err := d.conn.Exec(ctx, mutation); err != nil {
		return fmt.Errorf("take new costs: %w", err)
	}
	t.taking = false
	return nil
}

// storeHours writes what machines cost by a version of their prices, in place of what was there for the range: a machine that has no
// price any more costs nothing.
func (d *database) storeHours(ctx context.Context, within span, hours []machineHour, version string) error {
	if err := d.exec(ctx, "DELETE FROM "+d.table("machine_1h")+" WHERE "+within.where("t")); err != nil {
		return fmt.Errorf("empty machine_1h: %w", err)
	}
	if len(hours) == 0 {
		return nil
	}
	batch, err := d.conn.PrepareBatch(ctx, "INSERT INTO "+d.table("machine_1h")+" (t, upstream, cost_usd, calls_usd, idle_usd, price_version)")
	if err != nil {
		return err
	}
	defer batch.Close()
	usd := func(amount genai.NanoUSD) decimal.Decimal { return decimal.New(int64(amount), -9) }
	for _, h := range hours {
		if err := batch.Append(h.t, h.upstream, usd(h.cost), usd(h.calls), usd(h.cost-h.calls), version); err != nil {
			return err
		}
	}
	return batch.Send()
}
