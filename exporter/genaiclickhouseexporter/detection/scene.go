package detection

import (
	"fmt"
	"strconv"
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
	// File is the name of the step.
	File string
}

// finds is the kind of finding that each detector finds.
var finds = map[string]string{
	"drift": "regression", "step": "regression", "rates": "rate", "spike": "cost_spike", "alias": "alias_moved",
	"burn": "burn_rate", "loops": "loop", "context": "context_growth",
}

// Finds is what the step finds; empty of one that is no detector.
func (s scene) Finds() string { return finds[s.File] }

const (
	// usualDays is how many days say what is usual; the latest is gapDays before, so that a step does not become usual while it
	// is looked for.
	usualDays = 14
	gapDays   = stepHours / 24
	// stepHours is how far back a step is looked for.
	stepHours = 48
	// backtestDays is how many days the detectors of means test themselves on.
	backtestDays = 14
	// historyDays of blocks are read for that: those of the backtest, the two weeks before each, and what is usual then.
	historyDays = gapDays + 2*backtestDays + usualDays
	// ratesDays is the same for rates.
	ratesDays = 8 + usualDays
	// loadCalls is how many calls' own noise is as large as the noise that the calls of a block share.
	loadCalls = 36
	// datingHours is for how long more blocks may date the change of an incident better, once an hour.
	datingHours = 6
	// companionGain is by how much a step of the companion must make its blocks likelier to count; what load lasts for hours makes less.
	companionGain = 10
	// dateLimit is by how much less likely than the likeliest, as the logarithm, a moment of the interval of the change is.
	dateLimit = 3
	// hold is the normal score above which an incident that is open stays so, that one near the limits does not come and go.
	hold = 2
	// findingsMax bounds what one detector flags in one run.
	findingsMax = 100
	// meanDegrees is those of freedom of deviations that are estimated from weeks of hours that depend on each other, rateDegrees of
	// those of counts, which depend less.
	meanDegrees = 20
	rateDegrees = 60
	// shorterWindows is the weight, in windows, that windows half as long have in how far a window strays.
	shorterWindows = 40
)

func (scene) StepHours() int      { return stepHours }
func (scene) UsualDays() int      { return usualDays }
func (scene) GapDays() int        { return gapDays }
func (scene) BacktestDays() int   { return backtestDays }
func (scene) HistoryDays() int    { return historyDays }
func (scene) RatesDays() int      { return ratesDays }
func (scene) LoadCalls() int      { return loadCalls }
func (scene) DateLimit() int      { return dateLimit }
func (scene) Hold() int           { return hold }
func (scene) FindingsMax() int    { return findingsMax }
func (scene) DatingHours() int    { return datingHours }
func (scene) MeanDegrees() int    { return meanDegrees }
func (scene) RateDegrees() int    { return rateDegrees }
func (scene) ShorterWindows() int { return shorterWindows }

func (s scene) OpenRuns() int { return s.openRuns }
func (s scene) OpenOf() int   { return s.openOf }
func (s scene) Kinds() string { return quoted(s.kinds()) }

// Hours writes a duration in hours, WindowsOfDay how often it fits a day.
func (scene) Hours(d time.Duration) int        { return int(d.Hours()) }
func (scene) WindowsOfDay(d time.Duration) int { return 24 / int(d.Hours()) }

// RateWidths are the windows of rates in threes of hours: the shortest, each twice the one before, and the longest.
func (s scene) RateWidths() string {
	var widths []string
	for window := s.Rates.Window; window < s.Rates.LongWindow; window *= 2 {
		widths = append(widths, strconv.Itoa(int(window.Hours())/3))
	}
	return "[" + strings.Join(append(widths, strconv.Itoa(int(s.Rates.LongWindow.Hours())/3)), ", ") + "]"
}

// Fresh is the condition that a run dates and explains an open incident: when it opens, and each hour of the next ones.
func (scene) Fresh() string {
	return fmt.Sprintf("(opened_at = run OR kind IN ('regression', 'rate', 'alias_moved', 'cost_spike', 'burn_rate') AND opened_at >= run - toIntervalHour(if(kind = 'cost_spike', 1, %d)) AND (toUInt32(run) - toUInt32(opened_at)) %% 3600 = 0)", datingHours)
}

// StepGain is by how much a step at a moment makes n blocks likelier, as the logarithm. Of y is taken what x explains, by regression
// within both sides; where x itself steps by more than noise does, that counts too, and the two together are Wilks' lambda.
func (scene) StepGain() string {
	const left = "(%[1]s - (s%[2]s * w0 / w - %[2]s0) * (s%[3]s * w0 / w - %[3]s0) * w / (w0 * (w - w0)))" // of a sum of squares within the sides
	within := func(sum, a, b string) string { return fmt.Sprintf(left, sum, a, b) }
	wyy, wxy, wxx := within("yy", "y", "y"), within("xy", "x", "y"), within("xx", "x", "x")
	return fmt.Sprintf("n / 2 * (log((yy - xy * xy / greatest(xx, 1e-12)) / greatest(%s - %[2]s * %[2]s / greatest(%[3]s, 1e-12), 1e-12)) + greatest(0, log(greatest(xx, 1e-12) / greatest(%[3]s, 1e-12)) - 2 * %[4]d / n))",
		wyy, wxy, wxx, companionGain)
}

