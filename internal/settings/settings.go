// Package settings reads configurations so that no number is cut to a whole one, none stands for nanoseconds by mistake, and that what is
// wrong is told in their own words.
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
// something, which depends on the processor, of a 1e30. What is whole is taken however it is written: 1e6, 10_000. What is wrong is told
// in the words of a configuration.
func Unmarshal(conf *confmap.Conf, config any) error {
	if err := check("", conf.ToStringMap(), reflect.TypeOf(config)); err != nil {
		return err
	}
	if err := conf.Unmarshal(config); err != nil {
		return reword(err, reflect.TypeOf(config).Elem().String())
	}
	return nil
}

// UnmarshalFile does the same with the text of a file, in YAML, whose list must stand in it.
func UnmarshalFile(text []byte, list string, config any) error {
	retrieved, err := confmap.NewRetrievedFromYAML(text)
	if err != nil {
		return err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		raw, _ := retrieved.AsRaw() // never has an error
		return withoutList(list, raw, err)
	}
	if err := Unmarshal(conf, config); err != nil {
		return err
	}
	if !conf.IsSet(list) {
		return fmt.Errorf("%s: needed; an empty list is []", list)
	}
	return nil
}

// withoutList says what a file holds instead of a list under its name, and why what is no YAML is none; the Collector names types of Go.
func withoutList(list string, raw any, err error) error {
	if _, why, ok := strings.Cut(err.Error(), "contents are not valid YAML: "); ok {
		return fmt.Errorf("is no YAML; give %s: and the list under it: %s", list, why)
	}
	return fmt.Errorf("is %s; give %s: and the list under it", form(fmt.Sprintf("%T", raw)), list)
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// check looks at what is read into a type and into all that it holds. path is its key, as the Collector writes it.
func check(path string, given any, into reflect.Type) error {
	switch {
	case into == durationType:
		return checkDuration(path, given)
	case into == timeType:
		return checkTime(path, given)
	case reflect.PointerTo(into).Implements(textType): // these read text in their own way
		return checkText(path, given, into)
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
	for field := range into.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if options == "squash" {
			errs = append(errs, check(path, entries, field.Type))
		} else if given, ok := entries[name]; ok && field.IsExported() {
			errs = append(errs, check(inner(path, name), given, field.Type))
		}
	}
	return errors.Join(errs...)
}

// durationMin is less than any setting can mean. The Collector takes a number without a unit for nanoseconds: a timeout of 5 would be over
// before anything can happen, an interval of 15 never rest. Durations of 0 and less often have a meaning of their own.
const durationMin = time.Millisecond

// checkDuration and checkTime find what is none: of what Go says the user would not know what to write.
func checkDuration(path string, given any) error {
	var d time.Duration
	ok := true
	switch given := given.(type) {
	case string:
		var err error
		d, err = time.ParseDuration(given)
		ok = err == nil
	case int:
		d = time.Duration(given)
	case float64: // of 0.5 the Collector would make 0, which may mean never
		d = time.Duration(given)
		ok = math.Trunc(given) == given
	case bool:
		ok = false
	}
	switch {
	case !ok:
		return fmt.Errorf("%s: %#v is no duration; give a number with its unit, ms, s, m or h, such as 168h", path, given)
	case 0 < d && d < durationMin:
		return fmt.Errorf("%s: %v is too short; give the number with its unit, such as 5s", path, d)
	}
	return nil
}

func checkTime(path string, given any) error {
	switch given := given.(type) {
	case nil, time.Time:
		return nil
	case string:
		if _, err := time.Parse(time.RFC3339, given); err == nil {
			return nil
		}
	}
	return fmt.Errorf(`%s: %#v is no time; give a date without quotes, such as 2026-06-01, or a time such as "2026-06-01T00:00:00Z"`, path, given)
}

// checkText finds what is no text where the Collector would ask for a section, as for the name of an extension.
func checkText(path string, given any, into reflect.Type) error {
	switch given.(type) {
	case nil, string, map[string]any: // a section is what the Collector itself writes for what it has read
		return nil
	}
	if into.Kind() != reflect.Struct {
		return nil
	}
	return fmt.Errorf("%s: is %s; give text, in quotes", path, form(reflect.TypeOf(given).String()))
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
	if path == "" || name == "" {
		return path + name
	}
	return path + "::" + name
}
