package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
)

func TestPermanentOrPassing(t *testing.T) {
	f := func(want bool, err error) {
		t.Helper()
		require.Equal(t, want, permanent(err))
		require.Equal(t, want, permanent(fmt.Errorf("insert: %w", errors.Join(errors.New("other"), err))))
	}
	f(true, &clickhouse.HTTPError{StatusCode: 400, Err: &clickhouse.Exception{Code: 117}}) // INCORRECT_DATA
	f(true, clickhouse.ErrBatchInvalid)
	f(false, &clickhouse.HTTPError{StatusCode: 404, Err: &clickhouse.Exception{Code: 81}}) // UNKNOWN_DATABASE
	f(false, errSchema)
	f(false, &clickhouse.Exception{Code: 516}) // AUTHENTICATION_FAILED
	f(false, &clickhouse.HTTPError{StatusCode: http.StatusForbidden, Err: errors.New("")})
	f(false, &clickhouse.Exception{Code: 252}) // TOO_MANY_PARTS
	f(false, &clickhouse.Exception{Code: 241}) // MEMORY_LIMIT_EXCEEDED
	f(false, &clickhouse.Exception{Code: 242}) // TABLE_IS_READ_ONLY, while Keeper is away
	f(false, &clickhouse.HTTPError{StatusCode: http.StatusBadGateway, Err: errors.New("")})
	f(false, context.DeadlineExceeded)
	f(false, net.ErrClosed)
	require.False(t, permanent(nil))
}

// Whoever a redirect names would get the password and the rows.
func TestRedirectsAreRefused(t *testing.T) {
	from := httptest.NewServer(http.RedirectHandler("http://"+freeport.Address(t), http.StatusTemporaryRedirect))
	t.Cleanup(from.Close)
	err := newExporter(t, configFor(from.URL)).push(t.Context(), spansOf(manyCalls(1)...))
	require.ErrorContains(t, err, "which is not followed")
	require.False(t, consumererror.IsPermanent(err))
}

func TestStoreThatIsAwayIsNoPermanentError(t *testing.T) {
	address := freeport.Address(t)
	for _, scheme := range []string{"http://", "clickhouse://"} {
		config := createDefaultConfig().(*Config)
		config.Endpoints = []string{scheme + address}
		e := newExporter(t, config) // which starts all the same
		err := e.push(t.Context(), spansOf(fullCall()))
		require.ErrorContains(t, err, "connection refused")
		require.False(t, consumererror.IsPermanent(err))
	}
}

// To read a batch takes many times as long as to ask, and each try of a store that is away would read it again.
func TestStoreIsAskedBeforeSpansAreReadInVain(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Endpoints = []string{"http://" + freeport.Address(t)}
	e := newExporter(t, config)
	unreadable := ptrace.Traces{}
	require.ErrorContains(t, e.push(t.Context(), unreadable), "connection refused")
	e.running.Wait()
	e.store.prepared = true // until it went away
	require.ErrorContains(t, e.push(t.Context(), spansOf(fullCall())), "connection refused")
	require.ErrorContains(t, e.push(t.Context(), unreadable), "connection refused")

	config, conn := newDatabase(t)
	e = newExporter(t, config)
	e.store.away.Store(true)
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.False(t, e.store.away.Load())
	require.Equal(t, "1", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

func TestStoreThatHangsHoldsABatchNoLongerThanItsTimeout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	for _, scheme := range []string{"http://", "clickhouse://"} {
		config := createDefaultConfig().(*Config)
		config.Endpoints = []string{scheme + listener.Addr().String(), scheme + listener.Addr().String()}
		config.TimeoutConfig.Timeout = 100 * time.Millisecond
		e, logs := startWatched(t, config)
		ctx, cancel := context.WithTimeout(t.Context(), config.TimeoutConfig.Timeout)
		defer cancel()
		begun := time.Now()
		err = e.push(ctx, spansOf(fullCall()))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, consumererror.IsPermanent(err))
		e.running.Wait()
		require.Less(t, time.Since(begun), dialTimeout)
		require.Equal(t, []string{"ClickHouse cannot be reached, or is slow to make the tables; calls wait in the queue. Is it http://, https:// or clickhouse:// that the port of endpoints speaks?"}, messages(logs))
	}
}

