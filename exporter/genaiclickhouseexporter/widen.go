package genaiclickhouseexporter

import (
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// widening is a column of the native protocol, whose block has to be of the table's own types. Where a newer schema has made a
// whole number wider, it is converted here; over HTTP the server does that.
type widening struct {
	driver.BatchColumn
	holds reflect.Type
}

// Append takes a slice of values.
func (w widening) Append(values any) error {
	from := reflect.ValueOf(values)
	has := from.Type().Elem()
	if !widens(has, w.holds) {
		return w.BatchColumn.Append(values)
	}
	to := reflect.MakeSlice(reflect.SliceOf(w.holds), from.Len(), from.Len())
	for i := range from.Len() {
		value, place := from.Index(i), to.Index(i)
		if isNullable(has) {
			if value.IsNil() {
				continue
			}
			place.Set(reflect.New(w.holds.Elem()))
			value, place = value.Elem(), place.Elem()
		}
		place.Set(value.Convert(place.Type()))
	}
	return w.BatchColumn.Append(to.Interface())
}

func isNullable(t reflect.Type) bool { return t.Kind() == reflect.Pointer }

// widens tells whether each value of a type has a place in another one. All numbers of the tables are unsigned.
func widens(from, to reflect.Type) bool {
	if isNullable(from) && isNullable(to) {
		from, to = from.Elem(), to.Elem()
	}
	return isUnsigned(from) && isUnsigned(to) && to.Size() > from.Size()
}

func isUnsigned(t reflect.Type) bool { return reflect.Uint8 <= t.Kind() && t.Kind() <= reflect.Uint64 }
