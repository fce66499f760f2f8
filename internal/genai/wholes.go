package genai

import (
	"cmp"
	"strings"
)

// lack tells what the counts of a span leave out, where the conventions, and so a Usage, have it in them: the input the cache's parts,
// the output the reasoning.
type lack struct{ cache, reasoning bool }

// counting is what a span shows of how its instrumentation counts.
type counting struct {
	// total is of input and output.
	total Count
	// raw tells whether it is one of rawScopes, or TanStack AI, rig that it is rig, which does as these.
	raw rawness
	rig bool
	// bareMLflow tells that it is MLflow with counts of Anthropic's or Bedrock's, aiSDK4 that it is the AI SDK up to version 4, which has
	// those of caches in the provider's words alone: the input lacks them.
	bareMLflow, aiSDK4 bool
	// bareADK tells that it is Google's ADK, of a version whose output lacks the reasoning.
	bareADK bool
	// strands tells that it is Strands for JavaScript, veADK that it is VeADK, which repeats what was read of the cache as written to it.
	strands, veADK bool
	// api is the usage in the provider's own words, where it stands beside the span's: the input lacks the cache's parts, the output the
	// reasoning.
	api Usage
	// lack is what the counts leave out by all these; see findLack.
	lack lack
}

// lackOfAPI tells what the counts of a provider's API leave out. Other hosts have Anthropic's and Google's for the models of these. Strands
// and tRPC-Agent do not say the provider.
func lackOfAPI(provider, model string) lack {
	switch providerOf(provider) {
	case "anthropic", "aws.bedrock":
		return lack{cache: true}
	case "gcp.gemini", "gcp.gen_ai":
		return lack{reasoning: true}
	case "gcp.vertex_ai", "azure.ai.foundry", "azurefoundry", strandsAgents, "trpc.go.agent":
		return lack{cache: strings.HasPrefix(model, "claude"), reasoning: IsGemini(model)}
	}
	return lack{}
}

// fillUsage puts into a call the token counts that only other names than the conventions' have: of those of a dialect, the provider's and
// plain ones the first that there are. It finds what they leave out.
func (f *foreign) fillUsage(c *Call) {
	own, u := c.Usage, &c.Usage
	if f.veADK {
		f.call.Usage.CacheWrite = Count{}
	}
	u.fill(&f.call.Usage)
	f.lack = f.findLack(c, &own)
	parts := f.api
	parts.Input, parts.Output = Count{}, Count{}
	u.fill(&parts)
	u.fill(&f.plain.usage)
}

// findLack goes by the instrumentation. Wholes are made once, however many processors a span passes: they leave the counts in the
// conventions' names, where the instrumentations that matter here have none of their own, and the source of a cost.
func (f *foreign) findLack(c *Call, own *Usage) lack {
	u := &c.Usage
	l := lack{
		cache: u.Input == f.api.Input || !u.Input.Known || // so that there is none but Claude Code's
			f.aiSDK4 && !u.CacheRead.Known || f.bareMLflow && !own.CacheRead.Known && !own.CacheWrite.Known,
		reasoning: u.Output.Known && u.Output == f.api.Output || f.bareADK && !own.Reasoning.Known,
	}
	thoughts := f.plain.usage.Reasoning.Known && !own.Reasoning.Known
	l.cache = l.cache || f.raw == rawApart && c.Cost.Source == ""
	if c.Cost.Source == "" && (f.isRaw(c, own) || thoughts || f.rig && !own.Reasoning.Known) {
		provider := c.Provider
		if f.strands {
			provider = strandsAgents
		}
		api := lackOfAPI(provider, cmp.Or(c.ResponseModel, c.RequestModel)) // the request may have an alias
		l.cache = l.cache || api.cache && !thoughts
		l.reasoning = l.reasoning || api.reasoning && !f.total.Known // which shows it: some of Google's models include it
	}
	return l
}

// complete makes wholes of counts that are known to lack parts, and then of those that show it.
func (u *Usage) complete(known lack, total Count, gemini bool) {
	u.add(known)
	if !u.Input.Known {
		return
	}
	u.add(u.shownLack(total))
	if gemini && u.Possible() {
		u.findThoughts(total)
	}
}

func (u *Usage) add(l lack) {
	if !u.Possible() {
		return
	}
	if l.cache && u.Input.Known {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
	if l.reasoning && u.Output.Known {
		u.Output.N += u.Reasoning.N
	}
}

// shownLack finds what the total of input and output has beyond them, and parts that are more than their whole.
func (u *Usage) shownLack(total Count) (l lack) {
	cached, reasoning := u.CacheRead.N+u.CacheWrite.N, u.Reasoning.N
	if total.Known && u.Output.Known {
		switch total.N - u.Input.N - u.Output.N {
		case 0:
		case cached:
			l.cache = true
		case reasoning:
			l.reasoning = true
		case cached + reasoning:
			l = lack{true, true}
		}
	}
	return lack{l.cache || cached > u.Input.N, l.reasoning || reasoning > u.Output.N}
}

// findThoughts finds the reasoning of Gemini's models that stands nowhere but in the total.
func (u *Usage) findThoughts(total Count) {
	rest := total.N - u.Input.N - u.Output.N
	if total.Known && total.N <= TokensMax && u.Output.Known && !u.Reasoning.Known && rest > 0 {
		u.Reasoning = Known(rest)
		u.Output.N += rest
	}
}
