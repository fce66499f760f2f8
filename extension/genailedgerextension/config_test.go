package genailedgerextension

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestProblemsAreAllReported(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.AccountsMax, cfg.Store.Endpoint = 0, "localhost:8123"
	cfg.Budgets = []BudgetConfig{
		{Name: "a", Scope: "user", Window: "day", Calls: 1},
		{Name: "a", Scope: "person", Window: "year", Soft: 2, Action: "stop", USD: -1},
		{Scope: "all", Match: "x", Window: "1h"},
		{Name: "b", Scope: "user", Window: "day", USD: 1e-10, Soft: math.NaN()},
		{Name: "c", Scope: "user", Window: "day", USD: math.NaN()},
	}
	require.EqualError(t, cfg.Validate(), `accounts_max: must be positive
store::endpoint: must be clickhouse://host:9000, http://host:8123 or https://host:8443, without user, password and database
budgets::1: scope: must be user, team, app, key, model or all
budgets::1: window: must be minute, hour, day, month, or a duration of a second to 31 days such as 5h
budgets::1: usd, tokens and calls: a limit cannot be negative
budgets::1: soft: must be between 0 and 1
budgets::1: action: must be flag or enforce
budgets::1::name: "a" names another budget already
budgets::2: name: a name is needed
budgets::2: match: has no meaning with the scope all; leave it out
budgets::2: usd, tokens or calls: at least one limit is needed
budgets::3: soft: must be between 0 and 1
budgets::3: usd: is less than a nano-dollar, which would be no limit
budgets::4: usd: must be a number up to 1000000000`)
}

// What would be ignored is refused.
func TestStoreIsWhole(t *testing.T) {
	f := func(want string, store StoreConfig) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Endpoint, cfg.Store.Extension, cfg.Store.Username, cfg.Store.Password = store.Endpoint, store.Extension, store.Username, store.Password
		err := cfg.Validate()
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
	embedded := component.MustNewID("clickhouse_embedded")
	f("store::endpoint: is missing", StoreConfig{Username: "reader"})
	f("store::endpoint: is missing", StoreConfig{Extension: &embedded})
	f("store::username: is missing", StoreConfig{Endpoint: "http://store", Password: "secret"})
	f("store::endpoint: must be", StoreConfig{Endpoint: "clickhouse://reader:secret@store:9000"})
	f("store::endpoint: must be", StoreConfig{Endpoint: "http://store:8123/other"})
}

// What would be ignored, or flag every call, is refused before calls come, whether or not a processor names the ledger.
func TestWhatCannotWorkIsRefused(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		config := createDefaultConfig().(*Config)
		config.Budgets = []BudgetConfig{{Name: "a", Scope: "user", Window: "day", Calls: 1}}
		require.NoError(t, config.Validate())
		change(config)
		require.ErrorContains(t, config.Validate(), want)
	}
	f(`budgets::0: when: "plan ===" is no OTTL condition`, func(c *Config) { c.Budgets[0].When = "plan ===" })
	f(`loop::when: "plan ===" is no OTTL condition`, func(c *Config) { c.Loop.When = "plan ===" })
	f("budgets::0: time_zone: has no meaning with a window that rolls", func(c *Config) {
		c.Budgets[0].Window, c.Budgets[0].TimeZone = "24h", "Europe/Berlin"
	})
	for _, match := range []string{"sk-ada", "7F112A66B2920A67", "7f112a66b2920a6", "7f112a66b2920a670", "7f112a66b2920a6g"} {
		f("budgets::0: match: is no key hash", func(c *Config) { c.Budgets[0].Scope, c.Budgets[0].Match = "key", match })
	}
	f("store::endpoint: is missing", func(c *Config) { c.Store.Database = "other" })
	f("store::database: is empty", func(c *Config) { c.Store.Endpoint, c.Store.Database = "http://store:8123", "" })
	f("loop::same_tool_call: must be from 2 to 64, or 0", func(c *Config) { c.Loop.SameToolCall = 65 })
	f("loop::in_a_row: must be from 2 to 64, or 0", func(c *Config) { c.Loop.InARow = 1 })
	f("loop::same_prompt: must be from 2 to 64, or 0", func(c *Config) { c.Loop.SamePrompt = -1 })
	f("loop::alternations: must be from 2 to 32, or 0", func(c *Config) { c.Loop.Alternations = 33 })
}

func TestBudgetOfOneKey(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Budgets = []BudgetConfig{{Name: "a", Scope: "key", Match: genai.KeyHash("pepper", "sk-ada"), Window: "day", Calls: 1}}
	require.NoError(t, config.Validate())
}

// Loops at the limits are found.
func TestLargestLoopsAreFound(t *testing.T) {
	hashes := make([]uint64, 0, conversationHashesMax)
	for i := range 2 * conversationHashesMax {
		hashes = remember(hashes, uint64(1+i%2))
	}
	require.Equal(t, conversationHashesMax/2, turns(hashes))
	for range conversationHashesMax {
		hashes = remember(hashes, 1)
	}
	require.Equal(t, conversationHashesMax, row(hashes))
	require.Equal(t, conversationHashesMax, count(hashes, 1))
}
