package detection

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed sql/*.sql
var files embed.FS

var templates = template.Must(template.ParseFS(files, "sql/*.sql"))

// Tier is a group of detectors that run together, and how their flags become incidents.
type Tier struct {
	// Name is slow or fast.
	Name string
	// Every is the time between two runs.
	Every time.Duration
	// Steps are the names of the files, in order: the detectors, then what makes incidents of what they flagged.
	Steps []string
	// openRuns of openOf runs open an incident.
	openRuns, openOf int
}

// Tiers are all detectors. The slow ones test against the noise of ten minutes and need to be sure more than once; what the
// fast ones find stands as it is.
func (c Config) Tiers() []Tier {
	return []Tier{
		{Name: "slow", Every: 10 * time.Minute, Steps: []string{"blocks", "means", "drift", "step", "rates", "spike", "alias", "incidents", "date", "explain"},
			openRuns: c.OpenRuns, openOf: c.OpenOf},
		{Name: "fast", Every: time.Minute, Steps: []string{"burn", "loops", "context", "incidents", "explain"},
			openRuns: 1, openOf: 1},
	}
}

// kinds are what the detectors of the tier find.
func (t Tier) kinds() (kinds []string) {
	for _, step := range t.Steps {
		if kind := finds[step]; kind != "" && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Kinds are all that a finding may be of.
func Kinds() []string {
	var kinds []string
	for _, tier := range DefaultConfig().Tiers() {
		kinds = append(kinds, tier.kinds()...)
	}
	return kinds
}

// Latest is the table that holds rows of the latest run only.
const Latest = "residuals_1h"

// Target is the table that a step writes to.
func Target(step string) string {
	switch step {
	case "blocks":
		return "blocks_10m"
	case "means":
		return Latest
	case "incidents", "date", "explain":
		return "findings"
	}
	return "detections"
}

// CloseAll closes the incidents that are open, as when no run will do it.
func CloseAll(database string) string {
	return fmt.Sprintf(`INSERT INTO %[1]s.findings
SELECT * REPLACE ('closed' AS state, now('UTC') AS closed_at, greatest(now64(3, 'UTC'), updated_at + toIntervalMillisecond(1)) AS updated_at)
FROM (SELECT * FROM %[1]s.findings FINAL WHERE state = 'open' AND kind IN (%[2]s))`, database, quoted(Kinds()))
}

// ViewQuery is a step as the SELECT of a refreshable view, whose run is the last full tick of its clock.
func (c Config) ViewQuery(database string, tier Tier, step string) (string, error) {
	return c.query(database, tier, step, fmt.Sprintf("toStartOfInterval(now('UTC'), INTERVAL %d SECOND, 'UTC')", int(tier.Every.Seconds())))
}

func (c Config) query(database string, tier Tier, step, run string) (string, error) {
	s := scene{Config: c.switchedOff(), Tier: tier, DB: database, Run: run, File: step}
	query, err := s.write(step)
	if err != nil || s.Finds() == "" {
		return query + stored, err
	}
	ran, err := s.write("ran")
	return "SELECT * FROM\n(\n" + query + "\n)\nUNION ALL\n" + ran + stored, err
}

// stored has a step end when all shards of a cluster have its rows, and the next read them where they were written: else ClickHouse sends
// them later, and incidents do not see what was just flagged. Whatever a profile says, joins and sums give no NULL for what is not there: no
// incident would open.
const stored = "\nSETTINGS distributed_foreground_insert = 1, load_balancing = 'in_order', join_use_nulls = 0, aggregate_functions_null_for_empty = 0"

func (s scene) write(file string) (string, error) {
	var out strings.Builder
	err := templates.ExecuteTemplate(&out, file+".sql", s)
	return strings.TrimSpace(out.String()), err
}
