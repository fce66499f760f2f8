package settings

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What the Collector says when a value does not fit names types of Go.
var (
	otherType   = regexp.MustCompile(`^'(.*)' expected type '(.*)', got unconvertible type '(.*)'$`)
	noSection   = regexp.MustCompile(`^'(.*)' expected a map or struct, got "(.*)"$`)
	noList      = regexp.MustCompile(`^'(.*)' source data must be an array or slice, got (.*)$`)
	unknownKeys = regexp.MustCompile(`^'(.*)' has invalid keys: (.*)$`)
	atTop       = regexp.MustCompile(`^('' )?decoding failed due to the following error\(s\):$`)
)

// reword says what is wrong, and what to write, in the words of a configuration. root is how the Collector calls the whole of it. What the
// Collector may say otherwise stays as it is.
func reword(err error, root string) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line == "" || atTop.MatchString(line) {
			continue
		}
		lines = append(lines, rewordLine(line, root)...)
	}
	return errors.New(strings.Join(lines, "\n"))
}

func rewordLine(line, root string) []string {
	if m := otherType.FindStringSubmatch(line); m != nil {
		return []string{fmt.Sprintf("%s: is %s; give %s", key(m[1]), form(m[3]), wanted(m[2]))}
	}
	if m := noSection.FindStringSubmatch(line); m != nil {
		return []string{fmt.Sprintf("%s: is %s; give a section with keys of its own", key(m[1]), form(m[2]))}
	}
	if m := noList.FindStringSubmatch(line); m != nil {
		return []string{fmt.Sprintf("%s: is %s; give a list, such as [a, b]", key(m[1]), form(m[2]))}
	}
	m := unknownKeys.FindStringSubmatch(line)
	if m == nil {
		return []string{line}
	}
	var lines []string
	for name := range strings.SplitSeq(m[2], ", ") {
		section := strings.TrimPrefix(m[1], root)
		lines = append(lines, inner(key(section), name)+": is no setting here; remove or correct it")
	}
	return lines
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
