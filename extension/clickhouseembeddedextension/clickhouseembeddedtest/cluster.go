package clickhouseembeddedtest

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/httpinterface"
)

// twoShards is a cluster whose shards are both the server itself, which asks itself without a connection; of the other, away, no shard answers.
const twoShards = `<clickhouse>
  <tcp_port>9000</tcp_port>
  <macros><cluster>two</cluster></macros>
  <zookeeper><implementation>testkeeper</implementation></zookeeper>
  <remote_servers>
    <two>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    </two>
    <away><shard><replica><host>127.0.0.1</host><port>1</port></replica></shard></away>
  </remote_servers>
</clickhouse>`

// StartCluster opens ClickHouse as a cluster of two shards, which its macro {cluster} names, and gives host:port. Both shards have the same
// rows: Distributed tables give each twice. A Replicated table can be made, and says what it would refuse, but stays read-only, as replicas need
// a port of the server's; its database must be dropped before the test ends.
func StartCluster(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "config.xml")
	require.NoError(t, os.WriteFile(config, []byte(twoShards), 0o600))
	library, err := filepath.EvalSymlinks(Library(t)) // as the extension does; a process loads one only
	require.NoError(t, err)
	engine, err := chdb.Open(library, filepath.Join(folder, "data"), []chdb.Setting{{Name: "config-file", Value: config}})
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	handler, err := httpinterface.New(engine, httpinterface.Config{
		Users: []httpinterface.User{{Name: "default"}}, QueriesMax: 8, BodyBytesMax: 1 << 30, QueryTimeout: time.Minute,
		RoomForRows: func() error { return nil },
	})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.Close(); require.NoError(t, handler.Close(context.Background())) })
	return strings.TrimPrefix(server.URL, "http://")
}

var needsKeeper = regexp.MustCompile(` ON CLUSTER '\{cluster\}'|Replicated(\w*MergeTree\()'[^']*', '\{replica\}'(?:, )?`)

// MakeTables runs the statements of a schema for a cluster, but for what StartCluster's lacks, which has nothing to keep replicas the same by.
func MakeTables(t testing.TB, address, schema string) {
	t.Helper()
	conn := Connect(t, address)
	for statement := range strings.SplitSeq(WithoutKeeper(strings.TrimSpace(schema)), ";\n") {
		require.NoError(t, conn.Exec(t.Context(), statement), statement)
	}
}

// WithoutKeeper is statements for a cluster as StartCluster's can run them.
func WithoutKeeper(statements string) string { return needsKeeper.ReplaceAllString(statements, "$1") }
