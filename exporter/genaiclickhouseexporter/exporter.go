package genaiclickhouseexporter

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

// callExporter turns batches of spans into batches of rows.
type callExporter struct {
	config *Config
	logger *zap.Logger
	counts counts
	store  *store

	stop    context.CancelFunc
	running sync.WaitGroup
	// over is done when the time for a shutdown is; giveUp says so.
	over   context.Context
	giveUp context.CancelFunc
	memory sync.Pool // of *gathered

	sayExpired, sayUnaccounted sync.Once
	// refusal is the text of the last refusal, or a word for those whose texts differ, so that each is logged once and not once per batch.
	mu      sync.Mutex
	refusal string
}

func newCallExporter(config *Config, set exporter.Settings) (*callExporter, error) {
	counts, err := newCounts(set.MeterProvider)
	if err != nil {
		return nil, err
	}
	e := &callExporter{config: config, logger: set.Logger, counts: counts, stop: func() {}}
	e.over, e.giveUp = context.WithCancel(context.Background())
	return e, nil
}

// start makes the schema ready in the background: a store that is away or hangs must not keep the tap from starting.
func (e *callExporter) start(ctx context.Context, _ component.Host) error {
	store, err := openStore(ctx, e.config, e.logger)
	if err != nil {
		return err
	}
	e.store = store
	ctx, e.stop = context.WithTimeout(context.WithoutCancel(ctx), e.config.TimeoutConfig.Timeout)
	e.running.Go(func() {
		switch err := e.store.prepare(ctx); {
		case e.blocked(err):
		case err != nil && !errors.Is(ctx.Err(), context.Canceled):
			e.logger.Warn("ClickHouse cannot be reached, or is slow to make the tables; calls wait in the queue. "+
				"Is it http://, https:// or clickhouse:// that the port of endpoints speaks?", zap.Error(err))
		}
	})
	return nil
}

func (e *callExporter) shutdown(context.Context) error {
	e.stop()
	e.giveUp()
	e.running.Wait()
	if e.store == nil {
		return nil
	}
	return e.store.close()
}

// untilOver gives a context that ends with the time for a shutdown.
func (e *callExporter) untilOver(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(e.over, cancel)
	return ctx, func() { stop(); cancel() }
}

// push writes the calls among the spans, and what tells of unrecorded ones. An error is permanent when trying again is in vain.
func (e *callExporter) push(ctx context.Context, spans ptrace.Traces) (err error) {
	ctx, cancel := e.untilOver(ctx)
	defer cancel()
	server := e.store.servers.current()
	defer func() {
		if err != nil && !consumererror.IsPermanent(err) {
			e.store.servers.leave(server)
		}
	}()
	if err := e.store.ensureReachable(ctx); err != nil { // before spans are read in vain
		return e.judge(err)
	}
	memory, _ := e.memory.Get().(*gathered)
	if memory == nil {
		memory = newGathered()
	}
	defer func() {
		memory.clear()
		e.memory.Put(memory)
	}()
	read := memory.read(spans)
	calls, unrecorded := newBatch(memory.rows), newBatch(memory.unrecorded)
	if len(calls.rows)+len(unrecorded.rows) > 0 {
		if err := e.store.write(ctx, &calls, &unrecorded); err != nil {
			return e.judge(err)
		}
		e.accepted()
	}
	e.tellUnaccounted(&calls)
	read.repeated, read.stored, read.expired = calls.repeated+unrecorded.repeated, calls.stored, e.expired(&calls)
	e.counts.add(len(calls.rows), len(unrecorded.rows), read) // once, with the try that succeeded
	return nil
}

// expired counts the calls that the table does not keep, since they are older than its age limit. They are sent all the same, for the
// rollups that keep longer.
func (e *callExporter) expired(calls *batch) int {
	limit := time.Duration(e.config.TTL.Calls)
	if limit == 0 || e.config.Schema != SchemaCreate { // the limit is another, or not known
		return 0
	}
	n := calls.begunBefore(e.store.now().Add(-limit))
	if n > 0 {
		e.sayExpired.Do(func() {
			e.logger.Warn("calls came that are older than ttl::calls, which the table does not keep; is the clock of their sender wrong? "+
				"llmtap_clickhouse_skipped counts them as expired", zap.Int("calls", n))
		})
	}
	return n
}

// tellUnaccounted says once that calls come without caller and cost. Nothing else would tell that the processor was left out.
func (e *callExporter) tellUnaccounted(calls *batch) {
	if n := calls.unaccounted(); n > 0 {
		e.sayUnaccounted.Do(func() {
			e.logger.Warn("calls came that no gen_ai processor has seen; their rows have neither caller nor cost: "+
				"put one before gen_ai_clickhouse, among the processors of the pipeline", zap.Int("calls", n))
		})
	}
}

// judge decides between permanent and passing. A table that is gone may come back when the schema is made again.
func (e *callExporter) judge(err error) error {
	switch {
	case clickhousedb.IsEmpty(err) && !errors.Is(err, errSchema) && e.config.Schema == SchemaCreate:
		e.store.forgetSchema()
	case e.blocked(err):
	case permanent(err):
		e.say(err.Error(), "ClickHouse cannot take what a batch of calls holds; it is dropped", err)
		return consumererror.NewPermanent(err)
	}
	return err
}

// blocked tells whether an error holds for all calls until somebody mends what it is about, and says so. Of all that a user is denied, or
// that has no room, it says the same once, whichever statement met it first.
func (e *callExporter) blocked(err error) bool {
	switch {
	case denied(err):
		e.say("denied", "ClickHouse denies the user; calls wait in the queue until username and password fit, or the user has the rights", err)
	case full(err):
		e.say("full", "ClickHouse has no room left; calls wait in the queue until it has", err)
	case unfit(err):
		e.say(err.Error(), "ClickHouse refuses calls; they wait in the queue until the configuration or the schema is changed", err)
	default:
		return false
	}
	return true
}

// say logs an error unless it is the one that was said last.
func (e *callExporter) say(refusal, message string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refusal != refusal {
		e.refusal = refusal
		e.logger.Error(message, zap.Error(err))
	}
}

func (e *callExporter) accepted() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refusal != "" {
		e.refusal = ""
		e.logger.Info("ClickHouse takes calls again")
	}
}
