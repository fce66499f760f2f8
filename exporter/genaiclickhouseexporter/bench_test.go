package genaiclickhouseexporter

import (
	"testing"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// blockColumn is a column of a block as a batch has it, without a connection.
type blockColumn struct{ chcolumn.Interface }

// AppendRow of the interface is that of the column.
func (c blockColumn) Append(values any) error {
	_, err := c.Interface.Append(values)
	return err
}

func newBlock(t testing.TB, table *table) []blockColumn {
	columns := make([]blockColumn, len(table.columns))
	for i := range columns {
		c, err := chcolumn.Type(table.columns[i].typeName).Column(table.columns[i].name, &chcolumn.ServerContext{})
		require.NoError(t, err)
		columns[i] = blockColumn{c}
	}
	return columns
}

const benchRows = 8192

// perRow reports what an operation over benchRows rows costs for each.
func perRow(b *testing.B, run func()) {
	b.ReportAllocs()
	allocs := testing.AllocsPerRun(1, run)
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	b.ReportMetric(allocs/benchRows, "allocs/row")
}

func benchCalls() []genai.Call {
	calls := manyCalls(benchRows)
	for i := range calls {
		calls[i].Caller.Labels = nil
	}
	return calls
}

func benchedRows() []Row {
	calls := benchCalls()
	rows := make([]Row, len(calls))
	for i := range calls {
		rows[i] = toRow(&calls[i])
	}
	return rows
}

// BenchmarkPut is the row builder alone.
func BenchmarkPut(b *testing.B) {
	calls := benchCalls()
	rows := make([]Row, len(calls))
	var limits limiter
	perRow(b, func() {
		limits.texts = limits.texts[:0]
		for i := range calls {
			rows[i].put(&calls[i], &limits)
		}
	})
}

// BenchmarkRead is from spans to rows.
func BenchmarkRead(b *testing.B) {
	spans := spansOf(benchCalls()...)
	g := newGathered()
	perRow(b, func() {
		g.clear()
		g.read(spans)
	})
}

// BenchmarkRow is all that is done for a row in the exporter, from its span to its bytes.
func BenchmarkRow(b *testing.B) {
	spans := spansOf(benchCalls()...)
	g := newGathered()
	block := newNativeBlock(&callsTable, clickhouse.CompressionNone)
	perRow(b, func() {
		g.clear()
		g.read(spans)
		batch := newBatch(g.rows)
		_, err := block.encode(batch.rows)
		require.NoError(b, err)
	})
	b.ReportMetric(float64(len(block.plain.Buf))/benchRows, "bytes/row")
}

// BenchmarkEncode is from rows to their bytes over HTTP.
func BenchmarkEncode(b *testing.B) {
	rows := benchedRows()
	batch := newBatch(rows)
	block := newNativeBlock(&callsTable, clickhouse.CompressionNone)
	perRow(b, func() {
		_, err := block.encode(batch.rows)
		require.NoError(b, err)
	})
}

func BenchmarkBatch(b *testing.B) {
	rows := benchedRows()
	perRow(b, func() { newBatch(rows) })
}

// BenchmarkAppend is the same over the native protocol, where the client makes the block.
func BenchmarkAppend(b *testing.B) {
	rows := benchedRows()
	batch := newBatch(rows)
	var buffer proto.Buffer
	perRow(b, func() {
		block := newBlock(b, &callsTable)
		buffer.Reset()
		for i := range callsTable.columns {
			require.NoError(b, callsTable.columns[i].append(block[i], batch.rows))
			block[i].Encode(&buffer)
		}
	})
	b.ReportMetric(float64(len(buffer.Buf))/benchRows, "bytes/row")
}
