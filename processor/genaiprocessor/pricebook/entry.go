package pricebook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/glob"

	"github.com/llmtap/llmtap/internal/genai"
)

// entry is a price made ready for use.
type entry struct {
	book *Book
	// selector tells prices for different calls apart; prices of one selector are alternatives by date and input.
	selector  string
	from      time.Time
	daily     hours
	inputOver int64
	when      string

	models, upstreams, addresses, providers, tiers []glob.Glob

	input, cacheRead, cacheWrite, cacheWriteLong rate
	audioInput, audioCacheRead, imageInput       rate
	output, reasoning, audioOutput, imageOutput  rate
	perCall, perMicrosecond, audioHour           rate
}

func compile(p *Price, compiled patternLists) (*entry, error) {
	errs := p.check()
	patterns := func(key string, list []string) []glob.Glob {
		globs, err := compiled.list(key, list)
		errs = append(errs, err)
		return globs
	}
	price := func(key string, amount *float64, exponent int32) rate {
		r, err := newRate(key, amount, exponent)
		errs = append(errs, err)
		return r
	}
	daily, err := newHours(p.Daily)
	errs = append(errs, err)
	e := &entry{
		selector:    strings.ToLower(fmt.Sprintf("%q %q %q %q %q", p.Model, p.Upstream, p.Address, p.Provider, p.ServiceTier)) + p.When,
		when:        p.When,
		from:        p.From,
		daily:       daily,
		inputOver:   p.InputOver,
		models:      patterns("model", p.Model),
		upstreams:   patterns("upstream", p.Upstream),
		addresses:   patterns("address", p.Address),
		providers:   patterns("provider", p.Provider),
		tiers:       patterns("service_tier", p.ServiceTier),
		input:       price("input", p.Input, perMillionTokens),
		cacheRead:   price("cache_read", p.CacheRead, perMillionTokens),
		cacheWrite:  price("cache_write", p.CacheWrite, perMillionTokens),
		audioInput:  price("audio_input", p.AudioInput, perMillionTokens),
		imageInput:  price("image_input", p.ImageInput, perMillionTokens),
		output:      price("output", p.Output, perMillionTokens),
		reasoning:   price("reasoning", p.Reasoning, perMillionTokens),
		audioOutput: price("audio_output", p.AudioOutput, perMillionTokens),
		imageOutput: price("image_output", p.ImageOutput, perMillionTokens),
		perCall:     price("per_call", p.PerCall, perCall),
		audioHour:   price("audio_hour", p.AudioHour, perCall),

		cacheWriteLong: price("cache_write_1h", p.CacheWriteLong, perMillionTokens),
		audioCacheRead: price("audio_cache_read", p.AudioCacheRead, perMillionTokens),
		perMicrosecond: price("per_second", p.PerSecond, perMillionTokens),
	}
	return e, errors.Join(errs...)
}

// patternLists are lists of patterns, each made once for all prices that have it: a book has thousands of prices, and each
// object that stays is work for every garbage collection.
type patternLists map[string][]glob.Glob

func (l patternLists) list(key string, list []string) ([]glob.Glob, error) {
	id := fmt.Sprintf("%q", list)
	globs, ok := l[id]
	if ok {
		return globs, nil
	}
	globs, err := compilePatterns(key, list)
	if err == nil {
		l[id] = globs
	}
	return globs, err
}

func compilePatterns(key string, list []string) ([]glob.Glob, error) {
	var errs []error
	globs := make([]glob.Glob, 0, len(list))
	for _, pattern := range list {
		g, err := glob.Compile(strings.ToLower(pattern))
		if pattern == "" {
			err = errors.New("it is empty")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is no pattern: %w; use a name, * and ?", key, pattern, err))
			continue
		}
		globs = append(globs, g)
	}
	return globs, errors.Join(errs...)
}

// fits tells whether the price is for such calls, by the model given.
func (e *entry) fits(k *kind, model string) bool {
	return matchAny(e.models, model) && (len(e.upstreams) == 0 || matchAny(e.upstreams, k.upstream)) &&
		e.fitsHost(k) && e.fitsTier(k.tier)
}

func (e *entry) fitsHost(k *kind) bool {
	if k.address == "" && len(e.providers) > 0 {
		return matchAny(e.providers, k.provider)
	}
	return len(e.addresses) == 0 || matchAny(e.addresses, k.address)
}

