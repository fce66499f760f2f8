package anthropic

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// usage holds counts as the API reports them: input without what came from the cache or went into it. In a stream the
// last value of each count wins, and null or absence changes nothing.
type usage struct {
	input, cacheRead, cacheWrite genai.Count
	cacheWriteShort              genai.Count // the parts of cacheWrite, by how long they are kept
	cacheWriteLong               genai.Count
	output                       genai.Count
	outputAtStart                genai.Count // what message_start says, of which more follows
	thinking                     genai.Count
	tier, speed, geo             []byte
	hostedTools                  bool
	cost                         answer.Cost // of gateways
	// compaction is what summing up the conversation before the answer took. The counts above leave it out; it is billed
	// like them.
	compaction genai.Usage
	// inputTold tells that message_delta, or the usage of a whole answer, has the input.
	inputTold bool
}

// read reads a usage. final tells that its output counts the answer up to here, which that of message_start does not.
func (u *usage) read(r *jsonscan.Reader, final bool) {
	for key := range r.Object {
		if string(key) == "iterations" {
			u.readIterations(r)
		} else {
			u.readMember(key, r, final)
		}
	}
}

// readNext reads the usage of message_delta, which it gives as it stands. One whose input is nothing at all leaves that of
// message_start: some imitations only have the output to say there.
func (u *usage) readNext(r *jsonscan.Reader) (now usage) {
	before, again := *u, *r
	u.read(r, true)
	now.read(&again, true)
	if now.input.N+now.cacheRead.N+now.cacheWrite.N+now.cacheWriteShort.N+now.cacheWriteLong.N == 0 && before.input.Known {
		u.input, u.cacheRead, u.cacheWrite = before.input, before.cacheRead, before.cacheWrite
		u.cacheWriteShort, u.cacheWriteLong = before.cacheWriteShort, before.cacheWriteLong
	}
	return now
}

// readIterations reads the usage of each run of a model that the answer took. Those of another model, an adviser's say,
// have prices of their own and are left out, as the API's own counts do, but for the cost to be unknown.
func (u *usage) readIterations(r *jsonscan.Reader) {
	u.compaction = genai.Usage{}
	for range r.Array {
		var one usage
		var kind []byte
		for key := range r.Object {
			if string(key) == "type" {
				kind = r.Text()
			} else {
				one.readMember(key, r, true)
			}
		}
		switch string(kind) {
		case "compaction":
			add(&u.compaction, one.known(true))
		case "advisor_message":
			u.hostedTools = true
		}
	}
}

// uncounted tells that a stream began with an input of nothing, before the server had counted it, and ended with the output
// alone.
func (u *usage) uncounted() bool {
	cached := u.cacheRead.N + u.cacheWrite.N + u.cacheWriteShort.N + u.cacheWriteLong.N
	return u.input == genai.Known(0) && cached == 0 && !u.inputTold && u.output.Known
}

// add adds what is known of more to a sum.
func add(sum *genai.Usage, more genai.Usage) {
	for _, count := range []struct {
		sum  *genai.Count
		more genai.Count
	}{
		{&sum.Input, more.Input}, {&sum.Output, more.Output}, {&sum.CacheRead, more.CacheRead},
		{&sum.CacheWrite, more.CacheWrite}, {&sum.CacheWriteLong, more.CacheWriteLong},
	} {
		if count.more.Known {
			*count.sum = genai.Known(count.sum.N + count.more.N)
		}
	}
}

func (u *usage) readMember(key []byte, r *jsonscan.Reader, final bool) {
	switch string(key) {
	case "input_tokens":
		if count := answer.Count(r, genai.Count{}); count.Known {
			u.input, u.inputTold = count, u.inputTold || final
		}
	case "cache_read_input_tokens":
		u.cacheRead = answer.Count(r, u.cacheRead)
	case "cache_creation_input_tokens":
		u.cacheWrite = answer.Count(r, u.cacheWrite)
	case "cache_creation":
		u.readCacheCreation(r)
	case "output_tokens":
		if final {
			u.output = answer.Count(r, u.output)
		} else {
			u.outputAtStart = answer.Count(r, u.outputAtStart)
		}
	case "output_tokens_details":
		for key := range r.Object {
			switch string(key) {
			case "thinking_tokens", "reasoning_tokens":
				u.thinking = answer.Count(r, u.thinking)
			}
		}
	case "service_tier":
		u.tier = r.Text()
	case "speed":
		u.speed = r.Text()
	case "inference_geo":
		u.geo = r.Text()
	case "server_tool_use":
		for range r.Named("web_search_requests") {
			u.hostedTools = answer.Count(r, genai.Count{}).N > 0 || u.hostedTools
		}
	default:
		u.cost.Read(key, r)
	}
}

// pricedTier gives the tier that the tokens are billed by.
func (u *usage) pricedTier() []byte {
	return []byte(genai.AnthropicTier(string(u.tier), string(u.speed), string(u.geo)))
}

func (u *usage) readCacheCreation(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "ephemeral_5m_input_tokens":
			u.cacheWriteShort = answer.Count(r, u.cacheWriteShort)
		case "ephemeral_1h_input_tokens":
			u.cacheWriteLong = answer.Count(r, u.cacheWriteLong)
		}
	}
}

// known gives the counts in our terms. The output that message_start counts only serves where the answer ended without
// another.
func (u *usage) known(ended bool) genai.Usage {
	out := genai.Usage{
		Input: u.input, Output: u.output, CacheRead: u.cacheRead, CacheWrite: u.cacheWrite, CacheWriteLong: u.cacheWriteLong,
		Reasoning: u.thinking, HostedTools: u.hostedTools,
	}
	if !out.CacheWrite.Known && (u.cacheWriteShort.Known || u.cacheWriteLong.Known) {
		out.CacheWrite = genai.Known(u.cacheWriteShort.N + u.cacheWriteLong.N)
	}
	if out.Input.Known {
		out.Input.N += out.CacheRead.N + out.CacheWrite.N
	}
	if !out.Output.Known && ended {
		out.Output = u.outputAtStart
	}
	add(&out, u.compaction)
	return out
}
