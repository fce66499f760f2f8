package genaiclickhouseexporter

import (
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// column is one column of a table: its name, its type as ClickHouse writes it, and its values for some rows.
type column struct {
	name     string
	typeName string
	append   func(driver.BatchColumn, []*Row) error
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

// namesAndTypes saves the client from asking the server for them before each insert over HTTP.
func (t *table) namesAndTypes() []clickhouse.ColumnNameAndType {
	columns := make([]clickhouse.ColumnNameAndType, len(t.columns))
	for i := range t.columns {
		columns[i] = clickhouse.ColumnNameAndType{Name: t.columns[i].name, Type: t.columns[i].typeName}
	}
	return columns
}

// typed makes a column whose values the client takes as a slice of T. The slice is reused.
func typed[T any](name, typeName string, value func(*Row) T) column {
	var buffers sync.Pool
	return column{name, typeName, func(to driver.BatchColumn, rows []*Row) error {
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
	}}
}

func text(name string, value func(*Row) string) column { return typed(name, "String", value) }

func boolean(name string, value func(*Row) bool) column { return typed(name, "Bool", value) }

func count16(name string, value func(*Row) uint16) column { return typed(name, "UInt16", value) }

func count64(name string, value func(*Row) uint64) column { return typed(name, "UInt64", value) }

// tokenCount takes pointers, which is how the client knows NULL; they point into the rows.
func tokenCount(name string, value func(*Row) *tokens) column {
	return typed(name, "Nullable(UInt32)", func(r *Row) *uint32 { return value(r).orNil() })
}

func texts(name string, value func(*Row) []string) column {
	return typed(name, "Array(LowCardinality(String))", value)
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
	return column{name, "LowCardinality(String)", func(to driver.BatchColumn, rows []*Row) error {
		b := buffers.Get().(*buffer)
		for _, row := range rows {
			text := value(row)
			box, known := b.boxes[text]
			if !known {
				box = strings.Clone(text) // the row's may be part of a larger piece of memory
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
	}}
}

// hexText writes ids as hex text by way of one array of bytes for all rows.
func hexText(name string, appendHex func([]byte, *Row) []byte) column {
	type buffer struct {
		values [][]byte
		digits []byte
	}
	buffers := sync.Pool{New: func() any { return new(buffer) }}
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
	}}
}
