package detection

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Config holds the thresholds of all detectors.
type Config struct {
	// Enabled makes the views that run the detectors. Default true.
	Enabled bool `mapstructure:"enabled"`
	// OpenRuns of the last OpenOf runs must flag a key before an incident opens. Default 2 of 3.
	OpenRuns int `mapstructure:"open_runs"`
	OpenOf   int `mapstructure:"open_of"`
	// CloseRuns in a row that do not flag it close an incident. Default 6.
	CloseRuns int `mapstructure:"close_runs"`
	// Freeze is how long an open incident keeps its baseline; after it, the new level is the usual. Default 168h.
	Freeze time.Duration `mapstructure:"freeze"`
	// SeriesMin is for how many series a run corrects at least (Benjamini-Hochberg), so that a small installation, which is
	// tested as often, cries wolf no more than a large one. Default 100.
	SeriesMin int `mapstructure:"series_min"`
	// Exclude is not looked at.
	Exclude Exclude `mapstructure:"exclude"`
	Drift   Drift   `mapstructure:"drift"`
	Step    Step    `mapstructure:"step"`
	Rates   Rates   `mapstructure:"rates"`
	Spike   Spike   `mapstructure:"spike"`
	Burn    Burn    `mapstructure:"burn"`
	Loop    Loop    `mapstructure:"loop"`
	Context Context `mapstructure:"context"`
	Alias   Alias   `mapstructure:"alias"`
}

// Exclude names what no detector looks at.
type Exclude struct {
	Models []string `mapstructure:"models"`
	Apps   []string `mapstructure:"apps"`
	Users  []string `mapstructure:"users"`
}

// Drift compares means of latency, tokens and money of the last hours.
type Drift struct {
	// Window is compared with the same hours of the last 14 days. 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h. Default 3h.
	Window time.Duration `mapstructure:"window"`
	// Q is the share of false flags among all flags of a run (Benjamini-Hochberg). Default 0.01.
	Q float64 `mapstructure:"q"`
	// Ratio must lie below the confidence interval of after to before. Default 1.05.
	Ratio float64 `mapstructure:"ratio"`
	// Limit is the half width of that interval in standard errors. Default 2.326, which is 99 % on one side.
	Limit float64 `mapstructure:"limit"`
	// OverPast is how many times what the last two weeks had of it a rise must be, the CUSUM's climb likewise. Default 1.5.
	OverPast float64 `mapstructure:"over_past"`
	// BlocksMin blocks of ten minutes, CallsMin calls and DaysMin days of baseline are needed. Default 12, 300, 4.
	BlocksMin int `mapstructure:"blocks_min"`
	CallsMin  int `mapstructure:"calls_min"`
	DaysMin   int `mapstructure:"days_min"`
	// ModelsMax models of an upstream are looked at, those with most calls in two days. Default 100.
	ModelsMax int `mapstructure:"models_max"`
}

// Step looks for a change within the last two days; what it has not got is as that of drift.
type Step struct {
	// K and H are the CUSUM's allowance and limit, both in standard deviations of an hour's mean. Default 0.5 and 5.
	K float64 `mapstructure:"k"`
	H float64 `mapstructure:"h"`
	// HoursMin is how long the change must have lasted. Default 4.
	HoursMin int `mapstructure:"hours_min"`
}

// Rates compares shares of calls: errors, fidelity checks, unknown usage and price, refusals.
type Rates struct {
	// Window, each one twice as long, and LongWindow are compared with the same hours of the last 14 days. 3h, 6h, 12h or
	// 24h. Default 3h and 24h.
	Window     time.Duration `mapstructure:"window"`
	LongWindow time.Duration `mapstructure:"long_window"`
	// Q and OverPast are as those of drift; a single application needs a third of Q. Default 0.03 and 1.5.
	Q        float64 `mapstructure:"q"`
	OverPast float64 `mapstructure:"over_past"`
	// Ratio of after to before, and the difference between the two as a share of calls, must be exceeded: ErrorPoints for
	// errors, FidelityPoints for all others. Default 1.3, 0.004, 0.01.
	Ratio          float64 `mapstructure:"ratio"`
	ErrorPoints    float64 `mapstructure:"error_points"`
	FidelityPoints float64 `mapstructure:"fidelity_points"`
	// EventsMin events are needed. Default 10.
	EventsMin float64 `mapstructure:"events_min"`
}

// Spike compares a user's cost with the user's own.
type Spike struct {
	// Z is the robust score to exceed; Floor the least deviation of ln cost it counts in. Default 6 and 0.2.
	Z     float64 `mapstructure:"z"`
	Floor float64 `mapstructure:"floor"`
	// USDMin is what an hour must cost, RatioMin how many times the usual. Default 1 and 5.
	USDMin   float64 `mapstructure:"usd_min"`
	RatioMin float64 `mapstructure:"ratio_min"`
	// OverPast is how many times what the user spent at that time of the day, or of the week, it must be. Default 1.5.
	OverPast float64 `mapstructure:"over_past"`
	// NewUserUSD is what an hour of a user without history may cost, and a quarter of a day's. Default 50.
	NewUserUSD float64 `mapstructure:"new_user_usd"`
	// UsersMax users are looked at, those who spent most in the last day. Default 10000.
	UsersMax int `mapstructure:"users_max"`
}

