// Package durations finds settings that are a number without its unit.
package durations

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// shortest is less than any setting can mean. The Collector takes a number without a unit for nanoseconds: a timeout of 5 is
// over before anything can happen, an interval of 15 never rests.
const shortest = time.Millisecond

var durationType = reflect.TypeFor[time.Duration]()

// Check reports every duration of a configuration that is shorter than any can be, those in lists, behind pointers and in optional
// sections apart. The configuration is a pointer to a struct. 0 and less are for others to judge: they often mean something.
func Check(config any) error {
	return check("", reflect.ValueOf(config).Elem())
}

func check(path string, config reflect.Value) error {
	var errs []error
	for i := range config.NumField() {
		field := config.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		inner := path + name
		switch value := config.Field(i); {
		case field.Type == durationType:
			if d := time.Duration(value.Int()); d > 0 && d < shortest {
				errs = append(errs, fmt.Errorf("%s: %v is too short; give the number with its unit, such as 5s", inner, d))
			}
		case value.Kind() == reflect.Struct:
			if options != "squash" {
				inner += "::"
			}
			errs = append(errs, check(inner, value))
		}
	}
	return errors.Join(errs...)
}
