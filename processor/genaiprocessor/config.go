package genaiprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/settings"
	"github.com/llmtap/llmtap/internal/spanottl"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// Config is the configuration of the gen_ai processor.
type Config struct {
	// Identity says how the caller of a model call is found.
	Identity IdentityConfig `mapstructure:"identity"`
	// Prices are asked before the built-in price book, in order; left out, there are none.
	Prices []pricebook.Price `mapstructure:"prices"`
	// Machines are model servers with a price by the hour, which llmtapctl reprice divides among their calls.
	Machines []pricebook.Machine `mapstructure:"machines"`
	// PricesVersion names the state of Prices in every cost that follows from them; left out, it is a hash of them.
	PricesVersion string `mapstructure:"prices_version"`
	// BuiltinPrices applies the price book that comes with llmtap to what Prices does not cover. Default: true.
	BuiltinPrices bool `mapstructure:"builtin_prices"`
	// PricesFile has a price book as YAML, with the keys version and prices. It is asked after Prices and before the
	// built-in book, and read again when it changes; left out, there is none.
	PricesFile string `mapstructure:"prices_file"`
	// RememberSpans is how many spans are remembered to find those of one and the same call; 0 counts every span.
	// Default: 65536, up to 12 MB.
	RememberSpans int `mapstructure:"remember_spans"`
	// Fidelity judges calls whose spans come from SDKs and have the messages and tools as attributes. Default: true.
	Fidelity bool `mapstructure:"fidelity"`
	// RememberAnswers is how many answers are remembered, by three hashes each, to find the calls that continue them; 0
	// finds no conversations. Default: 393216, of the last 32,768 calls at least, up to 15 MB.
	RememberAnswers int `mapstructure:"remember_answers"`
	// Ledger is the gen_ai_ledger extension that is told what calls cost; left out, none is.
	Ledger *component.ID `mapstructure:"ledger"`
	// ReloadInterval is how often PricesFile and Identity's KeysFile are looked at. Default: 5s.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`
}

// IdentityConfig lists for each thing to know of a caller where to look for it; the first place that has it wins.
// A place is "key" (the entry of the call's API key in Keys), "header:NAME" or "body:FIELD" (of the request, as kept by
// the llm_tap receiver), "attribute:NAME" (of the span), "resource:NAME" (an attribute of its resource) or
// "ottl:EXPRESSION" (in the OpenTelemetry Transformation Language). A list that is given replaces the default, which is
// in README.md; an empty one leaves the thing unknown.
type IdentityConfig struct {
	// KeyHashSecret is the secret of the llm_tap receiver's key hashes. Left out, it is taken from KeyHashSecretFile, if
	// there are plain keys.
	KeyHashSecret configopaque.String `mapstructure:"key_hash_secret"`
	// KeyHashSecretFile is that of the llm_tap receiver; whichever of the two starts first makes it.
	// Default: data/key_hash_secret.
	KeyHashSecretFile string `mapstructure:"key_hash_secret_file"`
	// Keys tell whose an API key is; left out, no key is known.
	Keys []KeyConfig `mapstructure:"keys"`
	// KeysFile has more keys as YAML, a list under keys; it is read again when it changes. Left out, there is none.
	KeysFile string `mapstructure:"keys_file"`
	// User, Team, App, Environment and Conversation are the places to look in.
	User         []string `mapstructure:"user"`
	Team         []string `mapstructure:"team"`
	App          []string `mapstructure:"app"`
	Environment  []string `mapstructure:"environment"`
	Conversation []string `mapstructure:"conversation"`
	// Labels names more things to know of a caller, each with its places; left out, there are none.
	Labels map[string][]string `mapstructure:"labels"`
}

