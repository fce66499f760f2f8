// Command llmtapctl looks after the database of llmtap: audit compares the calls with their rollups and counts those that were not
// recorded, repair makes the rollups of a time range anew, reprice computes its costs anew, findings lists incidents, acknowledge and
// silence say what of them is known, detect looks for them in the past.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/internal/clickhousedb"
	"github.com/llmtap/llmtap/internal/command"
)

func main() { command.Main("llmtapctl", run) }

const usage = `usage: llmtapctl audit  [-from TIME] [-to TIME] [-url URL]   compare calls and rollups, count what was not recorded; fails where they differ
       llmtapctl findings [-from TIME] [-to TIME] [-url URL]   list incidents that opened, and all open ones
       llmtapctl acknowledge -finding ID [-author NAME] [-comment TEXT] [-url URL]   say that you have seen a finding
       llmtapctl silence -key KEY [-kind KIND] [-metric METRIC] [-for 24h] [-author NAME] [-comment TEXT] [-url URL]   hear nothing of a key; -for 0s ends it
       llmtapctl detect  -from TIME  -to TIME  [-url URL]   do the runs of the detectors of that time, then list
       llmtapctl repair  -from TIME  -to TIME  [-url URL]   take out calls stored twice, and make the rollups anew
       llmtapctl reprice -from TIME  -to TIME  [-prices FILE] [-forget] [-url URL]   compute costs anew, with the prices of FILE
TIME is like 2026-11-23T10:00:00Z and is rounded down to its hour. On a cluster run audit and repair on one replica of each shard; findings,
acknowledge, silence and detect are of all shards, and run once; reprice does not run there`

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var prices pricing
	var n note
	commands := map[string]func(context.Context, *database, span, io.Writer) error{
		"audit": audit, "findings": findings, "detect": detect, "repair": repair, "reprice": prices.reprice,
		"acknowledge": n.acknowledge, "silence": n.silence,
	}
	if len(args) > 0 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		_, err := fmt.Fprintln(stdout, usage)
		return err
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet("llmtapctl "+args[0], flag.ContinueOnError)
	address := flags.String("url", "http://127.0.0.1:8123", "`address` of ClickHouse, http(s):// or clickhouse://; a user may stand in it, and its password in CLICKHOUSE_PASSWORD")
	name := flags.String("database", "llmtap", "`name` of the database")
	var within span
	// Each command takes its own flags only: what it would ignore is a mistake.
	switch args[0] {
	case "acknowledge", "silence":
		n.register(flags)
	case "reprice":
		prices.register(flags)
		fallthrough
	default:
		within.register(flags)
	}
	if err := command.Parse(flags, args[1:], stderr, "everything after "+args[0]+" is given by name, like -from TIME"); err != nil {
		return err
	}
	if args[0] != "detect" && args[0] != "repair" && args[0] != "reprice" {
		within.fill(time.Now())
	}
	if !within.from.Before(within.to.Time) {
		return errors.New("-from and -to must name a time range, -from the earlier; each is rounded down to its hour")
	}
	db, err := open(ctx, *address, *name)
	if err != nil {
		return err
	}
	return errors.Join(lacking(commands[args[0]](ctx, db, within, stdout)), db.conn.Close())
}

// span is a time range of whole hours, without its end.
type span struct{ from, to hour }

type hour struct{ time.Time }

func (h *hour) set(text string) error {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("write it like 2026-11-23T10:00:00Z, or 2026-11-23T10:00:00+01:00")
	}
	h.Time = t.UTC().Truncate(time.Hour)
	return nil
}

func (s *span) register(flags *flag.FlagSet) {
	flags.Func("from", "first `time`; for audit and findings 30 days before -to unless given", s.from.set)
	flags.Func("to", "`time` to end before; for audit and findings an hour from now unless given", s.to.set)
}

// fill gives an audit its defaults. The next hour is included, for clocks that are ahead.
func (s *span) fill(now time.Time) {
	if s.to.IsZero() {
		s.to.Time = now.UTC().Truncate(time.Hour).Add(2 * time.Hour)
	}
	if s.from.IsZero() {
		s.from.Time = s.to.AddDate(0, 0, -30)
	}
}

// where is the condition that a time lies in the span. Its end is written with fractions of seconds: ClickHouse takes "before a DateTime"
// for "up to the second before" when it chooses what to read, and would leave out parts of calls that all began in the last second.
func (s span) where(column string) string {
	return fmt.Sprintf("%[1]s >= toDateTime(%[2]d, 'UTC') AND %[1]s < toDateTime64(%[3]d, 6, 'UTC')", column, s.from.Unix(), s.to.Unix())
}

// database is that of llmtap on one server. On a cluster its rows are in tables named …_local.
type database struct {
	conn   driver.Conn
	name   string
	suffix string
}

func open(ctx context.Context, address, name string) (*database, error) {
	options, err := clickhousedb.Options(address)
	if err != nil {
		return nil, errors.New("-url is no address of ClickHouse; write it like http://127.0.0.1:8123 or clickhouse://user@host:9000")
	}
	if options.Auth.Password == "" {
		options.Auth.Password = os.Getenv("CLICKHOUSE_PASSWORD")
	}
	options.ReadTimeout = 10 * time.Minute
	maps.Copy(options.Settings, clickhousedb.WithoutNULLs)
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, err
	}
	db := &database{conn: conn, name: name}
	var plain, local uint64
	query := "SELECT countIf(name = 'calls'), countIf(name = 'calls_local') FROM system.tables WHERE database = {name:String}"
	if err := conn.QueryRow(ctx, query, clickhouse.Named("name", name)).Scan(&plain, &local); err != nil {
		address := strings.Join(options.Addr, ",")
		if _, ok := errors.AsType[*clickhouse.Exception](err); ok || ctx.Err() != nil {
			return nil, fmt.Errorf("ClickHouse at -url %s: %w", address, err)
		}
		return nil, fmt.Errorf("no ClickHouse at -url %s: is llmtap running, and is it http://, https:// or clickhouse:// that this port speaks? %w", address, err)
	}
	if plain+local == 0 {
		return nil, fmt.Errorf("database %s has no table calls; name another with -database", name)
	}
	if local > 0 {
		db.suffix = "_local"
	}
	return db, nil
}

// lacking says how a store comes to have what this program asks it for.
func lacking(err error) error {
	if errors.Is(err, sql.ErrNoRows) || clickhousedb.IsEmpty(err) || clickhousedb.IsOlder(err) {
		return fmt.Errorf("the store lacks what this llmtapctl asks for; an llmtap of its version adds that when it starts: %w", err)
	}
	return err
}

func (d *database) table(name string) string { return d.name + "." + name + d.suffix }
