package genaiclickhouseexporter

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files and fail, so that the difference gets read")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Fatal("rewrote " + path)
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is meant, run this test with -update")
}

// definition is every table of the database as the engine has it.
func definition(t *testing.T, conn driver.Conn, database string) string {
	t.Helper()
	all := ask(t, conn, `SELECT formatQuery(create_table_query) || ';\n' FROM system.tables WHERE database = '%s' AND name NOT LIKE 'detect\_%%' ORDER BY name`, database)
	return strings.ReplaceAll(all, testDatabase, "llmtap")
}

func TestDefinitionOfTheSchema(t *testing.T) {
	config, conn := newDatabase(t)
	config.TTL = createDefaultConfig().(*Config).TTL
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	golden(t, "schema.sql", definition(t, conn, config.Database))
}

// allStatements are those of all migrations.
func allStatements(t *testing.T, config *Config) []string {
	t.Helper()
	all, steps, err := migrations(config)
	require.NoError(t, err)
	for _, step := range steps {
		all = append(all, step.statements...)
	}
	return all
}

// The engine here has no Keeper, so the schema of a cluster is read by ClickHouse's parser but not run.
func TestDefinitionOfTheSchemaOnACluster(t *testing.T) {
	_, conn := newDatabase(t)
	config := load(t, "full.yaml")
	all := allStatements(t, config)
	for _, statement := range all {
		require.NotEmpty(t, ask(t, conn, "EXPLAIN AST %s", statement))
		require.Contains(t, statement, "ON CLUSTER '{cluster}'")
		if strings.Contains(statement, "MergeTree") {
			require.Regexp(t, `ENGINE = Replicated\w*MergeTree\('/clickhouse/tables/\{shard\}/\{database\}/\{table\}', '\{replica\}'`, statement)
		}
	}
	golden(t, "schema_cluster.sql", strings.Join(all, ";\n\n")+";\n")
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	before := definition(t, conn, config.Database)
	applied := ask(t, conn, "SELECT toString(version), name, toString(applied_at) FROM %s.schema_migrations ORDER BY version, applied_at", config.Database)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.Equal(t, before, definition(t, conn, config.Database))
	require.Equal(t, applied, ask(t, conn, "SELECT toString(version), name, toString(applied_at) FROM %s.schema_migrations ORDER BY version, applied_at", config.Database))
}

// Two Collectors that start at once run the same statements; so does one that died between a step and its record.
func TestEveryStatementMayRunAgain(t *testing.T) {
	config, conn := newDatabase(t)
	s := schema{config, conn}
	require.NoError(t, s.prepare(t.Context()))
	before := definition(t, conn, config.Database)
	bootstrap, steps, err := migrations(config)
	require.NoError(t, err)
	require.NoError(t, s.exec(t.Context(), "bootstrap", bootstrap))
	for _, step := range steps {
		require.NoError(t, s.exec(t.Context(), step.name, step.statements))
	}
	require.Equal(t, before, definition(t, conn, config.Database))
}

func TestCollectorsThatStartAtOnceMakeOneSchema(t *testing.T) {
	config, conn := newDatabase(t)
	var wait sync.WaitGroup
	for i := range 4 {
		e := newExporter(t, config)
		calls := manyCalls(40)[i*10 : i*10+10]
		wait.Go(func() {
			// A race on a name may fail one of them once; the queue then tries again, as here.
			require.Eventually(t, func() bool { return e.push(t.Context(), spansOf(calls...)) == nil }, 30*time.Second, 10*time.Millisecond)
		})
	}
	wait.Wait()
	fromCalls, fromCost1h, _ := sums(t, conn, config.Database)
	require.Equal(t, fromCalls, fromCost1h)
	require.Equal(t, "40", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
	require.Equal(t, fmt.Sprint(latest(t, config)), ask(t, conn, "SELECT toString(uniqExact(version)) FROM %s.schema_migrations", config.Database))
}

// A configuration that does not fit how the tables were made says so, and calls wait until it is mended.
func TestTablesOfAnotherLayoutAreSaid(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	f := func(want string, config Config, damage string) {
		t.Helper()
		if damage != "" {
			require.NoError(t, conn.Exec(t.Context(), damage))
		}
		err := schema{&config, conn}.prepare(t.Context())
		require.ErrorContains(t, err, want)
		require.ErrorIs(t, err, errSchema) // so that it is said as an error, and not that ClickHouse cannot be reached
		require.False(t, permanent(err))
	}
	clustered := *config
	clustered.Cluster = "prod"
	f("has no table calls_local: if it was made without cluster, leave that out", clustered, "")
	f("has no table unrecorded, although schema_migrations says", *config, fmt.Sprintf("DROP TABLE %s.unrecorded SYNC", config.Database))
}

func TestNewerSchema(t *testing.T) {
	config, conn := newDatabase(t)
	s := schema{config, conn}
	require.NoError(t, s.prepare(t.Context()))
	change := func(statement string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(statement, config.Database)))
	}
	change("ALTER TABLE %s.calls ADD COLUMN novel String")
	change("ALTER TABLE %s.calls MODIFY COLUMN chunks UInt64")
	change("INSERT INTO %s.schema_migrations (version, name, compatible_from) SELECT 99, 'novel', 1")
	require.NoError(t, s.prepare(t.Context()), "says itself that this Collector can write")
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.Equal(t, "17\t", ask(t, conn, "SELECT toString(chunks), novel FROM %s.calls", config.Database))

	change("INSERT INTO %s.schema_migrations (version, name, compatible_from) SELECT 100, 'breaking', 99")
	err := s.prepare(t.Context())
	require.ErrorContains(t, err, fmt.Sprintf(
		"is at version 100, which only Collectors that know version 99 can write to; this one knows %d: upgrade it", latest(t, config)))
	require.True(t, unfit(err))
}

