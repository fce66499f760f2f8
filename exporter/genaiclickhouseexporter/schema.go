package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

// schema makes the tables, or checks them, through one connection.
type schema struct {
	config *Config
	conn   driver.Conn
}

// errSchema marks a schema that does not fit, until somebody changes it or the configuration.
var errSchema = errors.New("the schema does not fit")

// errDetectors marks a schema that takes calls, but whose detectors cannot be made.
var errDetectors = errors.New("the tables are ready, but nothing is detected in them")

// mendMissing begins with the right, since ClickHouse does not show a user the tables that are none of the user's business.
const mendMissing = "give the user the right SHOW on all of the database, if it is there; else restore it, or drop the database"

// prepare does what the schema mode asks for.
func (s schema) prepare(ctx context.Context) error {
	if s.config.Schema == SchemaOff {
		return nil
	}
	bootstrap, steps, err := migrations(s.config)
	if err != nil {
		return fmt.Errorf("%w: %w", errSchema, err)
	}
	at, err := s.reachVersion(ctx, bootstrap, steps)
	if err != nil {
		return err
	}
	own := uint32(len(steps))
	if err := s.checkVersion(at, own); err != nil {
		return err
	}
	engines, comments, err := s.relations(ctx)
	if err != nil {
		return err
	}
	current := s.config.Schema == SchemaCreate && at.version == own
	if current {
		if err := s.applyTTL(ctx, engines); err != nil {
			return err
		}
	}
	if err := s.verify(ctx, engines, at.version > own); err != nil {
		return err
	}
	if current {
		if err := s.updateDetectors(ctx, comments); err != nil {
			return fmt.Errorf("%w: %w", errDetectors, err)
		}
	}
	return nil
}

// reachVersion migrates where the schema mode asks for it, and gives the version that the database has then.
func (s schema) reachVersion(ctx context.Context, bootstrap []string, steps []migration) (recorded, error) {
	at, err := s.version(ctx)
	own := uint32(len(steps))
	if s.config.Schema == SchemaCreate && (clickhousedb.IsEmpty(err) || err == nil && at.here < own && at.version <= own) {
		if err := s.migrate(ctx, bootstrap, steps); err != nil {
			return recorded{}, err
		}
		at, err = s.version(ctx)
	}
	if clickhousedb.IsEmpty(err) {
		return recorded{}, fmt.Errorf("%w: database %s has no table schema_migrations; set schema: create, or create the tables first: %w",
			errSchema, s.config.Database, err)
	}
	return at, err
}

// checkVersion tells by an error that a Collector whose own version this is cannot write to the database.
func (s schema) checkVersion(at recorded, own uint32) error {
	if at.version < own {
		return fmt.Errorf("%w: database %s is at version %d and this Collector needs %d; set schema: create once, or apply the migrations",
			errSchema, s.config.Database, at.version, own)
	}
	if at.compatibleFrom > own {
		return fmt.Errorf("%w: database %s is at version %d, which only Collectors that know version %d can write to; this one knows %d: upgrade it",
			errSchema, s.config.Database, at.version, at.compatibleFrom, own)
	}
	return nil
}

// recorded is what schema_migrations says.
type recorded struct {
	version, compatibleFrom uint32
	// here is the version that this shard has recorded. A step is run on all shards and recorded at one, so another may know of more.
	here uint32
}

