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
	if has == w.holds || !isWhole(has) || !isWhole(w.holds) || isNullable(has) != isNullable(w.holds) {
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

func isWhole(t reflect.Type) bool {
	if isNullable(t) {
		t = t.Elem()
	}
	return reflect.Int8 <= t.Kind() && t.Kind() <= reflect.Int64 || reflect.Uint8 <= t.Kind() && t.Kind() <= reflect.Uint64
}
