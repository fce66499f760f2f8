package genai

// fillUsage puts into a call the token counts that only the other dialect said, and makes wholes of those that lack parts: once, however
// many processors a span passes.
func (f *foreign) fillUsage(c *Call) {
	u, o := &c.Usage, &f.call
	read := u.Reasoning.Known // the span was read before and says it
	f.bareOutput = f.bareOutput && !read
	f.uncachedInput = f.uncachedInput && !u.CacheRead.Known && !u.CacheWrite.Known || f.plain.input && !u.Input.Known
	for _, count := range []struct{ own, foreign *Count }{
		{&u.Input, &o.Usage.Input},
		{&u.Output, &o.Usage.Output},
		{&u.CacheRead, &o.Usage.CacheRead},
		{&u.CacheWrite, &o.Usage.CacheWrite},
		{&u.CacheWriteLong, &o.Usage.CacheWriteLong},
		{&u.Reasoning, &o.Usage.Reasoning},
		{&u.AudioInput, &o.Usage.AudioInput},
		{&u.AudioCacheRead, &o.Usage.AudioCacheRead},
		{&u.AudioOutput, &o.Usage.AudioOutput},
		{&u.ImageInput, &o.Usage.ImageInput},
		{&u.ImageOutput, &o.Usage.ImageOutput},
	} {
		if !count.own.Known {
			*count.own = *count.foreign
		}
	}
	f.fillTold(u)
	if f.uncachedInput && u.Input.Known && u.Possible() {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
	if (f.rig && !read || f.raw) && c.Cost.Source == "" { // else the span was read before and says it
		c.completeRaw(f.total)
	}
}

// told gives the first count that there is.
func told[N int64 | float64](counts ...*N) Count {
	for _, n := range counts {
		if n != nil && *n >= 0 {
			return Known(int64(min(*n, TokensMax+1)))
		}
	}
	return Count{}
}

// fillTold puts into a call what only the provider's words have. Up to version 5 the input lacks the cache's parts, as Anthropic's and
// Bedrock's APIs have it, and the output the reasoning, as Google's has it.
func (f *foreign) fillTold(u *Usage) {
	t, bareInput := &f.told, f.bareInput && !u.CacheRead.Known // else the span was read before and says it
	for _, count := range []struct{ known, told *Count }{
		{&u.CacheRead, &t.CacheRead}, {&u.CacheWrite, &t.CacheWrite}, {&u.CacheWriteLong, &t.CacheWriteLong}, {&u.Reasoning, &t.Reasoning},
	} {
		if !count.known.Known {
			*count.known = *count.told
		}
	}
	if !u.Possible() {
		return
	}
	if u.Input.Known && (bareInput || t.Input == u.Input) {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
	if u.Output.Known && (f.bareOutput || t.Output == u.Output) {
		u.Output.N += u.Reasoning.N
	}
}

// include makes the input include the cache's parts, and the output the reasoning. Some SDKs leave them out, as the APIs
// of Anthropic and Bedrock do. It shows in the total of input and output, or where a part is more than its whole.
func (u *Usage) include(total Count) {
	cached, reasoning := u.CacheRead.N+u.CacheWrite.N, u.Reasoning.N
	if total.Known && u.Output.Known {
		switch total.N - u.Input.N - u.Output.N {
		case 0:
		case cached:
			u.Input.N += cached
		case reasoning:
			u.Output.N += reasoning
		case cached + reasoning:
			u.Input.N += cached
			u.Output.N += reasoning
		}
	}
	if cached > u.Input.N {
		u.Input.N += cached
	}
	if u.Output.Known && reasoning > u.Output.N {
		u.Output.N += reasoning
	}
}

// findThoughts finds the reasoning of Gemini's models that stands nowhere but in the total.
func (u *Usage) findThoughts(total Count) {
	rest := total.N - u.Input.N - u.Output.N
	if total.Known && total.N <= TokensMax && u.Output.Known && !u.Reasoning.Known && rest > 0 {
		u.Reasoning = Known(rest)
		u.Output.N += rest
	}
}
