// Command llmtapcost prints what each user of a running llmtap has cost, or how its model servers kept their promises.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/command"
	"github.com/llmtap/llmtap/internal/fidelity"
)

//go:embed cost.sql
var costSQL string

//go:embed unrecorded.sql
var unrecordedSQL string

//go:embed scorecard.sql
var scorecardSQL string

// reports are the queries by name, whose answers are printed one below the other.
var reports = map[string][]string{"cost": {costSQL, unrecordedSQL}, "scorecard": {scorecardSQL}}

const countSQL = "SELECT count() FROM calls WHERE ts >= now() - toIntervalSecond({seconds:UInt32})"

func main() { command.Main("llmtapcost", run) }

const (
	// pollEvery is how often the number of calls is asked for while waiting.
	pollEvery = 250 * time.Millisecond
	// pollsToTell is how many of these pass from one word of progress to the next.
	pollsToTell = 8
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("llmtapcost", flag.ContinueOnError)
	address := flags.String("url", "http://127.0.0.1:8123", "base `address` of ClickHouse's HTTP interface; a user may stand in it, and its password in CLICKHOUSE_PASSWORD")
	database := flags.String("database", "llmtap", "`name` of the database")
	since := 30 * command.Day
	flags.Var(&since, "since", "count the calls of this last `time`, like 36h or 7d")
	report := flags.String("report", "cost", "`name` of the table to print: cost or scorecard")
	calls := flags.Int("calls", 0, "wait until this `number` of calls is stored")
	timeMax := flags.Duration("time-max", 30*time.Second, "longest `time` to wait and ask")
	if err := command.Parse(flags, args, stderr, "everything is given by name, like -since 24h"); err != nil {
		return err
	}
	queries, ok := reports[*report]
	if !ok {
		return fmt.Errorf("-report %s: there is no such report; ask for cost or scorecard", *report)
	}
	if *calls < 0 {
		return fmt.Errorf("-calls %d: that is no number of calls; leave it out to wait for none", *calls)
	}
	if *timeMax <= 0 {
		return fmt.Errorf("-time-max %v: that is no time to ask in; give a second or more, like 30s", *timeMax)
	}
	if time.Duration(since) < time.Second {
		return fmt.Errorf("-since %v: there is nothing to count; ask for a second or more, like 24h", &since)
	}
	base, err := baseAddress(*address)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeoutCause(ctx, *timeMax, fmt.Errorf("-time-max %v is over; give it more, or count less with -since", *timeMax))
	defer stop()
	store := store{url: base, database: *database, from: time.Now().Add(-time.Duration(since))}
	if err := store.await(ctx, *calls, pollEvery, stderr); err != nil {
		return err
	}
	printed, err := store.print(ctx, queries, stdout)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("ClickHouse has not answered: %w", context.Cause(ctx))
	}
	if err == nil && printed == 0 {
		_, err = fmt.Fprintf(stderr, "llmtapcost: no calls in the last %v to report on\n", &since)
	}
	return err
}

// baseAddress is that of ClickHouse's HTTP interface, with the password of the environment if its user comes without.
func baseAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("-url is no address of ClickHouse's HTTP interface; write it like http://127.0.0.1:8123 or https://user@host:8443")
	}
	if _, given := u.User.Password(); u.User != nil && !given {
		u.User = url.UserPassword(u.User.Username(), os.Getenv("CLICKHOUSE_PASSWORD"))
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// store is a ClickHouse that is asked about what began at a time or later.
type store struct {
	url, database string
	from          time.Time
}

// seconds is how long ago that was, since 1970 at most: the store has a clock of its own, and calls that are waited for must not grow too old.
func (s store) seconds(now time.Time) int64 {
	return min(int64(math.Ceil(now.Sub(s.from).Seconds())), now.Unix())
}

// await returns when so many calls are stored, and says now and then how many are.
func (s store) await(ctx context.Context, calls int, every time.Duration, progress io.Writer) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for polls, stored := 1, 0; stored < calls; polls++ {
		text, err := s.ask(ctx, countSQL)
		if ctx.Err() != nil {
			return fmt.Errorf("only %d of %d calls are stored: %w", stored, calls, ctx.Err())
		}
		if err != nil {
			return err
		}
		if stored, err = strconv.Atoi(strings.TrimSpace(text)); err != nil {
			return fmt.Errorf("the number of calls: %w", err)
		}
		if stored >= calls {
			return nil
		}
		if polls%pollsToTell == 0 {
			_, _ = fmt.Fprintf(progress, "llmtapcost: %d of %d calls are stored\n", stored, calls)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d calls are stored: %w", stored, calls, ctx.Err())
		}
	}
	return nil
}

// print writes the answers to the queries, and says how many bytes that were.
func (s store) print(ctx context.Context, queries []string, to io.Writer) (printed int, err error) {
	for _, sql := range queries {
		answer, err := s.ask(ctx, sql)
		if err != nil {
			return printed, err
		}
		n, err := io.WriteString(to, answer)
		printed += n
		if err != nil {
			return printed, err
		}
	}
	return printed, nil
}

// checkItems gives the fidelity checks, and the items of the scorecard that they belong to, as arrays of ClickHouse.
func checkItems() (checks, items string) {
	var ids, names []string
	for _, check := range fidelity.Checks() {
		ids, names = append(ids, "'"+check.ID+"'"), append(names, "'"+string(check.Item)+"'")
	}
	return "[" + strings.Join(ids, ",") + "]", "[" + strings.Join(names, ",") + "]"
}

// answerBytesMax bounds what is read of an answer, linesMax the lines of the table of costs: the last is of all others.
const (
	answerBytesMax = 1 << 20
	linesMax       = 100
)

func (s store) ask(ctx context.Context, sql string) (string, error) {
	checks, items := checkItems()
	query := url.Values{
		"param_seconds": {strconv.FormatInt(s.seconds(time.Now()), 10)}, "param_checks": {checks}, "param_items": {items},
		"param_lines": {strconv.Itoa(linesMax)}, "database": {s.database},
		// Not in the queries, where a user who only reads may set nothing.
		"output_format_pretty_row_numbers": {"0"}, "output_format_pretty_fallback_to_vertical": {"0"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/?"+query.Encode(), strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if reason, ok := errors.AsType[*url.Error](err); ok { // without the address, which has the parameters of all queries in it
			err = reason.Err
		}
		return "", fmt.Errorf("no ClickHouse at -url %s; is llmtap running? %w", req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax))
	if err != nil {
		return "", err
	}
	if !fromClickHouse(resp.Header) { // such as a login page, which would be taken for a report
		return "", fmt.Errorf("what answers at -url %s is not ClickHouse's HTTP interface: %s: %.200q", req.URL.Host, resp.Status, body)
	}
	if resp.StatusCode != http.StatusOK {
		err := fmt.Errorf("ClickHouse answers %s: %s", resp.Status, strings.TrimSpace(string(body)))
		if slices.Contains(lacking, resp.Header.Get("X-ClickHouse-Exception-Code")) {
			err = fmt.Errorf("database %s lacks what this llmtapcost asks for; an llmtap of its version adds that when it starts, and -database names another: %w", s.database, err)
		}
		return "", err
	}
	return string(body), nil
}

// fromClickHouse tells an answer of ClickHouse, which always has headers of its own.
func fromClickHouse(header http.Header) bool {
	for name := range header {
		if strings.HasPrefix(name, "X-Clickhouse-") {
			return true
		}
	}
	return false
}

// lacking are ClickHouse's codes for an unknown column, table and database.
var lacking = []string{"47", "60", "81"}