func TestVerify(t *testing.T) {
	config, conn := newDatabase(t)
	config.Schema = SchemaVerify
	s := schema{config, conn}
	fails := func(want string) {
		t.Helper()
		err := s.prepare(t.Context())
		require.ErrorContains(t, err, want)
		require.True(t, unfit(err))
	}
	change := func(statement string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(statement, config.Database)))
	}
	fails("has no table schema_migrations; set schema: create")
	create := *config
	create.Schema = SchemaCreate
	require.NoError(t, schema{&create, conn}.prepare(t.Context()))
	require.NoError(t, s.prepare(t.Context()))

	change("ALTER TABLE %s.unrecorded DROP COLUMN calls")
	fails("table " + config.Database + ".unrecorded has no column calls UInt64; add it")
	change("ALTER TABLE %s.calls MODIFY COLUMN chunks UInt64")
	fails("column chunks of table " + config.Database + ".calls is UInt64 and must be UInt32; change it")
	change("ALTER TABLE %s.calls DROP COLUMN chunks")
	fails("table " + config.Database + ".calls has no column chunks UInt32; add it")
	change("DROP TABLE %s.content")
	change("ALTER TABLE %s.calls ADD COLUMN chunks UInt32")
	fails(".content is missing, although schema_migrations says that it was made; give the user the right SHOW on all of the database")
	change("DROP TABLE %s.cost_1h_mv")
	fails("cost_1h_mv is missing, although schema_migrations says that it was made; give the user the right SHOW on all of the database")
	change("ALTER TABLE %s.schema_migrations DELETE WHERE version > 2 SETTINGS mutations_sync = 1")
	fails(fmt.Sprintf("is at version 2 and this Collector needs %d", latest(t, config)))
	config.Schema = SchemaOff
	require.NoError(t, s.prepare(t.Context()))
}

// latest is the version that this code's migrations make.
func latest(t *testing.T, config *Config) int {
	t.Helper()
	_, steps, err := migrations(config)
	require.NoError(t, err)
	return len(steps)
}

func TestSystemLogsGetAnAgeLimit(t *testing.T) {
	config, conn := newDatabase(t)
	exec := func(statement string) { require.NoError(t, conn.Exec(t.Context(), statement)) }
	for _, table := range []string{
		"query_log (event_date Date) ENGINE = MergeTree ORDER BY event_date",
		"part_log (event_date Date) ENGINE = MergeTree ORDER BY event_date TTL event_date + toIntervalDay(3)",
		"other_log (x Date) ENGINE = MergeTree ORDER BY x",
		"dialog (event_date Date) ENGINE = MergeTree ORDER BY event_date",
		"a_log (event_date UInt64) ENGINE = MergeTree ORDER BY event_date", // takes no limit; as on a cluster one that not all servers have
	} {
		exec("CREATE TABLE system." + table)
	}
	limits := func() string {
		return ask(t, conn, "SELECT name, extract(engine_full, 'toInterval\\w+.\\d+') FROM system.tables WHERE database = 'system' AND name LIKE '%%log' ORDER BY name")
	}
	config.Schema = SchemaVerify
	require.NoError(t, schema{config, conn}.limitSystemLogs(t.Context()))
	config.Schema, config.TTL.SystemLogs = SchemaCreate, 0
	require.NoError(t, schema{config, conn}.limitSystemLogs(t.Context()))
	require.Equal(t, "a_log\t\ndialog\t\nother_log\t\npart_log\ttoIntervalDay(3\nquery_log\t", limits())
	config.TTL.SystemLogs = Age(7 * day)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.Equal(t, "a_log\t\ndialog\t\nother_log\t\npart_log\ttoIntervalDay(3\nquery_log\ttoIntervalDay(7", limits())

	// A new server makes its logs one by one, when there is something to write into them.
	exec("CREATE TABLE system.text_log (event_date Date) ENGINE = MergeTree ORDER BY event_date")
	setClock(e, func() time.Time { return time.Now().Add(logsEvery) })
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.Equal(t, "a_log\t\ndialog\t\nother_log\t\npart_log\ttoIntervalDay(3\nquery_log\ttoIntervalDay(7\ntext_log\ttoIntervalDay(7", limits())
}