// fitsTier keeps a price that names no tier from calls of a cheaper or dearer one.
func (e *entry) fitsTier(tier string) bool {
	if len(e.tiers) > 0 {
		return matchAny(e.tiers, tier)
	}
	switch tier {
	case "", "auto", "default", "standard", "on_demand":
		return true
	}
	return false
}

func matchAny(globs []glob.Glob, value string) bool {
	value = strings.ToLower(value)
	return slices.ContainsFunc(globs, func(g glob.Glob) bool { return g.Match(value) })
}

// holds tells whether the price is that of a call's time and size.
func (e *entry) holds(c *genai.Call) bool {
	return !c.Start.Before(e.from) && e.daily.hold(c.Start) && (e.inputOver == 0 || c.Usage.Input.N > e.inputOver)
}

var errNoUsage = errors.New("token count unknown")

// cost charges every token once: the parts of the input and output at their own price, what is left at the common one.
func (e *entry) cost(c *genai.Call) (genai.NanoUSD, error) {
	var s sum
	u := &c.Usage
	if !u.Possible() {
		return 0, errOutOfRange
	}
	if e.perCall.femto > 0 && failed(c) {
		return 0, errNoUsage
	}
	s.add(1, e.perCall)
	s.add(max(c.Duration.Microseconds(), 0), e.perMicrosecond)
	if e.audioHour.femto > 0 {
		if u.AudioTime <= 0 {
			return 0, errNoUsage
		}
		s.addHours(u.AudioTime, e.audioHour)
	}
	input := side{sum: &s, left: u.Input, rate: e.input}
	cachedAudio := overlap(u.AudioCacheRead, u.CacheRead, u.AudioInput)
	input.part(cachedAudio, e.audioCacheRead.or(e.cacheRead))
	input.part(without(u.CacheRead, cachedAudio), e.cacheRead)
	long := overlap(u.CacheWriteLong, u.CacheWrite)
	input.part(long, e.cacheWriteLong.or(e.cacheWrite))
	input.part(without(u.CacheWrite, long), e.cacheWrite)
	input.part(without(u.AudioInput, cachedAudio), e.audioInput)
	input.part(u.ImageInput, e.imageInput)
	output := side{sum: &s, left: u.Output, rate: e.output}
	output.left.Known = output.left.Known || c.Operation.NoOutput()
	output.part(u.Reasoning, e.reasoning)
	output.part(u.AudioOutput, e.audioOutput)
	output.part(u.ImageOutput, e.imageOutput)
	if !input.rest() || !output.rest() {
		return 0, errNoUsage
	}
	return s.round()
}

// lacks tells that a call has sound or pictures of another price than text, and no count of their tokens.
func (e *entry) lacks(c *genai.Call) bool {
	u := &c.Usage
	return c.InputAudios > 0 && e.audioInput.set && e.audioInput != e.input && !u.AudioInput.Known ||
		u.Output.N > 0 && e.imageOutput.set && e.imageOutput != e.output && !u.ImageOutput.Known
}

// failed tells that a call failed, as where no server was reached, and nothing is known to have been used: hardly anybody charges for it.
func failed(c *genai.Call) bool {
	failed := c.Outcome == "" && c.ErrorType != "" // an SDK's
	switch c.Outcome {
	case genai.OutcomeClientError, genai.OutcomeUpstreamError, genai.OutcomeTapError:
		failed = true
	}
	return failed && !c.Usage.Input.Known && !c.Usage.Output.Known
}

// overlap is a count that is part of others; 0 where it is not known.
func overlap(part genai.Count, wholes ...genai.Count) genai.Count {
	for _, whole := range wholes {
		part.N = min(part.N, whole.N)
	}
	return genai.Known(part.N)
}

// without takes a part that is charged for itself off a count.
func without(whole, part genai.Count) genai.Count {
	whole.N -= part.N
	return whole
}

// side is one direction of the tokens: what is left of them to charge, and at which price.
type side struct {
	sum  *sum
	left genai.Count
	rate rate
	// priced tells that a part costs something.
	priced bool
}

// part charges a part at its own price, if it has one. Parts that say they are more than the whole are cut to it.
func (d *side) part(n genai.Count, r rate) {
	d.priced = d.priced || r.femto > 0
	if !r.set || !n.Known {
		return
	}
	charged := min(n.N, d.left.N)
	d.left.N -= charged
	d.sum.add(charged, r)
}

// rest charges what is left. It gives false when that is unknown, unless it costs nothing anyhow.
func (d *side) rest() bool {
	d.sum.add(d.left.N, d.rate)
	return d.left.Known || d.rate.femto == 0 && !d.priced
}
