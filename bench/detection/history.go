package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/genai"
)

// history sums up the calls of the time of which only blocks and costs are read, as the engine would. What a call counts for is
// written here once more; that both agree is tested.
type history struct {
	*engine
	database string
	// costsFrom is from when on costs are kept.
	costsFrom time.Time
	// from is the time before which all blocks are closed.
	from   time.Time
	blocks map[block]*sum
	costs  map[spender]*spent
	// closed are the blocks that no call is added to.
	closed []closedBlock
}

// block is that of a series in ten minutes: a measure's of one user, where users weigh the same.
type block struct {
	at                                         int64
	measure, metric, model, app, stratum, user string
}

type sum struct {
	calls uint64
	x     float64
}

type closedBlock struct {
	block
	calls uint64
	n, s  float64
}

type spender struct {
	hour                   int64
	user, team, app, model string
}

type spent struct {
	calls uint64
	cost  genai.NanoUSD
}

func newHistory(e *engine, database string, costsFrom time.Time) *history {
	return &history{engine: e, database: database, costsFrom: costsFrom, blocks: map[block]*sum{}, costs: map[spender]*spent{}}
}

var errorClasses = []string{"rate_limit", "quota", "auth", "context_length", "not_found", "invalid_request", "other"}

// add counts a call for all that it is measured by. None comes later that begins before `from`.
func (h *history) add(c *genai.Call, from time.Time) {
	if from.After(h.from) {
		h.from = from
		h.close(from)
	}
	b := block{at: c.Start.Truncate(blockTime).Unix(), model: c.RequestModel}
	rate := func(metric string, event bool) {
		b.metric = metric
		h.count(b, event)
	}
	b.measure = "rate"
	rate("error_rate", c.Outcome == genai.OutcomeUpstreamError)
	for _, class := range errorClasses {
		rate("error_rate."+class, c.Outcome == genai.OutcomeClientError && c.ErrorType == class)
	}
	if c.Outcome == genai.OutcomeOK {
		rate("unknown_usage", c.Usage.Source == "")
		rate("unknown_price", !c.Cost.Known)
		rate("refusals", slices.Contains(c.FinishReasons, "content_filter"))
		for _, check := range c.Fidelity.Applicable {
			failed := slices.Contains(c.Fidelity.Failed, check)
			rate(check, failed)
			b.app = c.Caller.App
			rate(check, failed)
			b.app = ""
		}
		b.measure = "mean"
		h.measure(b, c)
	}
	h.spend(c)
}

func (h *history) measure(b block, c *genai.Call) {
	mean := func(metric, stratum, user string, x float64) {
		b.metric, b.stratum, b.user = metric, stratum, user
		h.sum(b, math.Log(x))
	}
	input, output := float64(c.Usage.Input.N), float64(c.Usage.Output.N)
	first, all := c.TimeToFirstChunk.Microseconds(), c.Duration.Microseconds()
	mean("time_to_first_chunk", inputSize(c.Usage.Input), "", float64(max(first, 1))/1e6)
	if output > 1 && all > first {
		mean("time_per_output_token", "", "", float64(all-first)/(output-1)/1e6)
	}
	if c.Usage.Source != "" {
		mean("output_tokens", "", c.Caller.UserID, output)
		mean("input_tokens", "", c.Caller.UserID, input)
	}
	if c.Cost.Amount > 0 {
		mean("cost_per_call", "", c.Caller.UserID, float64(c.Cost.Amount)/1e9)
	}
}

// inputSize is the stratum of a count of tokens.
func inputSize(n genai.Count) string {
	switch {
	case !n.Known:
		return "unknown"
	case n.N < 256:
		return "lt_256"
	case n.N < 1024:
		return "lt_1k"
	case n.N < 4096:
		return "lt_4k"
	case n.N < 16384:
		return "lt_16k"
	case n.N < 65536:
		return "lt_64k"
	}
	return "ge_64k"
}

func (h *history) count(b block, event bool) {
	x := 0.0
	if event {
		x = 1
	}
	h.sum(b, x)
}

func (h *history) sum(b block, x float64) {
	s := h.blocks[b]
	if s == nil {
		s = new(sum)
		h.blocks[b] = s
	}
	s.calls++
	s.x += x
}

func (h *history) spend(c *genai.Call) {
	hour := c.Start.Truncate(time.Hour)
	if hour.Before(h.costsFrom) {
		return
	}
	who := spender{hour.Unix(), c.Caller.UserID, c.Caller.Team, c.Caller.App, cmp.Or(c.ResponseModel, c.RequestModel)}
	s := h.costs[who]
	if s == nil {
		s = new(spent)
		h.costs[who] = s
	}
	s.calls++
	s.cost += c.Cost.Amount
}

// close closes all blocks before a time.
func (h *history) close(before time.Time) {
	of := map[block]*closedBlock{}
	for b, s := range h.blocks {
		if b.at >= before.Unix() {
			continue
		}
		delete(h.blocks, b)
		n, x := float64(s.calls), s.x
		if b.user != "" {
			n, x = 1, s.x/float64(s.calls)
		}
		b.user = ""
		c := of[b]
		if c == nil {
			c = &closedBlock{block: b}
			of[b] = c
		}
		c.calls, c.n, c.s = c.calls+s.calls, c.n+n, c.s+x
	}
	for _, c := range of {
		h.closed = append(h.closed, *c)
	}
}

// write writes all into the tables that the detectors read.
func (h *history) write(ctx context.Context) error {
	h.close(h.from.AddDate(0, 0, 1))
	batch, err := h.Conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s.blocks_10m (t, measure, metric, model, upstream, app, stratum, calls, n, s, computed_at)", h.database))
	if err != nil {
		return err
	}
	for _, c := range h.closed {
		if err := batch.Append(time.Unix(c.at, 0), c.measure, c.metric, c.model, "vllm", c.app, c.stratum, c.calls, c.n, c.s, time.Unix(c.at, 0)); err != nil {
			return err
		}
	}
	if err := batch.Send(); err != nil {
		return err
	}
	batch, err = h.Conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s.cost_1h (t, user_id, team, app, provider, upstream, model, calls, cost_usd)", h.database))
	if err != nil {
		return err
	}
	for who, s := range h.costs {
		if err := batch.Append(time.Unix(who.hour, 0), who.user, who.team, who.app, "openai", "vllm", who.model, s.calls, decimal.New(int64(s.cost), -9)); err != nil {
			return err
		}
	}
	return batch.Send()
}
