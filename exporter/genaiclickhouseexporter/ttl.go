package genaiclickhouseexporter

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// applyTTL applies ages that were changed in the configuration since the tables were made. Rows that are there get the new age as well,
// in the background: each part has its age written down, and by that alone would go too early, too late, or never. As these tables drop
// whole parts, nothing but the times is written anew for it.
func (s schema) applyTTL(ctx context.Context, engines map[string]string) error {
	l := s.config.layout()
	for _, aged := range []struct{ table, expression string }{
		{"calls", "toDateTime(ts)"}, {"content", "toDateTime(ts)"}, {"cost_1h", "t"}, {"conversation_1h", "t"}, {"perf_1m", "t"},
		{"unrecorded", "toDateTime(ts)"},
	} {
		local := l.localName(aged.table)
		engine, found := engines[local]
		switch {
		case !found && l.cluster != "":
			return fmt.Errorf("%w: database %s has no table %s: if it was made without cluster, leave that out, or name another database",
				errSchema, l.DB, local)
		case !found:
			return fmt.Errorf("%w: database %s has no table %s, although schema_migrations says that it was made: %s", errSchema, l.DB, local, mendMissing)
		}
		has := ttlOf(engine)
		want := withAge(has, l.age(aged.table, aged.expression))
		if want == has {
			continue
		}
		change := "REMOVE TTL"
		if want != "" {
			change = "MODIFY TTL " + want
		}
		alter := fmt.Sprintf("ALTER TABLE %s%s %s SETTINGS materialize_ttl_after_modify = 1", l.Local(aged.table), l.OnCluster(), change)
		if err := s.conn.Exec(ctx, alter); err != nil {
			return fmt.Errorf("change the age limit of %s: %w", local, err)
		}
	}
	return nil
}

var ttlClause = regexp.MustCompile(` TTL (.*?)(?: SETTINGS |$)`)

// ttlOf is what becomes of the rows of a table when: elements that are joined by commas, or nothing.
func ttlOf(engine string) string {
	if clause := ttlClause.FindStringSubmatch(strings.Join(strings.Fields(engine), " ")); clause != nil {
		return clause[1]
	}
	return ""
}

// dropElement is the element by which rows are dropped, of which a table has but one: an age, however somebody has written it, without the
// words that follow where rows are moved, packed or chosen.
var dropElement = regexp.MustCompile(`(?:^|, )((?:[^,()=<>]|\((?:[^()]|\([^()]*\))*\))+ \+ toInterval\w+\(\d+\))(?:, |$)`)

// withAge gives a TTL another age at which rows are dropped, or none. Its other elements, by which an operator moves rows to slower disks or
// packs them tighter, stay.
func withAge(ttl, age string) string {
	has := ""
	if element := dropElement.FindStringSubmatch(ttl); element != nil {
		has = element[1]
	}
	if has == age {
		return ttl
	}
	others := strings.Trim(dropElement.ReplaceAllLiteralString(ttl, ", "), ", ")
	return strings.Trim(others+", "+age, ", ")
}
