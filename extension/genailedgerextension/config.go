package genailedgerextension

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/clickhousedb"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/settings"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// Config is the configuration of the gen_ai_ledger extension.
type Config struct {
	// Budgets are checked for every call; left out, only loops are looked for.
	Budgets []BudgetConfig `mapstructure:"budgets"`
	// BudgetsFile has more budgets as YAML, a list under budgets; it is read again when it changes. Left out, there is none.
	BudgetsFile string `mapstructure:"budgets_file"`
	// ReloadInterval is how often BudgetsFile is looked at. Default: 5s.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`
	// AccountsMax bounds the accounts that are kept, one for each budget and each user (team, ...) of it. Default: 100000.
	// Past it a small account gives way; what it had spent bounds what is not known of the one that takes its place.
	AccountsMax int `mapstructure:"accounts_max"`
	// OutputTokens is reserved for a call that does not bound its answer; a call that bounds it by more than a million
	// reserves a million. Default: 4096.
	OutputTokens int64 `mapstructure:"output_tokens"`
	// ReservationTimeout frees what a call reserved whose account never came. Default: 15m.
	ReservationTimeout time.Duration `mapstructure:"reservation_timeout"`
	// Store is the database from which spending is restored after a restart and shared between Collectors. Left out,
	// nothing is shared.
	Store StoreConfig `mapstructure:"store"`
	// Processor is the gen_ai processor by whose rules calls are admitted, where several name this ledger. Left out, the first by name.
	Processor *component.ID `mapstructure:"processor"`
	// Storage is a storage extension, such as file_storage, that keeps spending over a restart. Left out, without a Store
	// spending is forgotten at a restart.
	Storage *component.ID `mapstructure:"storage"`
	// Loop says when a conversation is taken for a loop.
	Loop LoopConfig `mapstructure:"loop"`
}

// BudgetConfig bounds what each user (team, ...) may spend in a window. At least one limit is needed.
type BudgetConfig struct {
	// Name stands in refusals, alerts and metrics. Needed, and different for each budget.
	Name string `mapstructure:"name"`
	// Scope is whose spending is bounded: user, team, app, key, model, or all for everybody together.
	Scope string `mapstructure:"scope"`
	// Match is the one user (team, ...) that the budget is for; left out, each has this budget.
	Match string `mapstructure:"match"`
	// Window is minute, hour, day or month, by the calendar, or a duration such as 5h, which rolls.
	Window string `mapstructure:"window"`
	// TimeZone is that of the calendar, such as Europe/Berlin. Default: UTC.
	TimeZone string `mapstructure:"time_zone"`
	// When is a condition in the OpenTelemetry Transformation Language that a call must fulfil to be of this budget, on
	// the span as the gen_ai processor leaves it. Left out, there is none.
	When string `mapstructure:"when"`
	// USD, Tokens and Calls are the limits; a limit of 0 is none.
	USD    float64 `mapstructure:"usd"`
	Tokens int64   `mapstructure:"tokens"`
	Calls  int64   `mapstructure:"calls"`
	// Soft is the share of a limit at which an alert is raised. Default: 0.8.
	Soft float64 `mapstructure:"soft"`
	// Action is flag, to raise alerts only, or enforce, to refuse calls as well. Default: flag.
	Action string `mapstructure:"action"`
	// Unpriced says what an enforced budget of dollars does with a call whose price is not known, which it cannot bound:
	// flag, to raise an alert, or refuse. Default: flag.
	Unpriced string `mapstructure:"unpriced"`
}

// StoreConfig names the ClickHouse that the gen_ai_clickhouse exporter writes to.
type StoreConfig struct {
	// Endpoint is clickhouse://host:9000 or http(s)://host:8123.
	Endpoint string `mapstructure:"endpoint"`
	// Extension is the clickhouse_embedded extension that serves the endpoint, so that it starts first; left out for a
	// server.
	Extension *component.ID `mapstructure:"extension"`
	// Username and Password to log in with. Left out, ClickHouse's user default without a password.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// Database holds the table calls. Default: llmtap.
	Database string `mapstructure:"database"`
	// Interval is how often spending is read. Default: 30s.
	Interval time.Duration `mapstructure:"interval"`
	// Lag is how long a call may take from its end into the table. Default: 30s.
	Lag time.Duration `mapstructure:"lag"`
}

// LoopConfig says when a conversation is taken for a loop. A count of 0 turns its rule off.
type LoopConfig struct {
	// SameToolCall is how often one tool call, arguments included, may be made. Default: 10.
	SameToolCall int `mapstructure:"same_tool_call"`
	// InARow is how often it may be made without another between. Default: 5.
	InARow int `mapstructure:"in_a_row"`
	// SamePrompt is how often the same request may be sent. Default: 5.
	SamePrompt int `mapstructure:"same_prompt"`
	// Alternations is how often two tool calls may take turns. Default: 4.
	Alternations int `mapstructure:"alternations"`
	// ConversationsMax bounds the conversations that are remembered, the latest ones. Default: 50000.
	ConversationsMax int `mapstructure:"conversations_max"`
	// When is a condition that a call must fulfil to be looked at, as in budgets. Left out, there is none.
	When string `mapstructure:"when"`
}

const (
	softDefault   = 0.8
	actionFlag    = "flag"
	actionEnforce = "enforce"
	actionRefuse  = "refuse"
)

// usdMax bounds a limit in dollars, so that its nano-dollars and what is added to them fit 64 bits.
const usdMax = 1e9

