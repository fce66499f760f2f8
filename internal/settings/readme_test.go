package settings_test

import (
	"encoding"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each README has all settings of its component and no other, in tables. A default begins with the value as a configuration has it; what
// is no value there, such as the default of what is left out, is told in words.
func TestSettingsAreDescribed(t *testing.T) {
	for folder, factory := range components {
		t.Run(folder, func(t *testing.T) {
			readme, err := os.ReadFile(filepath.Join("../..", folder, "README.md"))
			require.NoError(t, err)
			documented, known := rows(string(readme)), map[string]setting{}
			collect(known, "", reflect.ValueOf(factory.CreateDefaultConfig()), true)
			for _, key := range slices.Sorted(maps.Keys(known)) {
				if _, ok := documented[key]; !ok && known[key].required {
					t.Errorf("%s: has no row", key)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(documented)) {
				if s, ok := known[key]; !ok {
					t.Errorf("%s: is no setting", key)
				} else if problem := s.compare(documented[key]); problem != "" {
					t.Errorf("%s: default: %s", key, problem)
				}
			}
		})
	}
}

var (
	codes    = regexp.MustCompile("`([^`]*)`")
	onlyCode = regexp.MustCompile("^`[^`]*`$")
)

// rows gives the defaults in the tables of settings, by key. Such a table begins with "key | default |", or in place of key with the
// section that all its keys are in. Several keys of a row share a default, or have one each, with dots between.
func rows(readme string) map[string]string {
	found := map[string]string{}
	section, inside := "", false
	for line := range strings.SplitSeq(readme, "\n") {
		cells := strings.Split(strings.TrimPrefix(line, "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|") || len(cells) < 3:
			inside = false
		case !inside:
			inside = strings.TrimSpace(cells[1]) == "default"
			section = strings.TrimPrefix(strings.Trim(cells[0], " `"), "key")
		case !strings.HasPrefix(cells[0], "---"):
			keys, defaults := codes.FindAllStringSubmatch(cells[0], -1), strings.Split(cells[1], " · ")
			for i, key := range keys {
				found[inner(section, key[1])] = strings.TrimSpace(defaults[min(i, len(defaults)-1)])
			}
		}
	}
	return found
}

// setting is one key of a configuration.
type setting struct {
	value reflect.Value
	// required says that it must have a row. What a part of the Collector brings, and a section as a whole, need none.
	required bool
}

// compare tells what is wrong with what is said of the default.
func (s setting) compare(said string) string {
	want := literal(s.value)
	switch {
	case want == "" || said == "one a core":
		return ""
	case s.value.IsZero():
		if onlyCode.MatchString(said) && said != "`"+want+"`" {
			return said + " is no default of it"
		}
	case !strings.HasPrefix(said, want) && !strings.HasPrefix(said, "`"+want+"`"):
		return fmt.Sprintf("%s should begin with `%s`", said, want)
	}
	return ""
}

// collect finds the settings of a section, and of the sections and lists of sections in it.
func collect(found map[string]setting, path string, section reflect.Value, required bool) {
	section = reflect.Indirect(section)
	for i := range section.NumField() {
		field, value := section.Type().Field(i), section.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		key := inner(path, name)
		switch {
		case options == "squash":
			collect(found, path, value, required && own(field.Type))
		case name == "":
		case isSection(field.Type):
			found[key] = setting{}
			collect(found, key, value, required)
		case field.Type.Kind() == reflect.Slice && isSection(field.Type.Elem()):
			found[key] = setting{value: value, required: required}
			collect(found, key, reflect.Zero(field.Type.Elem()), required)
		default:
			found[key] = setting{value: value, required: required}
		}
	}
}

func isSection(of reflect.Type) bool { return of.Kind() == reflect.Struct && own(of) }

func own(of reflect.Type) bool { return strings.HasPrefix(of.PkgPath(), "github.com/llmtap/llmtap/") }

// literal writes a value as a configuration does; "" is none.
func literal(value reflect.Value) string {
	if !value.IsValid() {
		return ""
	}
	if text, ok := reflect.TypeAssert[encoding.TextMarshaler](value); ok && !value.IsZero() {
		data, _ := text.MarshalText()
		return string(data)
	}
	if d, ok := reflect.TypeAssert[time.Duration](value); ok {
		return shortest(d)
	}
	switch value.Kind() {
	case reflect.Slice:
		elements := make([]string, value.Len())
		for i := range elements {
			elements[i] = fmt.Sprintf("%v", value.Index(i))
			if elements[i] == "" {
				elements[i] = `""`
			}
		}
		return strings.Join(elements, "`, `")
	case reflect.Float64:
		return strconv.FormatFloat(value.Float(), 'f', -1, 64)
	case reflect.Struct, reflect.Pointer, reflect.Map:
		return ""
	}
	return fmt.Sprint(value.Interface())
}

// shortest writes 2m for 2m0s.
func shortest(d time.Duration) string {
	text := d.String()
	for _, end := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, end) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func inner(path, name string) string {
	return strings.Join(slices.DeleteFunc([]string{path, name}, func(part string) bool { return part == "" }), "::")
}
