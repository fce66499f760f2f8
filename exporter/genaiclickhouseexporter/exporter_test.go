package genaiclickhouseexporter

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the whole exporter, with queue, batches and retries, as the Collector does.
func start(t *testing.T, config *Config) exporter.Traces {
	t.Helper()
	factory := NewFactory()
	e, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	return e
}

func TestCallsWaitForAStoreThatIsAway(t *testing.T) {
	addr := freeport.Address(t)
	config := configFor("http://" + addr)
	config.Queue.Get().Batch.Get().FlushTimeout = 10 * time.Millisecond
	config.Retry.InitialInterval, config.Retry.MaxInterval = 10*time.Millisecond, 50*time.Millisecond
	e := start(t, config)
	for _, call := range manyCalls(20) {
		require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(call)), "the store is no concern of the caller")
	}
	clickhouseembeddedtest.Start(t, func(embedded *clickhouseembeddedextension.Config) { embedded.Endpoint = addr })
	conn := connect(t, config)
	require.Eventually(t, func() bool {
		var n uint64
		return conn.QueryRow(t.Context(), "SELECT count() FROM llmtap.calls").Scan(&n) == nil && n == 20
	}, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	fromCalls, fromCost1h, _ := sums(t, conn, "llmtap")
	require.Equal(t, fromCalls, fromCost1h)
}

// With wait_for_result a sender, who else keeps what it sends, hears what became of it.
func TestSenderHearsTheResultItWaitsFor(t *testing.T) {
	addr := freeport.Address(t)
	config := configFor("http://" + addr)
	config.Queue.Get().WaitForResult = true
	config.Detection.Enabled = false
	config.TimeoutConfig.Timeout = 5 * time.Minute // of making the tables
	config.Queue.Get().Batch.Get().FlushTimeout = 10 * time.Millisecond
	config.Retry.Enabled = false
	e := start(t, config)
	calls := manyCalls(2)
	err := e.ConsumeTraces(t.Context(), spansOf(calls[0]))
	require.Error(t, err)
	require.False(t, consumererror.IsPermanent(err))
	clickhouseembeddedtest.Start(t, func(embedded *clickhouseembeddedextension.Config) { embedded.Endpoint = addr })
	conn := connect(t, config)
	for i, want := range []string{"1", "2"} {
		require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(calls[i])))
		require.Equal(t, want, ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
	}
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
}

// A batch processor before the exporter may hand on what SDKs sent in a minute, prompts included.
func TestCallsOfMoreThanIsGatheredAreStored(t *testing.T) {
	config, conn := newDatabase(t)
	e := start(t, config)
	spans := spansOf(manyCalls(2)...)
	for _, span := range spans.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().PutStr("gen_ai.input.messages", strings.Repeat("x", gatherBytesMax/2))
	}
	require.NoError(t, e.ConsumeTraces(t.Context(), spans))
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	require.Equal(t, "2", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

func TestQueueThatCannotBeOpenedIsSaid(t *testing.T) {
	f := func(want string, prepare func(file string)) {
		t.Helper()
		factory, id := filestorage.NewFactory(), component.MustNewID("file_storage")
		disk := factory.CreateDefaultConfig().(*filestorage.Config)
		disk.Directory, disk.Timeout = t.TempDir(), time.Millisecond
		prepare(filepath.Join(disk.Directory, "exporter_gen_ai_clickhouse__traces"))
		files, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), disk)
		require.NoError(t, err)
		config := configFor("http://" + freeport.Address(t))
		config.Queue.Get().StorageID = &id
		set := exportertest.NewNopSettings(componentType)
		set.ID = component.NewID(componentType)
		e, err := NewFactory().CreateTraces(t.Context(), set, config)
		require.NoError(t, err)
		err = e.Start(t.Context(), host{id: files})
		require.ErrorContains(t, err, "sending_queue::storage: file_storage cannot be opened: "+want)
		require.ErrorContains(t, err, "its folder must be this Collector's alone, and a damaged file must be moved away")
		require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	}
	f("timeout", func(file string) {
		other, err := os.Create(file)
		require.NoError(t, err)
		require.NoError(t, syscall.Flock(int(other.Fd()), syscall.LOCK_EX))
		t.Cleanup(func() { require.NoError(t, other.Close()) })
	})
	f("invalid database", func(file string) { require.NoError(t, os.WriteFile(file, make([]byte, 1<<16), 0o600)) })
}

// A storage that was forgotten under service::extensions has no folder and no damaged file.
func TestQueueWithoutItsStorageIsSaid(t *testing.T) {
	f := func(want string, extensions host) {
		t.Helper()
		id := component.MustNewID("file_storage")
		config := configFor("http://" + freeport.Address(t))
		config.Queue.Get().StorageID = &id
		e, err := NewFactory().CreateTraces(t.Context(), exportertest.NewNopSettings(componentType), config)
		require.NoError(t, err)
		require.EqualError(t, e.Start(t.Context(), extensions), "sending_queue::storage: file_storage is no storage among service::extensions: "+want)
		require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	}
	f("no storage client extension found", host{})
	f("requested extension is not a storage extension", host{component.MustNewID("file_storage"): struct {
		component.StartFunc
		component.ShutdownFunc
	}{}})
}