// KeyConfig tells whose an API key is. What is left out is looked for in the next place.
type KeyConfig struct {
	// Key is the API key itself; give it or Hash.
	Key configopaque.String `mapstructure:"key"`
	// Hash is the key's hash, as rows have it in key_hash: 16 hexadecimal digits.
	Hash string `mapstructure:"hash"`
	// User, Team and App own the key.
	User string `mapstructure:"user"`
	Team string `mapstructure:"team"`
	App  string `mapstructure:"app"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Identity: IdentityConfig{
			KeyHashSecretFile: "data/key_hash_secret",
			User: []string{
				"key", "header:x-llmtap-user", "header:x-openwebui-user-id", "header:x-openwebui-user-email",
				"header:x-user-id", "header:x-forwarded-user", "header:helicone-user-id",
				"body:safety_identifier", "body:user", "body:metadata.user_id",
				"attribute:user.id", "attribute:enduser.id", "attribute:langfuse.user.id",
				"attribute:langfuse.observation.metadata.langfuse_user_id",
				"attribute:traceloop.association.properties.user_id", "attribute:lmnr.association.properties.user_id",
				"attribute:langwatch.user.id", "attribute:ai.telemetry.metadata.userId",
				"attribute:langsmith.metadata.user_id", "attribute:mastra.metadata.userId",
				"attribute:metadata.user_api_key_end_user_id", "attribute:metadata.user_api_key_user_id",
				"attribute:litellm.end_user.id", "attribute:litellm.metadata.user_api_key_end_user_id",
				"attribute:litellm.metadata.user_api_key_user_id", "attribute:bifrost.user.id", "attribute:vercel.ai_gateway.user.id",
				"attribute:gen_ai.user", "attribute:gen_ai.user.id", "attribute:gen_ai.request.user", "attribute:llm.user",
				"body:parameters.user",
			},
			Team: []string{
				"key", "header:x-llmtap-team", "attribute:llmtap.team",
				"attribute:metadata.user_api_key_team_alias", "attribute:metadata.user_api_key_team_id",
				"attribute:litellm.team.alias", "attribute:litellm.team.id",
				"attribute:bifrost.team.name", "attribute:bifrost.team.id",
			},
			App: []string{"key", "header:x-llmtap-app", "attribute:llmtap.app", "resource:service.name"},
			Environment: []string{
				"attribute:deployment.environment.name", "resource:deployment.environment.name",
				"resource:deployment.environment", "attribute:langfuse.environment",
			},
			Conversation: []string{
				"attribute:gen_ai.conversation.id", "header:x-openwebui-chat-id", "attribute:session.id",
				"attribute:langfuse.session.id", "attribute:langfuse.observation.metadata.langfuse_session_id",
				"attribute:traceloop.association.properties.session_id", "attribute:lmnr.association.properties.session_id",
				"attribute:langwatch.thread.id", "attribute:ai.telemetry.metadata.sessionId",
				"attribute:langsmith.metadata.thread_id", "attribute:langsmith.metadata.session_id",
				"attribute:mastra.metadata.sessionId", "attribute:gcp.vertex.agent.session_id", "attribute:gen_ai.session.id",
			},
		},
		BuiltinPrices:   true,
		Fidelity:        true,
		RememberSpans:   65536,
		RememberAnswers: 393216,
		ReloadInterval:  5 * time.Second,
	}
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports problems that are not of one part alone.
func (c *Config) Validate() error {
	var errs []error
	if c.ReloadInterval <= 0 {
		errs = append(errs, fmt.Errorf("reload_interval: %v is no interval; give a positive duration", c.ReloadInterval))
	}
	if c.RememberSpans < 0 {
		errs = append(errs, fmt.Errorf("remember_spans: %d is negative; 0 counts every span", c.RememberSpans))
	}
	if c.RememberAnswers < 0 {
		errs = append(errs, fmt.Errorf("remember_answers: %d is negative; 0 finds no conversations", c.RememberAnswers))
	}
	for i := range c.Prices {
		if _, err := spanottl.NewCondition(c.Prices[i].When); err != nil {
			errs = append(errs, fmt.Errorf("prices::%d: %w", i, err))
		}
	}
	return errors.Join(append(errs, pricebook.CheckMachines(c.Machines))...)
}

// Validate reports every problem of the places and keys.
func (c *IdentityConfig) Validate() error {
	var errs []error
	check := func(key string, places []string) {
		for _, place := range places {
			if _, err := newSource(place); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", key, err))
			}
		}
	}
	check("user", c.User)
	check("team", c.Team)
	check("app", c.App)
	check("environment", c.Environment)
	check("conversation", c.Conversation)
	for name, places := range c.Labels {
		if name == "" {
			errs = append(errs, errors.New("labels: has one without a name; name it, or remove it"))
		}
		if name == genai.LabelBudget {
			errs = append(errs, errors.New("labels::budget: tells of refused calls by which budget; choose another name"))
		}
		check("labels::"+name, places)
	}
	return errors.Join(errs...)
}

// Validate reports every problem of one key, without naming it.
func (k *KeyConfig) Validate() error {
	var errs []error
	if (genai.TrimKey(k.Key) == "") == (k.Hash == "") {
		errs = append(errs, errors.New("key, hash: give one of them"))
	}
	if k.Hash != "" && !genai.IsKeyHash(k.Hash) {
		errs = append(errs, errors.New("hash: is no key hash; give 16 hexadecimal digits in lower case"))
	}
	if k.User == "" && k.Team == "" && k.App == "" {
		errs = append(errs, errors.New("user, team, app: give at least one of them"))
	}
	return errors.Join(errs...)
}