// version gives the latest version of all shards. One that cannot be asked is no reason not to write to this one.
func (s schema) version(ctx context.Context) (recorded, error) {
	at, err := s.recordedIn(ctx, "schema_migrations")
	if err != nil {
		return recorded{}, fmt.Errorf("read the schema's version: %w", err)
	}
	at.here = at.version
	if s.config.Cluster == "" {
		return at, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if all, err := s.recordedIn(ctx, "schema_migrations_all SETTINGS skip_unavailable_shards = 1"); err == nil {
		at.version, at.compatibleFrom = max(at.version, all.version), max(at.compatibleFrom, all.compatibleFrom)
	}
	return at, nil
}

func (s schema) recordedIn(ctx context.Context, table string) (at recorded, err error) {
	err = s.conn.QueryRow(ctx, "SELECT max(version), max(compatible_from) FROM "+s.config.Database+"."+table).Scan(&at.version, &at.compatibleFrom)
	return at, err
}

// migrate runs every step that is not recorded yet. Another Collector may do the same at the same time: each statement
// is then a no-op for one of the two, and nobody inserts before having been through all of them.
func (s schema) migrate(ctx context.Context, bootstrap []string, steps []migration) error {
	if err := s.exec(ctx, "bootstrap", bootstrap); err != nil {
		return err
	}
	at, err := s.version(ctx)
	if err != nil {
		return err
	}
	if err := s.dropDetectors(ctx); err != nil {
		return err
	}
	for _, step := range steps {
		if step.version <= at.here {
			continue
		}
		if err := s.exec(ctx, step.name, step.statements); err != nil {
			return err
		}
		record := fmt.Sprintf("INSERT INTO %s.schema_migrations (version, name, compatible_from) SELECT %d, '%s', %d",
			s.config.Database, step.version, step.name, step.compatibleFrom)
		if err := s.exec(ctx, step.name, []string{record}); err != nil {
			return err
		}
	}
	return nil
}

func (s schema) exec(ctx context.Context, name string, statements []string) error {
	for _, statement := range statements {
		if err := s.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

// relations gives by name, of each table and view of the database, its engine, as it is written with its age limit, and its comment.
func (s schema) relations(ctx context.Context) (engines, comments map[string]string, err error) {
	query := fmt.Sprintf("SELECT mapFromArrays(groupArray(name), groupArray(engine_full)), mapFromArrays(groupArray(name), groupArray(comment)) FROM system.tables WHERE database = '%s'", s.config.Database)
	if err := s.conn.QueryRow(ctx, query).Scan(&engines, &comments); err != nil {
		return nil, nil, fmt.Errorf("read the tables of database %s: %w", s.config.Database, err)
	}
	return engines, comments, nil
}

// verify compares the tables with the columns that are written. Of a newer schema only the names must be there: it says
// itself, by compatible_from, that its types take what this Collector writes.
func (s schema) verify(ctx context.Context, engines map[string]string, newer bool) error {
	l := s.config.layout()
	if err := verifyRollups(engines, l); err != nil {
		return err
	}
	for _, t := range tables {
		local := l.localName(t.name)
		types, err := s.columnTypes(ctx, local)
		if err != nil {
			return err
		}
		if len(types) == 0 {
			return fmt.Errorf("%w: table %s.%s is missing, although schema_migrations says that it was made; %s",
				errSchema, l.DB, local, mendMissing)
		}
		for _, c := range t.columns {
			has, found := types[c.name]
			switch {
			case !found:
				return fmt.Errorf("%w: table %s.%s has no column %s %s; add it", errSchema, l.DB, local, c.name, c.typeName)
			case has != c.typeName && !newer:
				return fmt.Errorf("%w: column %s of table %s.%s is %s and must be %s; change it", errSchema, c.name, l.DB, local, has, c.typeName)
			}
		}
	}
	return nil
}

// verifyRollups looks for what an insert into calls reaches besides.
func verifyRollups(engines map[string]string, l layout) error {
	for _, name := range []string{
		l.localName("cost_1h"), "cost_1h_mv", l.localName("perf_1m"), "perf_1m_mv", l.localName("conversation_1h"), "conversation_1h_mv",
	} {
		if _, found := engines[name]; !found {
			return fmt.Errorf("%w: %s.%s is missing, although schema_migrations says that it was made; %s",
				errSchema, l.DB, name, mendMissing)
		}
	}
	return nil
}

func (s schema) columnTypes(ctx context.Context, table string) (map[string]string, error) {
	var types map[string]string
	query := fmt.Sprintf("SELECT mapFromArrays(groupArray(name), groupArray(type)) FROM system.columns WHERE database = '%s' AND table = '%s'", s.config.Database, table)
	if err := s.conn.QueryRow(ctx, query).Scan(&types); err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	return types, nil
}