// Each of the batches in memory would else wait as long as the first, and the Collector, or its reload, for all of them.
func TestShutdownWaitsOnceForAStoreThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	config := configFor("http://" + listener.Addr().String())
	config.TimeoutConfig.Timeout = 100 * time.Millisecond
	config.Queue.Get().Batch = configoptional.None[exporterhelper.BatchConfig]()
	core, logs := observer.New(zap.ErrorLevel)
	set := exportertest.NewNopSettings(componentType)
	set.Logger = zap.New(core)
	e, err := NewFactory().CreateTraces(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	calls := manyCalls(100)
	for i := range calls {
		require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(calls[i])))
	}
	require.NoError(t, e.Shutdown(t.Context()))
	dropped := logs.FilterMessage("Exporting failed. Dropping data.")
	require.Equal(t, len(calls), dropped.Len())
	atOnce := dropped.Filter(func(entry observer.LoggedEntry) bool {
		return strings.Contains(fmt.Sprint(entry.ContextMap()["error"]), context.Canceled.Error())
	})
	require.NotZero(t, atOnce.Len())
}

func TestShutdownEndsWithAFullQueueToo(t *testing.T) {
	config := configFor("http://" + freeport.Address(t))
	config.TimeoutConfig.Timeout = 100 * time.Millisecond
	queue := config.Queue.Get()
	queue.Sizer, queue.QueueSize, queue.BlockOnOverflow, queue.NumConsumers = exporterhelper.RequestSizerTypeRequests, 1, true, 1
	queue.Batch.Get().MinSize = 1 // each call is a batch
	e, err := NewFactory().CreateTraces(t.Context(), exportertest.NewNopSettings(componentType), config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	calls := manyCalls(10)
	for i := range calls {
		require.NoError(t, e.ConsumeTraces(t.Context(), spansOf(calls[i])))
	}
	require.NoError(t, e.Shutdown(t.Context()))
}

func TestNextServerTakesOver(t *testing.T) {
	config, conn := newDatabase(t)
	scheme, _, _ := strings.Cut(config.Endpoints[0], "//")
	config.Endpoints = append([]string{scheme + "//" + freeport.Address(t)}, config.Endpoints...)
	require.NoError(t, newExporter(t, config).push(t.Context(), spansOf(fullCall())))
	require.Equal(t, "1", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

func TestDatabaseDroppedMeanwhileIsMadeAgain(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(2)...)))
	require.NoError(t, conn.Exec(t.Context(), "DROP DATABASE "+config.Database))
	err := e.push(t.Context(), spansOf(manyCalls(2)...))
	require.Error(t, err)
	require.False(t, consumererror.IsPermanent(err))
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(2)...)))
	require.Equal(t, "2", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

// startWatched starts an exporter and gives the warnings that it logs.
func startWatched(t *testing.T, config *Config) (*callExporter, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.WarnLevel)
	set := exportertest.NewNopSettings(componentType)
	set.Logger = zap.New(core)
	e, err := newCallExporter(config, set)
	require.NoError(t, err)
	require.NoError(t, e.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.WithoutCancel(t.Context()))) })
	return e, logs
}

