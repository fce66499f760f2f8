package detection

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDefaultsAreValid(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
}

func TestRulesOfConversationsCanBeOff(t *testing.T) {
	c := DefaultConfig()
	c.Loop, c.Context.CallsMin = Loop{CallsMax: 10}, 0
	require.NoError(t, c.Validate())
}

func TestInvalidSettingsAreNamed(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		c := DefaultConfig()
		change(&c)
		require.ErrorContains(t, c.Validate(), want)
	}
	f("open_runs: 4 of open_of: 3", func(c *Config) { c.OpenRuns = 4 })
	f("close_runs: 0", func(c *Config) { c.CloseRuns = 0 })
	f("freeze: 169h", func(c *Config) { c.Freeze = 169 * time.Hour })
	f("series_min: 0", func(c *Config) { c.SeriesMin = 0 })
	f("drift::window: 5h0m0s must be 1h, 2h", func(c *Config) { c.Drift.Window = 5 * time.Hour })
	f("drift::window: 48h0m0s must be", func(c *Config) { c.Drift.Window = 48 * time.Hour })
	f("rates::window: 2h0m0s must be 3h, 6h, 12h or 24h", func(c *Config) { c.Rates.Window = 2 * time.Hour })
	f("rates::long_window: 0s must be", func(c *Config) { c.Rates.LongWindow = 0 })
	f("drift::q: 1 must lie", func(c *Config) { c.Drift.Q = 1 })
	f("rates::ratio: 0.9 must be", func(c *Config) { c.Rates.Ratio = 0.9 })
	f("drift::days_min: 8", func(c *Config) { c.Drift.DaysMin = 8 })
	f("drift::models_max: 0 must be", func(c *Config) { c.Drift.ModelsMax = 0 })
	f("spike::users_max: 100001", func(c *Config) { c.Spike.UsersMax = 100_001 })
	f("spike::usd_min: -1 must be 0 or above", func(c *Config) { c.Spike.USDMin = -1 })
	f("spike::z: NaN must be", func(c *Config) { c.Spike.Z = math.NaN() })
	f("spike::ratio_min: +Inf must be", func(c *Config) { c.Spike.RatioMin = math.Inf(1) })
	f("burn::ticket: 0 must be", func(c *Config) { c.Burn.Ticket = 0 })
	f("context::correlation_min: 1.1 must be", func(c *Config) { c.Context.CorrelationMin = 1.1 })
	f("loop::in_row: 1 must be from 2 to loop::calls_max, 1000, or 0 to look for none", func(c *Config) { c.Loop.InRow = 1 })
	f("loop::same_prompt: 1001 must be from 2 to", func(c *Config) { c.Loop.SamePrompt = 1001 })
	f("loop::oscillation: 3 must be from 4 to", func(c *Config) { c.Loop.Oscillation = 3 })
	f("context::calls_min: 20 must be from 2 to loop::calls_max, 10,", func(c *Config) { c.Loop.CallsMax = 10 })
	f("loop::same_call: -1 must be from 2 to", func(c *Config) { c.Loop.SameCall = -1 })
	f("loop::calls_max: 100001 must be from 4 to 100000", func(c *Config) { c.Loop.CallsMax = 100_001 })
}

// What the configuration leaves out is part of the SQL, and cannot break out of it.
func TestExcludedIsQuoted(t *testing.T) {
	c := DefaultConfig()
	c.Exclude.Users = []string{`o'hara\`}
	query, err := c.ViewQuery("llmtap", c.Tiers()[0], "blocks")
	require.NoError(t, err)
	require.Contains(t, query, `m.user_id NOT IN ('o\'hara\\')`)
}
