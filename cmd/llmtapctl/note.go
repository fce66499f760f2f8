package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/internal/command"
)

// note is what a person says of findings.
type note struct {
	finding, key, kind, metric, author, comment string
	length                                      command.Period
}

func (n *note) register(flags *flag.FlagSet) {
	flags.StringVar(&n.finding, "finding", "", "for acknowledge: `id` of the finding, or how it begins")
	flags.StringVar(&n.key, "key", "", "for silence: `key` of the findings; * at its end stands for the rest")
	flags.StringVar(&n.kind, "kind", "", "for silence: only this `kind`: "+strings.Join(detection.Kinds(), ", "))
	flags.StringVar(&n.metric, "metric", "", "for silence: only this `metric`")
	n.length = command.Day
	flags.Var(&n.length, "for", "for silence: how `long`, like 36h or 7d")
	flags.StringVar(&n.author, "author", os.Getenv("USER"), "for acknowledge and silence: your `name`")
	flags.StringVar(&n.comment, "comment", "", "for acknowledge and silence: `text` for others to read")
}

// onItsShard has a note, which goes to the shard of its key as the next one about it will, be there when the command ends.
const onItsShard = "SETTINGS distributed_foreground_insert = 1"

var beginOfID = regexp.MustCompile(`^[0-9a-f-]{4,36}$`)

// acknowledge notes who has seen a finding.
func (n *note) acknowledge(ctx context.Context, d *database, _ span, out io.Writer) error {
	if !beginOfID.MatchString(strings.ToLower(n.finding)) {
		return errors.New("-finding must name a finding by its id, or by how that begins, at least 4 digits; llmtapctl findings lists them")
	}
	if n.author == "" {
		return errors.New("-author must say who you are, as USER is not set in the environment")
	}
	var ids, messages []string
	query := fmt.Sprintf("SELECT groupArray(toString(finding_id)), groupArray(message) FROM %s.findings_latest WHERE startsWith(toString(finding_id), lower({finding:String}))", d.name)
	if err := d.conn.QueryRow(ctx, query, clickhouse.Named("finding", n.finding)).Scan(&ids, &messages); err != nil {
		return fmt.Errorf("look for the finding: %w", err)
	}
	if len(ids) != 1 {
		return fmt.Errorf("-finding %s: %d findings begin like this; it must be one", n.finding, len(ids))
	}
	err := d.conn.Exec(ctx, "INSERT INTO "+d.name+".acknowledgements (finding_id, author, comment) "+onItsShard+" SELECT toUUID({finding:String}), {author:String}, {comment:String}",
		clickhouse.Named("finding", ids[0]), clickhouse.Named("author", n.author), clickhouse.Named("comment", n.comment))
	if err == nil {
		fmt.Fprintf(out, "%s has seen: %s\n", n.author, printable(messages[0]))
	}
	return err
}

// silence notes that nobody wants to hear of a key for some time.
func (n *note) silence(ctx context.Context, d *database, _ span, out io.Writer) error {
	if n.key == "" {
		return errors.New("-key must say of what you want to hear nothing; llmtapctl findings lists the keys; * is of anything")
	}
	if n.kind != "" && !slices.Contains(detection.Kinds(), n.kind) {
		return fmt.Errorf("-kind %s: there is no such kind; it is one of %s", n.kind, strings.Join(detection.Kinds(), ", "))
	}
	if n.length < 0 || n.length > 366*command.Day {
		return errors.New("-for must be from 0s to 366d, which is a year")
	}
	until := time.Now().UTC().Add(time.Duration(n.length)).Truncate(time.Second)
	err := d.conn.Exec(ctx, "INSERT INTO "+d.name+".silences (kind, key, metric, until, author, comment) "+onItsShard+`
		SELECT {kind:String}, {key:String}, {metric:String}, toDateTime({until:UInt32}, 'UTC'), {author:String}, {comment:String}`,
		clickhouse.Named("kind", n.kind), clickhouse.Named("key", n.key), clickhouse.Named("metric", n.metric),
		clickhouse.Named("until", strconv.FormatInt(until.Unix(), 10)), clickhouse.Named("author", n.author), clickhouse.Named("comment", n.comment))
	switch {
	case err != nil:
		return err
	case n.length == 0:
		fmt.Fprintf(out, "%s is heard again\n", n.key)
	default:
		fmt.Fprintf(out, "%s is silent until %s\n", n.key, until.Format(time.RFC3339))
	}
	return nil
}
