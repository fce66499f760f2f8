package genaiclickhouseexporter

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// disk is a storage extension whose content outlives the exporter, and can be copied as a crash would leave it.
type disk struct {
	component.StartFunc
	component.ShutdownFunc
	mu      sync.Mutex
	content map[string][]byte
}

func (d *disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return d, nil
}

func (d *disk) Get(_ context.Context, key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.content[key], nil
}

func (d *disk) Set(ctx context.Context, key string, value []byte) error {
	return d.Batch(ctx, storage.SetOperation(key, value))
}

func (d *disk) Delete(ctx context.Context, key string) error {
	return d.Batch(ctx, storage.DeleteOperation(key))
}

func (d *disk) Batch(_ context.Context, operations ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range operations {
		switch o.Type {
		case storage.Get:
			o.Value = d.content[o.Key]
		case storage.Set:
			d.content[o.Key] = o.Value
		case storage.Delete:
			delete(d.content, o.Key)
		}
	}
	return nil
}

func (d *disk) Close(context.Context) error { return nil }

func (d *disk) copy() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &disk{content: maps.Clone(d.content)}
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

var diskID = component.MustNewID("disk")

// startOn runs the whole exporter with its queue on a disk.
func startOn(t *testing.T, config *Config, d *disk) exporter.Traces {
	t.Helper()
	config.Queue.Get().StorageID = &diskID
	factory := NewFactory()
	e, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), host{diskID: d}))
	return e
}

// brokenWire is a wire that takes inserts to the store and then, while cut, loses the answers.
func brokenWire(t *testing.T, config *Config) (cut *atomic.Bool) {
	t.Helper()
	cut = new(atomic.Bool)
	putWire(t, config, func(store http.Handler, w http.ResponseWriter, r *http.Request) {
		if !cut.Load() || !strings.HasPrefix(r.URL.Query().Get("query"), "INSERT") {
			store.ServeHTTP(w, r)
			return
		}
		store.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
	return cut
}

// putWire puts a proxy before the store, which serves each request as it likes.
func putWire(t *testing.T, config *Config, serve func(store http.Handler, w http.ResponseWriter, r *http.Request)) {
	t.Helper()
	if *overNative {
		t.Skip("this wire is of HTTP; TestNativeProtocolFailsOver breaks the native one")
	}
	address, err := url.Parse(config.Endpoints[0])
	require.NoError(t, err)
	store := httputil.NewSingleHostReverseProxy(address)
	wire := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(store, w, r) }))
	t.Cleanup(wire.Close)
	config.Endpoints = []string{wire.URL}
}

func TestCrashAfterLandingRepeatsNothing(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, newExporter(t, config).store.prepare(t.Context()))
	cut := brokenWire(t, config)
	config.Queue.Get().Batch.Get().FlushTimeout = 20 * time.Millisecond
	config.Queue.Get().NumConsumers = 32 // more than there will be batches
	config.Retry.InitialInterval = 10 * time.Millisecond

	calls := manyCalls(400)
	cut.Store(true)
	first := &disk{content: make(map[string][]byte)}
	e := startOn(t, config, first)
	for i := range 20 {
		require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(calls[10*i:10*i+10]...)))
	}
	require.Eventually(t, func() bool {
		return ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database) == "200"
	}, 10*time.Second, time.Millisecond)
	crashed := first.copy()
	cut.Store(false)
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))

	e = startOn(t, config, crashed)
	require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(calls[200:]...)))
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	e = startOn(t, config, crashed) // what a shutdown leaves on the disk
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	requireStored(t, conn, config, 400)
}

// pushLate writes calls as if an hour had passed since their end.
func pushLate(t *testing.T, e *callExporter, calls []genai.Call) error {
	t.Helper()
	last := calls[len(calls)-1]
	setClock(e, func() time.Time { return last.Start.Add(time.Hour) })
	return e.push(t.Context(), spansOf(calls...))
}

// A replica whose tables are read-only answers, and so would be asked for ever.
func TestNextReplicaTakesWhatOneRefuses(t *testing.T) {
	config, conn := newDatabase(t)
	healthy := config.Endpoints[0]
	putWire(t, config, func(store http.Handler, w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Query().Get("query"), "INSERT") {
			store.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-ClickHouse-Exception-Code", "242")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte("Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)"))
	})
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	config.Endpoints = append(config.Endpoints, healthy)
	e := newExporter(t, config)
	calls := spansOf(manyCalls(20)...)
	tries := 1
	for ; e.push(t.Context(), calls) != nil; tries++ {
		require.LessOrEqual(t, tries, e.config.Queue.Get().NumConsumers+1, "as many connections were open")
	}
	require.NotEqual(t, 1, tries)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(40)[20:]...)))
	requireStored(t, conn, config, 40)
}

func TestLateBatchCompletesItsOwnEarlierTry(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := manyCalls(30)
	require.NoError(t, pushLate(t, e, calls[:10]))
	require.NoError(t, conn.Exec(t.Context(), "DETACH TABLE "+config.Database+".cost_1h"))
	require.Error(t, pushLate(t, e, calls))
	require.NoError(t, conn.Exec(t.Context(), "ATTACH TABLE "+config.Database+".cost_1h"))
	require.Equal(t, "10", ask(t, conn, "SELECT toString(sum(calls)) FROM %s.cost_1h", config.Database))
	require.NoError(t, pushLate(t, e, calls))
	requireStored(t, conn, config, 30)
}

func TestQuestionsOfTheLargestSizeAreTaken(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.store.prepare(t.Context()))
	calls := make([]genai.Call, askIDsMax+1)
	for i := range calls {
		calls[i] = genai.Call{
			TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{1, 6: byte(i >> 8), 7: byte(i)}, Operation: genai.OperationChat,
			Start: time.Unix(0, 0).Add(time.Duration(i) * time.Hour), // each in an hour of its own, the longest text there is
		}
	}
	setClock(e, time.Now)
	require.NoError(t, e.push(t.Context(), spansOf(calls...)))
	require.NoError(t, e.push(t.Context(), spansOf(calls[1:]...)))
	require.Equal(t, "8193\t8193", ask(t, conn, "SELECT toString(count()), toString(uniqExact(call_id)) FROM %s.calls", config.Database))
}