// A Collector that is older than the tables, or whose tables nobody has made yet, loses no call: all wait in the queue.
func TestUnfitSchemaIsSaidOnceAndCallsWait(t *testing.T) {
	config, conn := newDatabase(t)
	config.Schema = SchemaVerify
	e, logs := startWatched(t, config)
	waits := func(want string) {
		t.Helper()
		for range 3 {
			err := e.push(t.Context(), spansOf(fullCall()))
			require.ErrorContains(t, err, want)
			require.False(t, consumererror.IsPermanent(err))
		}
		e.running.Wait()
		require.Equal(t, []string{"ClickHouse refuses calls; they wait in the queue until the configuration or the schema is changed"}, messages(logs))
		require.Contains(t, logs.TakeAll()[0].ContextMap()["error"], want)
	}
	waits("database " + config.Database + " has no table schema_migrations")

	create := *config
	create.Schema = SchemaCreate
	require.NoError(t, schema{&create, conn}.prepare(t.Context()))
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(1)...)))
	require.Empty(t, e.refusal)

	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("RENAME TABLE %[1]s.calls TO %[1]s.elsewhere", config.Database)))
	waits("UNKNOWN_TABLE")
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("RENAME TABLE %[1]s.elsewhere TO %[1]s.calls", config.Database)))
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.Equal(t, "2", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

// ClickHouse says BAD_ARGUMENTS of a schema as well as of rows; no batch is to blame for its schema.
func TestSchemaThatCannotBeMadeCostsNoCall(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	f := func(want string, config *Config) {
		t.Helper()
		e, logs := startWatched(t, config)
		for range 3 {
			err := e.push(t.Context(), spansOf(fullCall()))
			require.ErrorContains(t, err, want)
			require.False(t, consumererror.IsPermanent(err))
		}
		e.running.Wait()
		require.Equal(t, []string{"ClickHouse refuses calls; they wait in the queue until the configuration or the schema is changed"}, messages(logs))
	}
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("CREATE OR REPLACE TABLE %[1]s.content AS %[1]s.content ENGINE = Null", config.Database)))
	aged, replicated := *config, *config
	aged.TTL.Content = Age(14 * day)
	f("Engine Null doesn't support TTL clause", &aged) // BAD_ARGUMENTS
	replicated.Database, replicated.Cluster = config.Database+"_replicated", "{nowhere}"
	f("No macro 'nowhere' in config", &replicated)
}

// A password that is changed in the store first, and then here, costs no call: what the old one is denied waits in the queue.
func TestDeniedUserIsSaidOnceAndCallsWait(t *testing.T) {
	folder := t.TempDir()
	serve := func(address, password string) (string, func()) {
		return clickhouseembeddedtest.Open(t, func(embedded *clickhouseembeddedextension.Config) {
			embedded.Endpoint, embedded.DataDir, embedded.Username, embedded.Password = address, folder, "writer", configopaque.String(password)
		})
	}
	address, stop := serve("127.0.0.1:0", "right")
	config := configFor("http://" + address)
	config.Username, config.Password = "writer", "right"
	e, logs := startWatched(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(1)...)))
	stop()
	_, stop = serve(address, "changed")
	for range 3 {
		err := e.push(t.Context(), spansOf(manyCalls(2)[1]))
		require.ErrorContains(t, err, "AUTHENTICATION_FAILED")
		require.False(t, consumererror.IsPermanent(err))
		require.NotContains(t, err.Error(), "right")
	}
	require.Equal(t, []string{"ClickHouse denies the user; calls wait in the queue until username and password fit, or the user has the rights"}, messages(logs))
	stop()
	serve(address, "right")
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(2)[1])))
	require.Empty(t, e.refusal)
}

// How much room is left differs from one refusal to the next.
func TestFullDiskIsSaidOnceAndCallsWait(t *testing.T) {
	folder := t.TempDir()
	serve := func(address string, minFreeMiB uint64) (string, func()) {
		return clickhouseembeddedtest.Open(t, func(embedded *clickhouseembeddedextension.Config) {
			embedded.Endpoint, embedded.DataDir, embedded.MinFreeDiskMiB = address, folder, minFreeMiB
		})
	}
	address, stop := serve("127.0.0.1:0", 0)
	e, logs := startWatched(t, configFor("http://"+address))
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(1)...)))
	for i := range 2 {
		stop()
		_, stop = serve(address, 1<<30+uint64(i))
		err := e.push(t.Context(), spansOf(manyCalls(2)[1]))
		require.ErrorContains(t, err, "NOT_ENOUGH_SPACE")
		require.False(t, consumererror.IsPermanent(err))
	}
	require.Equal(t, []string{"ClickHouse has no room left; calls wait in the queue until it has"}, messages(logs))
	stop()
	serve(address, 0)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(2)[1])))
	require.Empty(t, e.refusal)
}

func messages(logs *observer.ObservedLogs) (all []string) {
	for _, entry := range logs.All() {
		all = append(all, entry.Message)
	}
	return all
}

func TestCompressions(t *testing.T) {
	config, conn := newDatabase(t)
	for i, compression := range []string{"none", "lz4", "zstd", "auto"} {
		config.Compression = compression
		call := fullCall()
		call.SpanID[0] = byte(i + 1)
		require.NoError(t, newExporter(t, config).push(t.Context(), spansOf(call)))
	}
	require.Equal(t, "4", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}
