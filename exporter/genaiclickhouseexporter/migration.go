package genaiclickhouseexporter

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered step of the schema. Each of its statements may run again, also while another Collector runs
// it: ClickHouse has no lock that could keep two from it.
type migration struct {
	version uint32
	name    string
	// compatibleFrom is the oldest version whose Collectors can still write when this step is done.
	compatibleFrom uint32
	statements     []string
}

var migrationHeader = regexp.MustCompile(`^-- compatible_from: (\d+)\n`)

// migrations renders the schema for a configuration: what must stand before anything can be asked, then the steps.
func migrations(c *Config) (bootstrap []string, steps []migration, err error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, nil, err
	}
	for i, name := range names { // sorted by name, so by number
		text, err := render(name, c)
		if err != nil {
			return nil, nil, err
		}
		if i == 0 {
			bootstrap = statements(text)
			continue
		}
		header := migrationHeader.FindStringSubmatch(text)
		if header == nil {
			return nil, nil, fmt.Errorf("%s: begins without its line compatible_from", name)
		}
		from, err := strconv.ParseUint(header[1], 10, 32)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		base := strings.TrimSuffix(strings.TrimPrefix(name, "migrations/"), ".sql")
		steps = append(steps, migration{uint32(i), base, uint32(from), statements(text)})
	}
	return bootstrap, steps, nil
}

func render(name string, c *Config) (string, error) {
	t, err := template.ParseFS(migrationFiles, name)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, c.layout())
	return out.String(), err
}

// statements cuts at each semicolon that ends a line.
func statements(text string) []string {
	var all []string
	for statement := range strings.SplitSeq(text, ";\n") {
		if statement = strings.TrimSpace(statement); statement != "" {
			all = append(all, statement)
		}
	}
	return all
}

// layout is what the templates know: how names, engines and ages look on one server or on a cluster.
type layout struct {
	DB      string
	cluster string
	ttl     map[string]Age
}

func (c *Config) layout() layout { return layout{c.Database, c.Cluster, c.TTL.byTable()} }

// OnCluster follows the name in each CREATE.
func (l layout) OnCluster() string {
	if l.cluster == "" {
		return ""
	}
	return " ON CLUSTER '" + l.cluster + "'"
}

// Local is the table that holds rows, with its database.
func (l layout) Local(table string) string { return l.DB + "." + l.localName(table) }

// localName is Local without the database. On a cluster the plain name belongs to the Distributed table over all shards.
func (l layout) localName(table string) string {
	if l.cluster == "" {
		return table
	}
	return table + "_local"
}

// Engine is the table engine, replicated on a cluster.
func (l layout) Engine(name string, args ...string) string {
	if l.cluster != "" {
		name = "Replicated" + name
		args = append([]string{"'/clickhouse/tables/{shard}/{database}/{table}'", "'{replica}'"}, args...)
	}
	if len(args) == 0 {
		return name
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// Deduplication is how many inserts a table remembers. Replicated tables forget by age as well, and a queue may replay
// after days.
func (l layout) Deduplication() string {
	if l.cluster == "" {
		return "non_replicated_deduplication_window = 10000"
	}
	return "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800"
}

// TTL is the clause that drops old rows, by the time in the expression; empty when they are kept for ever.
func (l layout) TTL(table, expression string) string {
	if age := l.age(table, expression); age != "" {
		return "TTL " + age
	}
	return ""
}

func (l layout) age(table, expression string) string {
	if l.ttl[table] == 0 {
		return ""
	}
	return expression + " + " + l.ttl[table].interval()
}

// Distributed is the statement for the table over all shards; empty on one server.
func (l layout) Distributed(table, shardingKey string) string {
	return l.Over(table, l.localName(table), shardingKey)
}

// Over is Distributed for a table that has another name on each shard.
func (l layout) Over(table, local, shardingKey string) string {
	if l.cluster == "" {
		return ""
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %[1]s.%[2]s%[3]s AS %[1]s.%[4]s\nENGINE = Distributed('%[5]s', %[1]s, %[4]s, %[6]s);",
		l.DB, table, l.OnCluster(), local, l.cluster, shardingKey)
}
