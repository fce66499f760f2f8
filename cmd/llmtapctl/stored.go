package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/genai"
)

// stored is a call as its row has it, as far as prices go.
type stored struct {
	genai.Call
	id uuid.UUID
}

func (c *stored) end() time.Time { return c.Start.Add(c.Duration) }

// readCalls reads the calls of a range and, for machines, those around it that may have run beside them.
func (d *database) readCalls(ctx context.Context, within span, longest time.Duration, around bool) ([]stored, error) {
	if around {
		within.from.Time, within.to.Time = within.from.Add(-longest), within.to.Add(longest)
	}
	rows, err := d.conn.Query(ctx, `SELECT call_id, ts, duration_us, operation, provider, upstream, server_address, model_requested,
	model, service_tier, toString(outcome), audio_input_us, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
	cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_cache_read_tokens, audio_output_tokens,
	image_input_tokens, image_output_tokens
FROM `+d.table("calls")+" WHERE "+within.where("ts"))
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	defer rows.Close()
	var calls []stored
	for rows.Next() {
		var c stored
		var micros, audioMicros uint64
		var operation, outcome string
		var counts [11]*uint32
		if err := rows.Scan(&c.id, &c.Start, &micros, &operation, &c.Provider, &c.Upstream, &c.ServerAddress, &c.RequestModel,
			&c.ResponseModel, &c.ServiceTier, &outcome, &audioMicros, &counts[0], &counts[1], &counts[2], &counts[3], &counts[4],
			&counts[5], &counts[6], &counts[7], &counts[8], &counts[9], &counts[10]); err != nil {
			return nil, fmt.Errorf("read calls: %w", err)
		}
		c.Duration = time.Duration(micros) * time.Microsecond
		c.Operation, c.Outcome = genai.Operation(operation), genai.Outcome(outcome)
		u := &c.Usage
		u.AudioTime = time.Duration(audioMicros) * time.Microsecond
		for i, count := range []*genai.Count{
			&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.CacheWriteLong, &u.Reasoning, &u.AudioInput, &u.AudioCacheRead,
			&u.AudioOutput, &u.ImageInput, &u.ImageOutput,
		} {
			if counts[i] != nil {
				*count = genai.Known(int64(*counts[i]))
			}
		}
		calls = append(calls, c)
	}
	return calls, rows.Err()
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
	return t.dropLapsed(ctx)
}

// storeHours writes what machines cost, in place of what was there for the range: a machine that has no price any more costs nothing.
func (d *database) storeHours(ctx context.Context, within span, hours []machineHour) error {
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
		if err := batch.Append(h.t, h.upstream, usd(h.cost), usd(h.calls), usd(h.cost-h.calls), h.version); err != nil {
			return err
		}
	}
	return batch.Send()
}
