package detection

import (
	"fmt"
	"strings"
	"time"
)

// scene is what the SQL files know besides the thresholds.
type scene struct {
	Config
	Tier
	DB string
	// Run is the expression of the time of the run.
	Run string
}

// FindingsMax bounds what one detector flags in one run.
func (scene) FindingsMax() int { return 100 }

func (s scene) OpenRuns() int { return s.openRuns }
func (s scene) OpenOf() int   { return s.openOf }
func (s scene) Kinds() string { return quoted(s.kinds) }

// Unknown is a number that a detector does not have.
func (scene) Unknown() string { return "CAST(NULL, 'Nullable(Float64)')" }

// Seconds writes a duration as a number.
func (scene) Seconds(d time.Duration) int { return int(d.Seconds()) }

// Frozen selects the baselines of open incidents: while one is open, what it flagged must not become the usual. After a while
// it does.
func (s scene) Frozen(kind string) string {
	return fmt.Sprintf("SELECT key, metric, any(baseline_to) AS baseline_to FROM %s.findings FINAL WHERE kind = '%s' AND state = 'open' AND opened_at > run - INTERVAL %d SECOND GROUP BY key, metric",
		s.DB, kind, int(s.Freeze.Seconds()))
}

// InScope is the condition that keeps what the configuration leaves out away from a detector.
func (s scene) InScope(alias string) string {
	conditions := []string{"1"}
	for _, excluded := range []struct {
		column string
		values []string
	}{{"model", s.Exclude.Models}, {"app", s.Exclude.Apps}, {"user_id", s.Exclude.Users}} {
		if len(excluded.values) > 0 {
			conditions = append(conditions, fmt.Sprintf("%s.%s NOT IN (%s)", alias, excluded.column, quoted(excluded.values)))
		}
	}
	return strings.Join(conditions, " AND ")
}

// quoted writes strings as a list of SQL literals.
func quoted(values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
	}
	return strings.Join(all, ", ")
}

// UpperTail is the chance that a standard normal variable exceeds z.
func (scene) UpperTail(z string) string { return fmt.Sprintf("erfc((%s) / sqrt(2)) / 2", z) }

// NormalOfT is the normal score of Student's t with that many degrees of freedom: Abramowitz and Stegun 26.7.8.
func (scene) NormalOfT(t, degrees string) string {
	return fmt.Sprintf("(%[1]s) * (1 - 1 / (4 * (%[2]s))) / sqrt(1 + pow(%[1]s, 2) / (2 * (%[2]s)))", t, degrees)
}

// ChangeOf dates a step in blocks (t, y) from a time on: where the two sides differ most, weighed by how many blocks each has.
func (s scene) ChangeOf(blocks, from string) string {
	return s.change(fmt.Sprintf("arrayMap(b -> (b.1, b.2, 1.), arraySort(arrayFilter(b -> b.1 >= %s, %s)))", from, blocks))
}

// ChangeOfRate is ChangeOf for blocks (t, events, trials).
func (s scene) ChangeOfRate(blocks, from string) string {
	return s.change(fmt.Sprintf("arrayMap(b -> (b.1, b.2, b.3), arraySort(arrayFilter(b -> b.1 >= %s AND b.3 > 0, %s)))", from, blocks))
}

// change maximizes n1 n2 / (n1 + n2) (mean2 - mean1)² = (S n1/n - S1)² n / (n1 n2) over the splits, for rises.
func (scene) change(points string) string {
	return fmt.Sprintf(`arrayMap(points -> arrayMap((ys, ns) -> arrayElement(arrayMap(b -> b.1, points), toUInt32(1 + arrayMax(arrayMap(i ->
        (if(i < length(ns) AND ns[-1] * ys[i] < ys[-1] * ns[i], pow(ys[-1] * ns[i] / ns[-1] - ys[i], 2) * ns[-1] / (ns[i] * (ns[-1] - ns[i])), 0), i %% length(ns)), arrayEnumerate(ns))).2)),
        [arrayCumSum(arrayMap(b -> b.2, points))], [arrayCumSum(arrayMap(b -> b.3, points))])[1], [%s])[1]`, points)
}
