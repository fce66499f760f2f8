package clickhouseembeddedextension_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// tryStart starts an extension that may refuse to.
func tryStart(t *testing.T, change func(*clickhouseembeddedextension.Config)) error {
	t.Helper()
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir, config.Library = "127.0.0.1:0", t.TempDir(), clickhouseembeddedtest.Library(t)
	change(config)
	created, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	err = created.Start(context.Background(), componenttest.NewNopHost())
	require.NoError(t, created.Shutdown(context.Background()))
	return err
}

func in(folder string) func(*clickhouseembeddedextension.Config) {
	return func(config *clickhouseembeddedextension.Config) { config.DataDir = folder }
}

func TestDataSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	for restart := range 4 {
		address, stop := clickhouseembeddedtest.Open(t, in(folder))
		c := client{t: t, addr: address}
		c.must("CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n")
		c.must("INSERT INTO t SELECT " + strconv.Itoa(restart))
		require.Equal(t, strconv.Itoa(restart+1)+"\n", c.must("SELECT count() FROM t"))
		stop()
		_, err := net.Dial("tcp", address)
		require.Error(t, err, "nothing listens any more")
	}
}

func TestDataSurvivesAKill(t *testing.T) {
	folder := t.TempDir()
	for killed := range 3 {
		addr, child := startChild(t, folder)
		c := client{t: t, addr: addr}
		c.must("CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n")
		require.Equal(t, strconv.Itoa(killed*1000)+"\n", c.must("SELECT count() FROM t"))
		require.Equal(t, 200, c.insert("INSERT INTO t FORMAT CSV", strings.Repeat(strconv.Itoa(killed)+"\n", 1000)).status)
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())
	}
	c := start(t, in(folder))
	require.Equal(t, "3000\t3\n", c.must("SELECT count(), uniqExact(n) FROM t"))
}

func TestDataFolderHasOneProcess(t *testing.T) {
	folder := t.TempDir()
	said, child := startChild(t, folder)
	require.NotContains(t, said, "error")
	err := tryStart(t, in(folder))
	require.ErrorContains(t, err, "in use by process "+strconv.Itoa(child.Process.Pid))
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.NoError(t, tryStart(t, in(folder)))
}

func TestOneEngineInAProcess(t *testing.T) {
	start(t)
	require.ErrorContains(t, tryStart(t, func(*clickhouseembeddedextension.Config) {}), "is open already")
}

func TestStartErrors(t *testing.T) {
	f := func(want string, change func(*clickhouseembeddedextension.Config)) {
		t.Helper()
		err := tryStart(t, change)
		require.ErrorContains(t, err, want)
		require.Regexp(t, "^clickhouse_embedded", err.Error())
	}
	f("make libchdb", func(config *clickhouseembeddedextension.Config) { config.Library = "/nowhere/libchdb.so" })
	f("data_dir cannot be created", in("/dev/null/folder"))

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	f("address already in use", func(config *clickhouseembeddedextension.Config) { config.Endpoint = taken.Addr().String() })

	broken := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(broken, "metadata"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "metadata", "d.sql"), []byte("ATTACH garbage"), 0o600))
	f(broken, in(broken))

	require.NoError(t, tryStart(t, func(*clickhouseembeddedextension.Config) {}), "after all these the engine still opens")
}

// The engine is in the process of the proxy, which a full disk must not keep from starting.
func TestStartsOnAFullDisk(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) { config.MinFreeDiskMiB = 1 << 40 })
	c.must("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
	c.refused(c.insert("INSERT INTO t FORMAT CSV", "1\n"), 500, "243")
	require.Equal(t, "0\n", c.must("SELECT count() FROM t"))
}

// What queries put aside while they run would keep the rows out.
func TestQueriesLeaveRoomForRows(t *testing.T) {
	const group = "SELECT count() FROM (SELECT number, count() FROM numbers(1000000) GROUP BY number)"
	spilling := []string{"max_bytes_before_external_group_by=1000000", "user=dash", "password=look"}
	full := func(config *clickhouseembeddedextension.Config) { config.MinFreeDiskMiB = 1 << 40 }
	address, stop := clickhouseembeddedtest.Open(t, withUsers, full)
	c := client{t: t, addr: address}
	c.refused(c.post(group, spilling...), 500, "243")
	c.refused(c.post(group, append(spilling, "min_free_disk_space_for_temporary_data=0")...), 500, "164")
	stop()
	require.Equal(t, "1000000\n", start(t, withUsers).post(group, spilling...).body)
}

func TestLibraryIsNotALibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libchdb.so")
	require.NoError(t, os.WriteFile(path, []byte("text"), 0o600))
	require.Error(t, tryStart(t, func(config *clickhouseembeddedextension.Config) { config.Library = path }))
}

func TestWarnsWhenOthersCanReachIt(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir, config.Library = "0.0.0.0:0", t.TempDir(), clickhouseembeddedtest.Library(t)
	settings := extensiontest.NewNopSettings(factory.Type())
	settings.Logger = zap.New(core)
	created, err := factory.Create(context.Background(), settings, config)
	require.NoError(t, err)
	require.NoError(t, created.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, created.Shutdown(context.Background()))
	require.Len(t, logs.FilterMessageSnippet("can be reached from other hosts").All(), 1)
}

func TestShutdownCancelsWhatRunsTooLong(t *testing.T) {
	address, stop := clickhouseembeddedtest.Open(t, func(config *clickhouseembeddedextension.Config) { config.ShutdownTimeout = 50 * time.Millisecond })
	c := client{t: t, addr: address}
	answered, failed := make(chan answer, 1), make(chan error, 1)
	go func() {
		got, err := c.try(http.MethodPost, "", endless)
		answered <- got
		failed <- err
	}()
	c.waitRunning(1)
	stop()
	got := <-answered
	require.NoError(t, <-failed)
	require.Equal(t, "394", got.header.Get("X-ClickHouse-Exception-Code"))
	require.Contains(t, got.body, "shutting down")
}

// Some of what a query does cannot be cancelled, like compiling a regular expression. A reload of the Collector must not wait for it: the proxy
// is down meanwhile.
func TestShutdownDoesNotWaitForWhatCannotBeCancelled(t *testing.T) {
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir, config.Library = "127.0.0.1:0", t.TempDir(), clickhouseembeddedtest.Library(t)
	created, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, created.Start(context.Background(), componenttest.NewNopHost()))
	c := client{t: t, addr: created.(*clickhouseembeddedextension.Extension).Addr()}
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = c.try(http.MethodPost, "", endless)
	}()
	c.waitRunning(1)
	atOnce, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorContains(t, created.Shutdown(atOnce), "a query cannot be cancelled")
	<-left
	require.NoError(t, created.Shutdown(context.Background()), "when it has ended")
	require.NoError(t, tryStart(t, in(config.DataDir)))
}

// endless is a query without an end, whose one block never comes.
const endless = "SELECT count() FROM system.numbers WHERE NOT ignore(*)"

// waitRunning waits until so many endless queries run.
func (c client) waitRunning(want int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		return c.must("SELECT count() FROM system.processes WHERE query LIKE '%NOT ignore(*)%' AND query NOT LIKE '%processes%'") == strconv.Itoa(want)+"\n"
	}, 20*time.Second, 5*time.Millisecond)
}

func TestClientThatLeavesEndsItsQuery(t *testing.T) {
	c := start(t)
	for _, parameters := range []string{"", "wait_end_of_query=1"} {
		ctx, cancel := context.WithCancel(context.Background())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.addr+"/?"+parameters, strings.NewReader(endless))
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() {
			response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
			if err == nil {
				_ = response.Body.Close()
			}
			ended <- err
		}()
		c.waitRunning(1)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		c.waitRunning(0)
	}
}

func TestInsertOfAClientThatLeavesIsDropped(t *testing.T) {
	c := start(t)
	c.must("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
	conn, err := net.Dial("tcp", c.addr)
	require.NoError(t, err)
	_, err = conn.Write([]byte("POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n1\n2\n3\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return c.must("SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'") == "1\n"
	}, 20*time.Second, 5*time.Millisecond)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool {
		return c.must("SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'") == "0\n"
	}, 20*time.Second, 5*time.Millisecond)
	require.Equal(t, "0\n", c.must("SELECT count() FROM t"))
}
