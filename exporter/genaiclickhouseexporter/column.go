package genaiclickhouseexporter

import (
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// column is one column of a table: its name, its type as ClickHouse writes it, and its values for some rows, in two forms.
// Over HTTP a block is made here, by native; for the native protocol the client makes it, by append.
type column struct {
	name     string
	typeName string
	append   func(driver.BatchColumn, []*Row) error
	native   func() nativeColumn
}

// table is where rows are inserted.
type table struct {
	name    string
	columns []column
}

// insertInto is the statement to insert under the table's local name. It names the columns, so that a newer schema with
// more of them still takes the rows.
func (t *table) insertInto(name string) string {
	names := make([]string, len(t.columns))
	for i := range t.columns {
		names[i] = t.columns[i].name
	}
	return "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ")"
}

// fixed is a column whose values have one form for both ways, in slices S.
func fixed[S ~[]T, T any](name, typeName string, value func(*Row) T) column {
	return column{name, typeName, appendAll(value), func() nativeColumn { return nativeFixed(new(S), value) }}
}

// appendAll hands values to the client as a slice of T. The slice is reused.
func appendAll[T any](value func(*Row) T) func(driver.BatchColumn, []*Row) error {
	var buffers sync.Pool
	return func(to driver.BatchColumn, rows []*Row) error {
		values, _ := buffers.Get().(*[]T)
		if values == nil {
			values = new([]T)
		}
		for _, row := range rows {
			*values = append(*values, value(row))
		}
		err := to.Append(*values)
		clear(*values)
		*values = (*values)[:0]
		buffers.Put(values)
		return err
	}
}

func text(name string, value func(*Row) string) column {
	return column{name, "String", appendAll(value), func() nativeColumn { return native(new(proto.ColStr), value) }}
}

func boolean(name string, value func(*Row) bool) column {
	return fixed[proto.ColBool](name, "Bool", value)
}

func count16(name string, value func(*Row) uint16) column {
	return fixed[proto.ColUInt16](name, "UInt16", value)
}

func count32(name string, value func(*Row) uint32) column {
	return fixed[proto.ColUInt32](name, "UInt32", value)
}

func count64(name string, value func(*Row) uint64) column {
	return fixed[proto.ColUInt64](name, "UInt64", value)
}

func enumerated(name, typeName string, value func(*Row) int8) column {
	return fixed[proto.ColInt8](name, typeName, value)
}

func identity(name string, value func(*Row) uuid.UUID) column {
	return fixed[proto.ColUUID](name, "UUID", value)
}

func list(name string, value func(*Row) []string) column {
	return column{name, "Array(String)", appendAll(value), func() nativeColumn { return native(new(proto.ColStr).Array(), value) }}
}

func instant(name string, value func(*Row) time.Time) column {
	return column{name, "DateTime64(6, 'UTC')", appendAll(value), func() nativeColumn {
		return nativeFixed(new(proto.ColInt64), func(r *Row) int64 { return value(r).UnixMicro() })
	}}
}

// tokenCount gives the client pointers, which is how it knows NULL; they point into the rows.
func tokenCount(name string, value func(*Row) *tokens) column {
	return column{name, "Nullable(UInt32)", appendAll(func(r *Row) *uint32 { return value(r).orNil() }), func() nativeColumn {
		return nativeNullable(new(proto.ColUInt32), func(r *Row) (uint32, bool) { return value(r).n, value(r).known })
	}}
}

// amount goes from the integer to the decimal without a float between.
func amount(name string, value func(*Row) money) column {
	orNil := func(r *Row) *decimal.Decimal {
		m := value(r)
		if !m.known {
			return nil
		}
		d := decimal.New(m.nanoUSD, -9)
		return &d
	}
	return column{name, "Nullable(Decimal(18, 9))", appendAll(orNil), func() nativeColumn {
		return nativeNullable(new(proto.ColDecimal64), func(r *Row) (proto.Decimal64, bool) {
			return proto.Decimal64(value(r).nanoUSD), value(r).known
		})
	}}
}

func texts(name string, value func(*Row) []string) column {
	return column{name, "Array(LowCardinality(String))", appendAll(value), func() nativeColumn {
		return native(newDictionaryLists(), value)
	}}
}

func labels(name string, value func(*Row) map[string]string) column {
	return column{name, "Map(LowCardinality(String), String)", appendAll(value), func() nativeColumn {
		return native(newLabelMaps(), value)
	}}
}

// boxesMax bounds the texts that a lowCardinality column keeps from batch to batch.
const boxesMax = 1024

// lowCardinality hands each text over as an interface made once per distinct text: the client's dictionary would
// otherwise allocate one per row.
func lowCardinality(name string, value func(*Row) string) column {
	type buffer struct {
		values []any
		boxes  map[string]any
	}
	buffers := sync.Pool{New: func() any { return &buffer{boxes: make(map[string]any)} }}
	own := func() nativeColumn {
		return native(newDictionary(), value)
	}
	return column{name, "LowCardinality(String)", func(to driver.BatchColumn, rows []*Row) error {
		b := buffers.Get().(*buffer)
		for _, row := range rows {
			text := value(row)
			box, known := b.boxes[text]
			if !known {
				text = strings.Clone(text) // the row's may be part of a larger piece of memory
				box = text
				b.boxes[text] = box
			}
			b.values = append(b.values, box)
		}
		err := to.Append(b.values)
		clear(b.values)
		b.values = b.values[:0]
		if len(b.boxes) > boxesMax {
			clear(b.boxes)
		}
		buffers.Put(b)
		return err
	}, own}
}

// hexText writes ids as hex text by way of one array of bytes for all rows.
func hexText(name string, appendHex func([]byte, *Row) []byte) column {
	type buffer struct {
		values [][]byte
		digits []byte
	}
	buffers := sync.Pool{New: func() any { return new(buffer) }}
	own := func() nativeColumn {
		data, digits := new(proto.ColStr), []byte(nil)
		return nativeColumn{data, func(rows []*Row) {
			for _, r := range rows {
				digits = appendHex(digits[:0], r)
				data.AppendBytes(digits)
			}
		}}
	}
	return column{name, "String", func(to driver.BatchColumn, rows []*Row) error {
		b := buffers.Get().(*buffer)
		for _, row := range rows {
			start := len(b.digits)
			b.digits = appendHex(b.digits, row)
			b.values = append(b.values, b.digits[start:])
		}
		err := to.Append(b.values)
		clear(b.values)
		b.values, b.digits = b.values[:0], b.digits[:0]
		buffers.Put(b)
		return err
	}, own}
}