// Burn holds how many times faster than its period allows a budget may be spent: PageFast over 1 h and 5 min, PageSlow over 6 h
// and 30 min, Ticket over 3 d and 6 h. Default 14.4, 6, 1.
type Burn struct {
	PageFast float64 `mapstructure:"page_fast"`
	PageSlow float64 `mapstructure:"page_slow"`
	Ticket   float64 `mapstructure:"ticket"`
}

// Loop holds how often in an hour a conversation may do the same; 0 looks for none.
type Loop struct {
	// SameCall is the same tool call in all, InRow one after another. Default 10 and 5.
	SameCall int `mapstructure:"same_call"`
	InRow    int `mapstructure:"in_row"`
	// SamePrompt is the same request, Oscillation the calls of A-B-A-B. Default 5 and 8.
	SamePrompt  int `mapstructure:"same_prompt"`
	Oscillation int `mapstructure:"oscillation"`
	// CallsMax calls of one conversation are looked at. Default 1000.
	CallsMax int `mapstructure:"calls_max"`
}

// Context says when a conversation's input has grown too far without a word of the user.
type Context struct {
	// CallsMin calls one after another, an input RatioMin times the first and of TokensMin tokens at least, on a line with
	// that correlation. Default 20, 4, 32000, 0.95. CallsMin of 0 looks for none.
	CallsMin       int     `mapstructure:"calls_min"`
	RatioMin       float64 `mapstructure:"ratio_min"`
	TokensMin      int     `mapstructure:"tokens_min"`
	CorrelationMin float64 `mapstructure:"correlation_min"`
}

// Alias says how sure it must be what answers to a name: Share of the calls, CallsMin of them. Default 0.95 and 30.
type Alias struct {
	Share    float64 `mapstructure:"share"`
	CallsMin int     `mapstructure:"calls_min"`
}

// DefaultConfig is what was measured.
func DefaultConfig() Config {
	return Config{
		Enabled: true, OpenRuns: 2, OpenOf: 3, CloseRuns: 6, Freeze: 7 * 24 * time.Hour, SeriesMin: 100,
		Drift:   Drift{Window: 3 * time.Hour, Q: 0.01, Ratio: 1.05, Limit: 2.326, OverPast: 1.5, BlocksMin: 12, CallsMin: 300, DaysMin: 4, ModelsMax: 100},
		Step:    Step{K: 0.5, H: 5, HoursMin: 4},
		Rates:   Rates{Window: 3 * time.Hour, LongWindow: 24 * time.Hour, Q: 0.03, OverPast: 1.5, Ratio: 1.3, ErrorPoints: 0.004, FidelityPoints: 0.01, EventsMin: 10},
		Spike:   Spike{Z: 6, Floor: 0.2, USDMin: 1, RatioMin: 5, OverPast: 1.5, NewUserUSD: 50, UsersMax: 10_000},
		Burn:    Burn{PageFast: 14.4, PageSlow: 6, Ticket: 1},
		Loop:    Loop{SameCall: 10, InRow: 5, SamePrompt: 5, Oscillation: 8, CallsMax: 1000},
		Context: Context{CallsMin: 20, RatioMin: 4, TokensMin: 32000, CorrelationMin: 0.95},
		Alias:   Alias{Share: 0.95, CallsMin: 30},
	}
}

// Validate reports every problem at once.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.OpenRuns >= 1 && c.OpenRuns <= c.OpenOf && c.OpenOf <= 100, "open_runs: %d of open_of: %d must be from 1 to at most 100 runs", c.OpenRuns, c.OpenOf)
	check(c.CloseRuns >= 1 && c.CloseRuns <= 1000, "close_runs: %d must be from 1 to 1000", c.CloseRuns)
	check(c.Freeze >= 0 && c.Freeze <= 7*24*time.Hour, "freeze: %s must be from 0 to 168h, since blocks are looked at for 15 days", c.Freeze)
	check(fits(c.Drift.Window, time.Hour), "drift::window: %s must be 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h", c.Drift.Window)
	for name, window := range map[string]time.Duration{"window": c.Rates.Window, "long_window": c.Rates.LongWindow} {
		check(fits(window, 3*time.Hour), "rates::%s: %s must be 3h, 6h, 12h or 24h", name, window)
	}
	for name, share := range map[string]float64{"drift::q": c.Drift.Q, "rates::q": c.Rates.Q, "alias::share": c.Alias.Share} {
		check(share > 0 && share < 1, "%s: %v must lie between 0 and 1", name, share)
	}
	check(c.Context.CorrelationMin <= 1, "context::correlation_min: %v must be from 0 to 1", c.Context.CorrelationMin)
	check(c.Drift.DaysMin >= 2 && c.Drift.DaysMin <= 7, "drift::days_min: %d must be from 2 to 7", c.Drift.DaysMin)
	check(c.Drift.ModelsMax >= 1 && c.Drift.ModelsMax <= 10_000, "drift::models_max: %d must be from 1 to 10000", c.Drift.ModelsMax)
	check(c.Spike.UsersMax >= 1 && c.Spike.UsersMax <= 100_000, "spike::users_max: %d must be from 1 to 100000", c.Spike.UsersMax)
	check(c.SeriesMin >= 1, "series_min: %d must be 1 or above", c.SeriesMin)
	return errors.Join(append(errs, c.validateCounts(), c.validateThresholds())...)
}

