// Package settings reads configurations so that no number is cut to a whole one.
package settings

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
)

// Unmarshal reads a configuration into a pointer to a struct. The Collector alone would make 1 of a 1.5 where a whole number stands, and
// something, which depends on the processor, of a 1e30. What is whole is taken however it is written: 1e6, 10_000.
func Unmarshal(conf *confmap.Conf, config any) error {
	if err := check("", conf.ToStringMap(), reflect.TypeOf(config)); err != nil {
		return err
	}
	return conf.Unmarshal(config)
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// check looks at what is read into a type and into all that it holds. path is its key, as the Collector writes it.
func check(path string, given any, into reflect.Type) error {
	switch {
	case into == durationType || reflect.PointerTo(into).Implements(textType): // these read numbers in their own way
		return nil
	case reflect.Int <= into.Kind() && into.Kind() <= reflect.Uint64:
		return checkNumber(path, given, into)
	}
	switch into.Kind() {
	case reflect.Pointer:
		return check(path, given, into.Elem())
	case reflect.Struct:
		if section, ok := optional(into); ok {
			return check(path, given, section)
		}
		entries, _ := given.(map[string]any)
		return checkFields(path, entries, into)
	case reflect.Slice, reflect.Array:
		list, _ := given.([]any)
		var errs []error
		for i, element := range list {
			errs = append(errs, check(inner(path, strconv.Itoa(i)), element, into.Elem()))
		}
		return errors.Join(errs...)
	case reflect.Map:
		entries, _ := given.(map[string]any)
		var errs []error
		for name, entry := range entries {
			errs = append(errs, check(inner(path, name), entry, into.Elem()))
		}
		return errors.Join(errs...)
	}
	return nil
}

func checkFields(path string, entries map[string]any, into reflect.Type) error {
	var errs []error
	for i := range into.NumField() {
		field := into.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if options == "squash" {
			errs = append(errs, check(path, entries, field.Type))
		} else if given, ok := entries[name]; ok && field.IsExported() {
			errs = append(errs, check(inner(path, name), given, field.Type))
		}
	}
	return errors.Join(errs...)
}

// checkNumber lets pass what is no number: the Collector itself says what it wants there.
func checkNumber(path string, given any, into reflect.Type) error {
	var number big.Int
	switch value := reflect.ValueOf(given); {
	case !value.IsValid():
		return nil
	case value.CanInt():
		number.SetInt64(value.Int())
	case value.CanUint():
		number.SetUint64(value.Uint())
	case value.CanFloat():
		if math.Trunc(value.Float()) != value.Float() || math.IsInf(value.Float(), 0) { // also what is no number
			return fmt.Errorf("%s: %v is no whole number; give one", path, given)
		}
		big.NewFloat(value.Float()).Int(&number)
	case value.Kind() == reflect.String:
		return fmt.Errorf("%s: %q is text; give a whole number, without quotes", path, given)
	default:
		return nil
	}
	if least, most := bounds(into); number.Cmp(least) < 0 || number.Cmp(most) > 0 {
		return fmt.Errorf("%s: %v is out of range; give %d to %d", path, given, least, most)
	}
	return nil
}

// bounds are the least and the largest number that a type holds.
func bounds(of reflect.Type) (least, most *big.Int) {
	most = new(big.Int).Lsh(big.NewInt(1), uint(of.Bits()))
	least = new(big.Int)
	if of.Kind() <= reflect.Int64 {
		most.Rsh(most, 1)
		least.Neg(most)
	}
	return least, most.Sub(most, big.NewInt(1))
}

// optional gives the type of the section in a configoptional.Optional.
func optional(into reflect.Type) (section reflect.Type, ok bool) {
	if into.PkgPath() != reflect.TypeFor[configoptional.Optional[struct{}]]().PkgPath() {
		return nil, false
	}
	get, ok := reflect.PointerTo(into).MethodByName("Get")
	if !ok {
		return nil, false
	}
	return get.Type.Out(0), true
}

func inner(path, name string) string {
	if path == "" {
		return name
	}
	return path + "::" + name
}
