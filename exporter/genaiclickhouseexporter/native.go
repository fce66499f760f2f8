package genaiclickhouseexporter

import (
	"fmt"
	"slices"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// nativeColumn gathers the values of one column in ClickHouse's own form, without an allocation for each.
type nativeColumn struct {
	data columnData
	put  func([]*Row)
}

type columnData interface {
	Rows() int
	EncodeColumn(*proto.Buffer)
	Reset()
}

// native is a column that takes one value after the other.
func native[T any](data interface {
	columnData
	Append(T)
}, value func(*Row) T,
) nativeColumn {
	return nativeColumn{data, func(rows []*Row) {
		for _, row := range rows {
			data.Append(value(row))
		}
	}}
}

// nativeFixed is a column whose form is a slice of values.
func nativeFixed[S ~[]T, T any](data *S, value func(*Row) T) nativeColumn {
	return nativeColumn{any(data).(columnData), func(rows []*Row) {
		values := *data
		for _, row := range rows {
			values = append(values, value(row))
		}
		*data = values
	}}
}

// nativeNullable is a column of values that may be unknown.
func nativeNullable[S ~[]T, T any](data *S, value func(*Row) (T, bool)) nativeColumn {
	column := proto.NewColNullable[T](any(data).(proto.ColumnOf[T]))
	return nativeColumn{column, func(rows []*Row) {
		nulls, values := column.Nulls, *data
		for _, row := range rows {
			v, known := value(row)
			null := uint8(1)
			if known {
				null = 0
			}
			nulls, values = append(nulls, null), append(values, v)
		}
		column.Nulls, *data = nulls, values
	}}
}

// nativeBlock is a block in the format Native, reused from batch to batch.
type nativeBlock struct {
	table      *table
	columns    []nativeColumn
	plain      proto.Buffer
	compressor *compress.Writer // nil for none
	packed     []byte
}

// rowsNear is how many rows are read by one column after the other: they lie in the processor's cache meanwhile.
const rowsNear = 64

// frameBytesMax is the most that is compressed as one piece, as ClickHouse itself does it.
const frameBytesMax = 1 << 20

// keptBytesMax bounds what a block keeps for its next batch.
const keptBytesMax = 64 << 20

var compressionMethods = map[clickhouse.CompressionMethod]compress.Method{
	clickhouse.CompressionLZ4: compress.LZ4, clickhouse.CompressionZSTD: compress.ZSTD,
}

func newNativeBlock(t *table, compression clickhouse.CompressionMethod) *nativeBlock {
	b := &nativeBlock{table: t}
	if method, packs := compressionMethods[compression]; packs {
		b.compressor = compress.NewWriter(compress.LevelZero, method)
	}
	for i := range t.columns {
		b.columns = append(b.columns, t.columns[i].native())
	}
	return b
}

// encode gives the rows, in compressed frames unless there is no compression. They are valid until the next call.
func (b *nativeBlock) encode(rows []*Row) ([]byte, error) {
	for near := range slices.Chunk(rows, rowsNear) {
		for i := range b.columns {
			b.columns[i].put(near)
		}
	}
	b.plain.Reset()
	b.plain.PutUVarInt(uint64(len(b.columns)))
	b.plain.PutUVarInt(uint64(len(rows)))
	for i := range b.columns {
		if err := b.encodeColumn(&b.table.columns[i], b.columns[i], len(rows)); err != nil {
			return nil, err
		}
		b.columns[i].data.Reset()
	}
	if b.compressor == nil {
		return b.plain.Buf, nil
	}
	b.packed = b.packed[:0]
	for plain := b.plain.Buf; len(plain) > 0; {
		frame := plain[:min(len(plain), frameBytesMax)]
		if err := b.compressor.Compress(frame); err != nil {
			return nil, err
		}
		b.packed = append(b.packed, b.compressor.Data...)
		plain = plain[len(frame):]
	}
	return b.packed, nil
}

func (b *nativeBlock) encodeColumn(c *column, values nativeColumn, rows int) error {
	b.plain.PutString(c.name)
	b.plain.PutString(c.typeName)
	if has := values.data.Rows(); has != rows {
		return fmt.Errorf("column %s: has %d rows and not %d", c.name, has, rows)
	}
	if stateful, ok := values.data.(proto.StateEncoder); ok {
		stateful.EncodeState(&b.plain)
	}
	values.data.EncodeColumn(&b.plain)
	return nil
}

// nativeBlocks keeps blocks of one table for reuse, one for each batch that is written at once.
type nativeBlocks struct {
	free  chan *nativeBlock
	fresh func() *nativeBlock
	// compressed is 1 when the blocks come in compressed frames, and else 0.
	compressed int
}

func newNativeBlocks(t *table, compression clickhouse.CompressionMethod, consumers int) *nativeBlocks {
	n := &nativeBlocks{free: make(chan *nativeBlock, consumers), fresh: func() *nativeBlock { return newNativeBlock(t, compression) }}
	if compression != clickhouse.CompressionNone {
		n.compressed = 1
	}
	return n
}

func (n *nativeBlocks) take() *nativeBlock {
	select {
	case b := <-n.free:
		return b
	default:
		return n.fresh()
	}
}

// giveBack keeps no block that one huge batch has made huge.
func (n *nativeBlocks) giveBack(b *nativeBlock) {
	if cap(b.plain.Buf) > keptBytesMax {
		return
	}
	select {
	case n.free <- b:
	default:
	}
}
