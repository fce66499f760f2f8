package settings

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What the Collector says when a value does not fit names types of Go.
var (
	otherType   = regexp.MustCompile(`^expected type '(.*)', got unconvertible type '(.*)'$`)
	noSection   = regexp.MustCompile(`^expected a map or struct, got "(.*)"$`)
	noList      = regexp.MustCompile(`^source data must be an array or slice, got (.*)$`)
	unknownKeys = regexp.MustCompile(`^has invalid keys: (.*)$`)
	goType      = regexp.MustCompile(`^\w+\.[A-Z]|^struct `)
)

// reword says what is wrong, and what to write, in the words of a configuration. root is how the Collector calls the whole of it. What the
// Collector may say otherwise stays as it is.
func reword(err error, root string) error {
	return errors.Join(reworded("", err, root)...)
}

// reworded looks into an error that is of a section. Sections that read themselves, as many of the Collector's do, have errors of their own
// within it, whose names begin there.
func reworded(section string, err error, root string) (errs []error) {
	switch e := err.(type) { //nolint:errorlint // what wraps is looked at one after the other
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			errs = append(errs, reworded(section, err, root)...)
		}
		return errs
	case interface {
		Name() string
		Unwrap() error
	}:
		if name := e.Name(); name != root && !goType.MatchString(name) { // by which the Collector calls what has no key
			section = inner(section, key(name))
		}
		return reworded(section, e.Unwrap(), root)
	case interface{ Unwrap() error }:
		if strings.HasPrefix(err.Error(), "decoding failed due to the following error(s):") {
			return reworded(section, e.Unwrap(), root)
		}
	}
	return rewordedText(section, err.Error())
}

func rewordedText(section, text string) []error {
	if m := otherType.FindStringSubmatch(text); m != nil {
		return []error{fmt.Errorf("%s: is %s; give %s", section, form(m[2]), wanted(m[1]))}
	}
	if m := noSection.FindStringSubmatch(text); m != nil {
		return []error{fmt.Errorf("%s: is %s; give a section with keys of its own", section, form(m[1]))}
	}
	if m := noList.FindStringSubmatch(text); m != nil {
		return []error{fmt.Errorf("%s: is %s; give a list, such as [a, b]", section, form(m[1]))}
	}
	m := unknownKeys.FindStringSubmatch(text)
	if m == nil {
		return []error{errors.New(strings.TrimPrefix(section+": "+text, ": "))}
	}
	var errs []error
	for name := range strings.SplitSeq(m[1], ", ") {
		errs = append(errs, fmt.Errorf("%s: is no setting here; remove or correct it", inner(section, name)))
	}
	return errs
}

// key writes the Collector's budgets[0].usd as a configuration's key.
func key(path string) string {
	return strings.TrimPrefix(strings.NewReplacer("[", "::", "]", "", ".", "::").Replace(path), "::")
}

// form says what a value of a type, or kind of type, looks like in a configuration.
func form(of string) string {
	switch {
	case of == "string":
		return "text"
	case of == "bool":
		return "true or false"
	case of == "time.Time":
		return "a date"
	case of == "slice", strings.HasPrefix(of, "[]"):
		return "a list"
	case strings.HasPrefix(of, "map"):
		return "a section"
	case strings.HasPrefix(of, "int"), strings.HasPrefix(of, "uint"), strings.HasPrefix(of, "float"):
		return "a number"
	}
	return "a " + of
}

// wanted says what to write for a type.
func wanted(of string) string {
	switch of := form(of); of {
	case "true or false", "a number":
		return of + ", without quotes"
	}
	return "text, in quotes"
}
