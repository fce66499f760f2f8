// Package durations finds durations that were configured without a unit.
package durations

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configoptional"
)

// shortest is less than any setting can mean. The Collector takes a number without a unit for nanoseconds: a timeout of 5 is
// over before anything can happen, an interval of 15 never rests.
const shortest = time.Millisecond

var durationType = reflect.TypeFor[time.Duration]()

// Check reports every positive duration of a configuration that is shorter than any setting can mean. The configuration is a
// pointer to a struct. Durations of 0 and less often have a meaning of their own.
func Check(config any) error { return check("", reflect.ValueOf(config)) }

// check looks at a value and at all that it holds. path is its key, as the Collector writes it.
func check(path string, value reflect.Value) error {
	switch value.Kind() {
	case reflect.Int64:
		if d := value.Int(); value.Type() == durationType && d > 0 && d < int64(shortest) {
			return fmt.Errorf("%s: %v is too short; give the number with its unit, such as 5s", path, time.Duration(d))
		}
	case reflect.Pointer:
		return check(path, value.Elem()) // of nil, nothing
	case reflect.Struct:
		if section, ok := optional(value); ok {
			return check(path, section)
		}
		return checkFields(path, value)
	case reflect.Slice, reflect.Array:
		var errs []error
		for i := range value.Len() {
			errs = append(errs, check(inner(path, strconv.Itoa(i)), value.Index(i)))
		}
		return errors.Join(errs...)
	case reflect.Map:
		return checkEntries(path, value)
	}
	return nil
}

func checkFields(path string, config reflect.Value) error {
	var errs []error
	for i := range config.NumField() {
		field := config.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		key := path
		if options != "squash" {
			key = inner(path, name)
		}
		errs = append(errs, check(key, config.Field(i)))
	}
	return errors.Join(errs...)
}

func checkEntries(path string, entries reflect.Value) error {
	var errs []error
	for _, name := range entries.MapKeys() {
		entry := reflect.New(entries.Type().Elem()) // what stands in a map has no address, which optional needs
		entry.Elem().Set(entries.MapIndex(name))
		errs = append(errs, check(inner(path, fmt.Sprint(name)), entry))
	}
	return errors.Join(errs...)
}

// optional gives the section in a configoptional.Optional, a pointer that is nil where there is none.
func optional(value reflect.Value) (section reflect.Value, ok bool) {
	if value.Type().PkgPath() != reflect.TypeFor[configoptional.Optional[struct{}]]().PkgPath() {
		return reflect.Value{}, false
	}
	return value.Addr().MethodByName("Get").Call(nil)[0], true
}

func inner(path, name string) string {
	if path == "" {
		return name
	}
	return path + "::" + name
}
