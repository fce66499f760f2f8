package genaiclickhouseexporter

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	chproto "github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// The client's decoder reads from a block made here what the client's own block holds.
func TestBlocksAreThoseOfTheClient(t *testing.T) {
	calls := append(manyCalls(70_000), fullCall(), genai.Call{Start: time.Unix(0, 0)})
	for i := range 300 { // more texts than one byte counts, in one column more than two do
		calls[i].Caller.Team = fmt.Sprint("team", i)
	}
	for i := range 66_000 {
		calls[i].Caller.App = fmt.Sprint("app", i)
	}
	calls[5].ToolNames, calls[6].ToolNames = nil, []string{"", "a", ""}
	calls[7].Caller.Labels = nil
	rows := make([]Row, len(calls))
	for i := range calls {
		rows[i] = toRow(&calls[i])
		rows[i].Unrecorded = &genai.Unrecorded{Reason: fmt.Sprint("reason", i%3), Calls: int64(i), First: calls[i].Start.Add(-time.Second)}
	}
	pointers := make([]*Row, len(rows))
	for i := range rows {
		pointers[i] = &rows[i]
	}
	for _, table := range tables {
		var client proto.Buffer
		block := chproto.Block{ServerContext: utc}
		for i := range table.columns {
			require.NoError(t, block.AddColumn(table.columns[i].name, chcolumn.Type(table.columns[i].typeName)))
			require.NoError(t, table.columns[i].append(blockColumn{block.Columns[i]}, pointers))
		}
		require.NoError(t, block.Encode(&client, 0))
		want := decoded(t, client.Buf)
		own := newNativeBlock(table, clickhouse.CompressionNone)
		for range 2 { // a block is reused
			plain, err := own.encode(pointers)
			require.NoError(t, err)
			got := decoded(t, plain)
			require.Equal(t, want.ColumnsNames(), got.ColumnsNames())
			for i, column := range got.Columns {
				require.Equal(t, want.Columns[i].Type(), column.Type())
				for row := 0; row < len(rows); row += 1 + row/50 {
					require.Equal(t, want.Columns[i].Row(row, false), column.Row(row, false), "%s of row %d", column.Name(), row)
				}
			}
		}
	}
}

var utc = &chcolumn.ServerContext{Timezone: time.UTC}

func decoded(t *testing.T, plain []byte) *chproto.Block {
	t.Helper()
	block := &chproto.Block{ServerContext: utc}
	require.NoError(t, block.Decode(proto.NewReader(bytes.NewReader(plain)), 0))
	return block
}

func TestDictionaryForgetsWhenItGrows(t *testing.T) {
	d := newDictionary()
	for i := range dictionaryTextsMax {
		d.Append(fmt.Sprint("x", i))
	}
	d.Reset()
	require.Len(t, d.known, dictionaryTextsMax)
	d.Append("one more")
	d.Reset()
	require.Empty(t, d.known)
}

func TestCompressionGoesByWhereTheServersAre(t *testing.T) {
	f := func(want, configured string, addrs ...string) {
		t.Helper()
		require.Equal(t, want, (&servers{addrs: addrs}).compressionFor(configured))
	}
	f("none", "auto", "127.0.0.1:8123")
	f("none", "auto", "[::1]:8123", "localhost:9000")
	f("lz4", "auto", "127.0.0.1:8123", "ch1:8123")
	f("lz4", "auto", "10.0.0.1:8123")
	f("zstd", "zstd", "127.0.0.1:8123")
	f("none", "none", "ch1:8123")
}