// A queue stays full as long as the store is away, with two batches a second that are dropped.
func TestDroppedBatchIsSaidOnce(t *testing.T) {
	config := configFor("http://" + freeport.Address(t))
	config.Queue.Get().QueueSize = 1
	core, logs := observer.New(zap.ErrorLevel)
	set := exportertest.NewNopSettings(componentType)
	set.Logger = zap.New(core)
	e, err := NewFactory().CreateTraces(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(manyCalls(3)...)))
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	require.Equal(t, 1, logs.Len(), logs.All())
	require.EqualValues(t, 3, logs.All()[0].ContextMap()["rejected_items"])
}

func TestShutdownWritesWhatTheQueueHolds(t *testing.T) {
	config, conn := newDatabase(t)
	config.Queue.Get().Batch.Get().FlushTimeout = time.Hour
	e := start(t, config)
	require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(manyCalls(7)...)))
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	require.Equal(t, "7", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

// A pipeline without the processor works, and stores calls of nobody that cost nothing known.
func TestCallsWithoutAccountingAreSaidOnce(t *testing.T) {
	config, _ := newDatabase(t)
	e, logs := startWatched(t, config)
	f := func(want int, costs ...genai.Cost) {
		t.Helper()
		calls := manyCalls(len(costs))
		for i := range calls {
			calls[i].Cost = costs[i]
		}
		require.NoError(t, e.push(t.Context(), spansOf(calls...)))
		require.Equal(t, want, logs.FilterMessageSnippet("no gen_ai processor has seen").Len())
	}
	f(0, genai.Cost{Source: "unknown"}, genai.Cost{Known: true, Source: "price_book"}, genai.Cost{Known: true})
	f(1, genai.Cost{Source: "unknown"}, genai.Cost{}, genai.Cost{})
	require.EqualValues(t, 2, logs.All()[0].ContextMap()["calls"])
	f(1, genai.Cost{})
}

// countingExporter is one whose metrics the reader gives.
func countingExporter(t *testing.T, config *Config, logger *zap.Logger) (*callExporter, metric.Reader) {
	t.Helper()
	reader := metric.NewManualReader()
	set := exportertest.NewNopSettings(componentType)
	set.Logger = logger
	set.MeterProvider = metric.NewMeterProvider(metric.WithReader(reader))
	e, err := newCallExporter(config, set)
	require.NoError(t, err)
	require.NoError(t, e.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.WithoutCancel(t.Context()))) })
	return e, reader
}

// sumsOf gives what was counted, by metric and reason.
func sumsOf(t *testing.T, reader metric.Reader) map[string]int64 {
	t.Helper()
	var got metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &got))
	sums := make(map[string]int64)
	for _, m := range got.ScopeMetrics[0].Metrics {
		for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
			reason, _ := point.Attributes.Value("reason")
			sums[m.Name+"/"+reason.AsString()] += point.Value
		}
	}
	return sums
}

func TestWhatIsNoRowIsCounted(t *testing.T) {
	config, conn := newDatabase(t)
	config.TTL.Calls = Age(400 * day)
	logger, logs := observer.New(zap.WarnLevel)
	e, reader := countingExporter(t, config, zap.New(logger))

	calls := manyCalls(3)
	for i := range calls {
		calls[i].Start = time.Now()
	}
	calls = append(calls, calls[0], genai.Call{Operation: "execute_tool", TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{9}},
		genai.Call{Operation: genai.OperationChat, TraceID: pcommon.TraceID{1}})
	calls[1].ToolNames = make([]string, listItemsMax+1)
	spans := tell(tell(tell(spansOf(calls...), 1, 7), 1, 7), 0, 7) // the last has no id
	require.NoError(t, e.push(t.Context(), spans))
	require.NoError(t, e.push(t.Context(), spansOf(calls[4])), "nothing to write")
	old := genai.Call{Operation: genai.OperationChat, TraceID: pcommon.TraceID{2}, SpanID: pcommon.SpanID{1}, Start: time.Now().AddDate(-2, 0, 0)}
	for range 2 {
		require.NoError(t, e.push(t.Context(), spansOf(old)))
	}
	require.Equal(t, 1, logs.FilterMessageSnippet("older than ttl::calls").Len(), "said once")
	require.Equal(t, "1", ask(t, conn, "SELECT toString(sum(calls)) FROM %s.cost_1h WHERE t < now() - toIntervalYear(1)", config.Database))
	require.Eventually(t, func() bool { // ClickHouse drops the old one behind the insert
		return ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database) == "3"
	}, 20*time.Second, 5*time.Millisecond)

	sums := sumsOf(t, reader)
	require.Equal(t, map[string]int64{
		"llmtap_clickhouse_calls/": 3, "llmtap_clickhouse_unrecorded/": 1, "llmtap_clickhouse_cut/": 1, "llmtap_clickhouse_skipped/no_call": 2,
		"llmtap_clickhouse_skipped/no_id": 2, "llmtap_clickhouse_skipped/repeated": 2,
		"llmtap_clickhouse_skipped/expired": 2, "llmtap_clickhouse_skipped/stored": 0,
	}, sums)
	delete(sums, "llmtap_clickhouse_cut/")
	var accounted int64
	for _, n := range sums {
		accounted += n
	}
	require.EqualValues(t, spans.SpanCount()+3, accounted, "each span is of one kind")
}