// Unknown is a number that a detector does not have.
func (scene) Unknown() string { return "CAST(NULL, 'Nullable(Float64)')" }

// Seconds writes a duration as a number.
func (scene) Seconds(d time.Duration) int { return int(d.Seconds()) }

// OpenFirst orders what is flagged so that what has an open incident comes first: no more than findingsMax is kept, and incidents must not
// close and open again as others come and go.
func (s scene) OpenFirst() string {
	return fmt.Sprintf("(key_kind, if(conversation_id = '', key, conversation_id), metric, user_id, app) IN (SELECT key_kind, key, metric, user_id, app FROM %s.findings FINAL WHERE kind = '%s' AND state = 'open') DESC",
		s.DB, s.Finds())
}

// Frozen selects since when the series of open incidents are not as usual: what an incident flagged must not become the usual
// while it is open. After a while it does.
func (s scene) Frozen(kind string) string {
	return fmt.Sprintf("SELECT metric, model, upstream, app, least(any(since), any(assumeNotNull(baseline_to))) AS since FROM %s.findings FINAL WHERE kind = '%s' AND state = 'open' AND opened_at > run - INTERVAL %d SECOND GROUP BY metric, model, upstream, app",
		s.DB, kind, int(s.Freeze.Seconds()))
}

// Recovered selects from when until when a series had an incident that is over. Such hours say nothing of what is usual, nor how far it
// strays: they would hide each smaller change of the next weeks. What came twice is the series' own way, and what outlasted the freeze
// has become usual.
func (s scene) Recovered(kind string) string {
	return fmt.Sprintf(`SELECT metric, model, upstream, app, least(any(since), any(assumeNotNull(baseline_to))) AS since, any(assumeNotNull(closed_at)) AS until, any(opened_at) AS opened FROM %s.findings FINAL
        WHERE kind = '%s' AND state = 'closed' AND closed_at > run - INTERVAL %d DAY AND closed_at <= run GROUP BY metric, model, upstream, app HAVING count() = 1 AND until < opened + toIntervalSecond(%d)`,
		s.DB, kind, ratesDays, int(s.Freeze.Seconds()))
}

// InScope is the condition that keeps what the configuration leaves out away from a detector that reads measures or costs.
func (s scene) InScope(alias string) string {
	return notIn(alias, left{"model", s.Exclude.Models}, left{"app", s.Exclude.Apps}, left{"user_id", s.Exclude.Users})
}

// CallInScope is the same of calls, which have two names of a model: that which was asked for, and that which answered.
func (s scene) CallInScope(alias string) string {
	return s.InScope(alias) + " AND " + notIn(alias, left{"model_requested", s.Exclude.Models})
}

// SeriesInScope is the same of blocks, which have no user: those that were made before it was left out are read no longer.
func (s scene) SeriesInScope(alias string) string {
	return notIn(alias, left{"model", s.Exclude.Models}, left{"app", s.Exclude.Apps})
}

// ModelWorks is the condition that a model works on a call: others fetch or cancel what another made, or count tokens.
func (scene) ModelWorks(alias string) string {
	return alias + ".operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens')"
}

// left are the values of a column that are left out.
type left struct {
	column string
	values []string
}

func notIn(alias string, all ...left) string {
	conditions := []string{"1"}
	for _, l := range all {
		if len(l.values) > 0 {
			conditions = append(conditions, fmt.Sprintf("%s.%s NOT IN (%s)", alias, l.column, quoted(l.values)))
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

// PValue adds to a table of scores t the normal score z and the chance p of one as high. The scores are Student's; the normal ones
// after D. L. Wallace, "Bounds on Normal Approximations to Student's and the Chi-Square Distributions", Annals of Mathematical
// Statistics 30 (1959), right to 0.02 also far out.
func (scene) PValue(table, t string, degrees int) string {
	return fmt.Sprintf("SELECT *, erfc(z / sqrt(2)) / 2 AS p FROM (SELECT *, sign(%[2]s) * %[3]v * sqrt(%[4]d * log(1 + %[2]s * %[2]s / %[4]d)) AS z FROM %[1]s)",
		table, t, float64(8*degrees+1)/float64(8*degrees+3), degrees)
}

// BenjaminiHochberg adds the column q to a table of p-values: the share of false ones among all that are as small.
func (s scene) BenjaminiHochberg(table, series string) string {
	down := strings.ReplaceAll(series, ",", " DESC,") + " DESC"
	return fmt.Sprintf(`
        SELECT *, min(p * family / rank) OVER (ORDER BY p DESC, %[3]s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS q
        FROM (SELECT *, row_number() OVER (ORDER BY p, %[2]s) AS rank, greatest(count() OVER (), %[4]d) AS family FROM %[1]s)
    `, table, series, down, s.SeriesMin)
}
