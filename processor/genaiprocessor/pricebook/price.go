package pricebook

import (
	"errors"
	"fmt"
	"time"
)

// Price says what calls cost, and which calls. Token prices are US dollars per million tokens, with at most nine
// decimals. All of Model, Upstream, Address or Provider, ServiceTier and When must fit; an empty list fits every call. Patterns may use
// * and ?; case does not matter.
type Price struct {
	// Model lists patterns of model names: of the answering model, or else of the requested one. Needed.
	Model []string `mapstructure:"model"`
	// Upstream lists patterns of the configured names of model servers.
	Upstream []string `mapstructure:"upstream"`
	// Address lists patterns of server host names, for models that many hosts serve at different prices.
	Address []string `mapstructure:"address"`
	// Provider lists patterns of provider names that stand for Address with calls that name no address, as spans of SDKs
	// often do not.
	Provider []string `mapstructure:"provider"`
	// ServiceTier lists service tiers as answered, e.g. flex; left out, the price is for calls of the ordinary tier.
	ServiceTier []string `mapstructure:"service_tier"`
	// When is a condition that the call must fulfil besides; who asks the Catalog decides it. Left out, there is none.
	When string `mapstructure:"when"`
	// From is the date, or time, from which the price holds; left out, it always did.
	From time.Time `mapstructure:"from"`
	// Daily bounds the hours of every day, in UTC, in which the price holds, e.g. 00:30-16:30; one that ends before it
	// begins runs over midnight. Mon-Fri 00:30-16:30 are the hours that begin on a working day. Left out, the price holds all day.
	Daily string `mapstructure:"daily"`
	// InputOver makes this the price of calls with more input tokens than this, cached ones included.
	InputOver int64 `mapstructure:"input_over"`

	// Input and Output are given both or neither; without them only PerCall and PerSecond are charged.
	Input  *float64 `mapstructure:"input"`
	Output *float64 `mapstructure:"output"`
	// CacheRead and the following price parts of the input; left out, such tokens cost the same as the rest.
	CacheRead  *float64 `mapstructure:"cache_read"`
	CacheWrite *float64 `mapstructure:"cache_write"`
	// CacheWriteLong is of tokens that the cache keeps for an hour; left out, they cost the same as CacheWrite.
	CacheWriteLong *float64 `mapstructure:"cache_write_1h"`
	AudioInput     *float64 `mapstructure:"audio_input"`
	// AudioCacheRead is of sound from the cache; left out, it costs the same as CacheRead.
	AudioCacheRead *float64 `mapstructure:"audio_cache_read"`
	ImageInput     *float64 `mapstructure:"image_input"`
	// Reasoning and the following price parts of the output, likewise.
	Reasoning   *float64 `mapstructure:"reasoning"`
	AudioOutput *float64 `mapstructure:"audio_output"`
	ImageOutput *float64 `mapstructure:"image_output"`
	// PerCall is charged for each call besides its tokens, in US dollars; left out, nothing is.
	PerCall *float64 `mapstructure:"per_call"`
	// PerSecond is charged for the time that a call takes besides, to the microsecond, in US dollars per second.
	PerSecond *float64 `mapstructure:"per_second"`
	// AudioHour is charged for how long the sound in the input plays besides, to the microsecond, in US dollars per hour.
	AudioHour *float64 `mapstructure:"audio_hour"`
}

// Validate reports every problem of the price.
func (p *Price) Validate() error {
	_, err := compile(p, patternLists{})
	return err
}

// check reports what is wrong between the parts of the price.
func (p *Price) check() []error {
	var errs []error
	if len(p.Model) == 0 {
		errs = append(errs, errors.New(`model: needed; list patterns of model names, or "*" for all`))
	}
	if (p.Input == nil) != (p.Output == nil) {
		errs = append(errs, errors.New("input, output: give both or neither; a kind of token that costs nothing is 0"))
	}
	if p.Input == nil && p.Output == nil && p.PerCall == nil && p.PerSecond == nil && p.AudioHour == nil {
		errs = append(errs, errors.New("no price given; set input and output, per_call, per_second or audio_hour"))
	}
	if p.Input == nil && p.tokenParts() {
		errs = append(errs, errors.New("prices for parts of the tokens need input and output as well"))
	}
	if len(p.Provider) > 0 && len(p.Address) == 0 {
		errs = append(errs, errors.New("provider: stands for an address that is not named; give address as well"))
	}
	if p.InputOver < 0 {
		errs = append(errs, fmt.Errorf("input_over: %d is negative; give a number of tokens", p.InputOver))
	}
	return errs
}

func (p *Price) tokenParts() bool {
	for _, part := range []*float64{
		p.CacheRead, p.CacheWrite, p.CacheWriteLong, p.AudioInput, p.AudioCacheRead, p.ImageInput, p.Reasoning, p.AudioOutput,
		p.ImageOutput,
	} {
		if part != nil {
			return true
		}
	}
	return false
}
