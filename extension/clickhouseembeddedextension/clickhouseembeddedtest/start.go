// Package clickhouseembeddedtest starts the extension clickhouse_embedded for the tests of other packages.
package clickhouseembeddedtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

// Start opens ClickHouse on a folder of the test's own and a free port of loopback, unless changes say else, and gives host:port. It closes
// with the test. A process has one engine, so tests that use it cannot run in parallel, and subtests share their parent's.
func Start(t testing.TB, changes ...func(*clickhouseembeddedextension.Config)) (address string) {
	t.Helper()
	address, _ = Open(t, changes...)
	return address
}

// Open is Start for tests that stop it early.
func Open(t testing.TB, changes ...func(*clickhouseembeddedextension.Config)) (address string, stop func()) {
	t.Helper()
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir, config.Library = "127.0.0.1:0", t.TempDir(), Library(t)
	for _, change := range changes {
		change(config)
	}
	created, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, created.Start(context.Background(), componenttest.NewNopHost()))
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			require.NoError(t, created.Shutdown(context.Background()))
		}
	}
	t.Cleanup(stop)
	return created.(*clickhouseembeddedextension.Extension).Addr(), stop
}

// Connect opens a connection to an engine at host:port. It closes with the test.
func Connect(t testing.TB, address string) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address}, Protocol: clickhouse.HTTP})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// Library is the path of libchdb: that of the environment, else the one fetched into the repository above the working folder.
func Library(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("LLMTAP_LIBCHDB"); path != "" {
		return path
	}
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if path := filepath.Join(folder, ".cache", "libchdb", "libchdb.so"); exists(path) {
			return path
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			require.FailNow(t, "libchdb is missing: fetch it with `make libchdb` (or `scripts/fetch-libchdb.sh`)")
		}
		folder = parent
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
