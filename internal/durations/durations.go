// Package durations finds durations that were configured without a unit.
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

// Check reports every positive duration of a configuration that is shorter than any setting can mean. The configuration is a
// pointer to a struct. Lists, pointers and optional sections are not looked into, and neither are durations of 0 and less, which
// often have a meaning of their own.
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