// validateCounts finds counts of a conversation's calls that flag every one, or none, and a limit that no query can hold.
func (c Config) validateCounts() error {
	if c.Loop.CallsMax < 4 || c.Loop.CallsMax > 100_000 {
		return fmt.Errorf("loop::calls_max: %d must be from 4 to 100000", c.Loop.CallsMax)
	}
	var errs []error
	for _, rule := range []struct {
		key        string
		count, min int
	}{
		{"loop::same_call", c.Loop.SameCall, 2}, {"loop::in_row", c.Loop.InRow, 2}, {"loop::same_prompt", c.Loop.SamePrompt, 2},
		{"loop::oscillation", c.Loop.Oscillation, 4}, {"context::calls_min", c.Context.CallsMin, 2},
	} {
		if rule.count != 0 && (rule.count < rule.min || rule.count > c.Loop.CallsMax) {
			errs = append(errs, fmt.Errorf("%s: %d must be from %d to loop::calls_max, %d, or 0 to look for none", rule.key, rule.count, rule.min, c.Loop.CallsMax))
		}
	}
	return errors.Join(errs...)
}

// switchedOff gives counts of 0, whose rules look for none, as ones that no conversation reaches.
func (c Config) switchedOff() Config {
	for _, count := range []*int{&c.Loop.SameCall, &c.Loop.InRow, &c.Loop.SamePrompt, &c.Loop.Oscillation, &c.Context.CallsMin} {
		if *count == 0 {
			*count = c.Loop.CallsMax + 2 // calls that take turns are counted with the one before
		}
	}
	return c
}

// validateThresholds finds those that flag everything, or nothing.
func (c Config) validateThresholds() error {
	var errs []error
	for _, threshold := range []struct {
		key        string
		value, min float64
	}{
		{"drift::ratio", c.Drift.Ratio, 1}, {"drift::limit", c.Drift.Limit, 0}, {"drift::over_past", c.Drift.OverPast, 0},
		{"drift::blocks_min", float64(c.Drift.BlocksMin), 1}, {"drift::calls_min", float64(c.Drift.CallsMin), 1},
		{"step::k", c.Step.K, 0}, {"step::h", c.Step.H, 0}, {"step::hours_min", float64(c.Step.HoursMin), 1},
		{"rates::ratio", c.Rates.Ratio, 1}, {"rates::over_past", c.Rates.OverPast, 0}, {"rates::events_min", c.Rates.EventsMin, 1},
		{"rates::error_points", c.Rates.ErrorPoints, 0}, {"rates::fidelity_points", c.Rates.FidelityPoints, 0},
		{"spike::z", c.Spike.Z, 0}, {"spike::floor", c.Spike.Floor, 0}, {"spike::usd_min", c.Spike.USDMin, 0}, {"spike::ratio_min", c.Spike.RatioMin, 1},
		{"spike::over_past", c.Spike.OverPast, 0}, {"spike::new_user_usd", c.Spike.NewUserUSD, 0},
		{"burn::page_fast", c.Burn.PageFast, 0.1}, {"burn::page_slow", c.Burn.PageSlow, 0.1}, {"burn::ticket", c.Burn.Ticket, 0.1},
		{"context::ratio_min", c.Context.RatioMin, 1},
		{"context::tokens_min", float64(c.Context.TokensMin), 0}, {"context::correlation_min", c.Context.CorrelationMin, 0},
		{"alias::calls_min", float64(c.Alias.CallsMin), 1},
	} {
		if !(threshold.value >= threshold.min) || math.IsInf(threshold.value, 0) { // also what is no number
			errs = append(errs, fmt.Errorf("%s: %v must be %v or above", threshold.key, threshold.value, threshold.min))
		}
	}
	return errors.Join(errs...)
}

// fits tells that a window is made of such bins, and a day of such windows.
func fits(window, bin time.Duration) bool {
	return window > 0 && window%bin == 0 && 24*time.Hour%window == 0
}

// CallsMin is how many calls a conversation must have made to be in any kind of loop.
func (l Loop) CallsMin() int { return min(l.SameCall, l.InRow, l.SamePrompt, l.Oscillation) }
