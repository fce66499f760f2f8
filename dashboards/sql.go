package dashboards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// SQL is a query in ClickHouse's words, but for two things: time is asked for with the macros of Grafana's ClickHouse data source, and
// variables stand as parameters, {user:Array(String)} or {call:String}. A list holds '*' when nothing is chosen.
type SQL string

var include = regexp.MustCompile(`\{\{(\w+)\}\}`)

// expand puts the conditions of queries/where in the place of {{name}}.
func expand(text string) (SQL, error) {
	for range 4 { // conditions may hold others
		var problem error
		text = include.ReplaceAllStringFunc(text, func(mark string) string {
			data, err := files.ReadFile("queries/where/" + strings.Trim(mark, "{}") + ".sql")
			if err != nil {
				problem = err
			}
			return strings.TrimSpace(string(data))
		})
		if problem != nil {
			return "", problem
		}
	}
	if mark := include.FindString(text); mark != "" {
		return "", fmt.Errorf("%s includes itself", mark)
	}
	return SQL(text), nil
}

var variable = regexp.MustCompile(`\{(\w+):(?:Array\(String\)|String)\}`)

// Variables names the variables that the query uses, each once.
func (q SQL) Variables() []string {
	return firsts(variable, q)
}

// firsts gives what the pattern's group finds in the query, in order, each once.
func firsts(pattern *regexp.Regexp, q SQL) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(string(q), -1) {
		if !slices.Contains(found, match[1]) {
			found = append(found, match[1])
		}
	}
	return found
}

var (
	timeFilter   = regexp.MustCompile(`\$__timeFilter\(([^)]*)\)`)
	timeInterval = regexp.MustCompile(`\$__timeInterval\(([^)]*)\)`)
)

// Bound is the query with parameters in the place of Grafana's macros, too: from and to in seconds since 1970, interval in seconds.
func (q SQL) Bound() string {
	text := timeFilter.ReplaceAllString(string(q), "$1 >= $$__fromTime AND $1 <= $$__toTime")
	text = timeInterval.ReplaceAllString(text, "toStartOfInterval(toDateTime($1), toIntervalSecond({interval:UInt32}))")
	return strings.NewReplacer(
		"$__interval_s", "{interval:UInt32}",
		"$__fromTime", "toDateTime({from:UInt32})",
		"$__toTime", "toDateTime({to:UInt32})",
	).Replace(text)
}

var alias = regexp.MustCompile(`(?i)\bAS (\w+)`)

// Columns names what stands behind AS in the query, in order, each once: its columns, and more.
func (q SQL) Columns() []string { return firsts(alias, q) }