func createDefaultConfig() component.Config {
	return &Config{
		ReloadInterval:     5 * time.Second,
		AccountsMax:        100_000,
		OutputTokens:       4096,
		ReservationTimeout: 15 * time.Minute,
		Store:              StoreConfig{Database: "llmtap", Interval: 30 * time.Second, Lag: 30 * time.Second},
		Loop: LoopConfig{
			SameToolCall: 10, InARow: 5, SamePrompt: 5, Alternations: 4, ConversationsMax: 50_000,
		},
	}
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports all problems.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(c.ReloadInterval <= 0, "reload_interval: must be positive")
	wrong(c.AccountsMax <= 0, "accounts_max: must be positive")
	wrong(c.OutputTokens <= 0, "output_tokens: must be positive")
	wrong(c.ReservationTimeout <= 0, "reservation_timeout: must be positive")
	wrong(c.Store.Interval <= 0, "store::interval: must be positive")
	wrong(c.Store.Lag <= 0, "store::lag: must be positive")
	wrong(c.Loop.ConversationsMax <= 0, "loop::conversations_max: must be positive; set the counts to 0 to look for no loops")
	wrong(c.Store.Endpoint != "" && !clickhousedb.IsEndpoint(c.Store.Endpoint),
		"store::endpoint: must be clickhouse://host:9000, http://host:8123 or https://host:8443, without user, password and database")
	wrong(c.Store.Endpoint == "" && c.Store != createDefaultConfig().(*Config).Store,
		"store::endpoint: is missing although store has other settings; without it nothing is shared")
	wrong(c.Store.Database == "", "store::database: is empty; name the exporter's, such as llmtap")
	wrong(c.Store.Username == "" && c.Store.Password != "", "store::username: is missing although a password is set; add it, or remove password")
	return errors.Join(append(append(append(errs, c.Loop.problems()...), problemsOf(c.Budgets)...), c.checkFile())...)
}

// problems reports rules that would flag every call, or none, and a condition that cannot be read.
func (l *LoopConfig) problems() (errs []error) {
	for _, rule := range []struct {
		key        string
		count, max int
	}{
		{"same_tool_call", l.SameToolCall, conversationHashesMax}, {"in_a_row", l.InARow, conversationHashesMax},
		{"same_prompt", l.SamePrompt, conversationHashesMax}, {"alternations", l.Alternations, conversationHashesMax / 2},
	} {
		if rule.count != 0 && (rule.count < 2 || rule.count > rule.max) {
			errs = append(errs, fmt.Errorf("loop::%s: must be from 2 to %d, or 0 to look for none", rule.key, rule.max))
		}
	}
	if _, err := spanottl.NewCondition(l.When); err != nil {
		errs = append(errs, fmt.Errorf("loop::%w", err))
	}
	return errs
}

// problemsOf reports what is wrong with budgets, and between them.
func problemsOf(budgets []BudgetConfig) (errs []error) {
	names := map[string]bool{}
	for i := range budgets {
		b := &budgets[i]
		for _, err := range b.problems() {
			errs = append(errs, fmt.Errorf("budgets::%d: %w", i, err))
		}
		if names[b.Name] {
			errs = append(errs, fmt.Errorf("budgets::%d::name: %q names another budget already", i, b.Name))
		}
		names[b.Name] = true
	}
	return errs
}

func (b *BudgetConfig) problems() (errs []error) {
	wrong := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	wrong(b.Name == "", "name: a name is needed")
	wrong(keyOf[b.Scope] == nil, "scope: must be user, team, app, key, model or all")
	wrong(b.Scope == scopeAll && b.Match != "", "match: has no meaning with the scope all; leave it out")
	wrong(b.Scope == "key" && b.Match != "" && !genai.IsKeyHash(b.Match),
		"match: is no key hash, so that no call would have the budget; give the 16 hexadecimal digits of key_hash in a row of the key")
	w, err := parseWindow(b.Window, "")
	wrong(err != nil, "window: must be minute, hour, day, month, or a duration of a second to 31 days such as 5h")
	_, err = parseWindow("day", b.TimeZone)
	wrong(err != nil, "time_zone: must be a name of the IANA database such as Europe/Berlin")
	wrong(b.TimeZone != "" && w.roll > 0, "time_zone: has no meaning with a window that rolls; leave it out")
	if _, err := spanottl.NewCondition(b.When); err != nil {
		errs = append(errs, err)
	}
	wrong(b.USD < 0 || b.Tokens < 0 || b.Calls < 0, "usd, tokens and calls: a limit cannot be negative")
	wrong(b.USD == 0 && b.Tokens == 0 && b.Calls == 0, "usd, tokens or calls: at least one limit is needed")
	wrong(!(b.Soft >= 0 && b.Soft <= 1), "soft: must be between 0 and 1") // nor NaN
	wrong(b.Action != "" && b.Action != actionFlag && b.Action != actionEnforce, "action: must be flag or enforce")
	wrong(b.Unpriced != "" && b.Unpriced != actionFlag && b.Unpriced != actionRefuse, "unpriced: must be flag or refuse")
	wrong(b.Unpriced == actionRefuse && (b.USD == 0 || b.Action != actionEnforce), "unpriced: refuse needs a limit in usd and action: enforce")
	wrong(math.IsNaN(b.USD) || b.USD > usdMax, fmt.Sprintf("usd: must be a number up to %d", int64(usdMax)))
	wrong(b.USD > 0 && genai.NanoUSDFrom(b.USD) == 0, "usd: is less than a nano-dollar, which would be no limit")
	return errs
}
