package openai

import (
	"math"
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// usage holds counts as servers report them, which known makes those of the call. Reading another usage into it overwrites what that
// one has, so that the last value of each count in a stream wins, and null or absence changes nothing.
type usage struct {
	genai.Usage
	cost                answer.Cost
	total, rejected     genai.Count // rejected: of a prediction
	cacheHit, cacheMiss genai.Count // CacheRead under another name, and the rest of Input
	timings             timings
	// serverTools are uses of xAI's tools, of which it does not charge for those of MCP servers.
	serverTools, mcpCalls genai.Count
	// thoughtsBeside tells that the reasoning of a Gemini model cannot be part of the completion.
	thoughtsBeside bool
	// inputDetails and outputDetails tell that the counts came with their details.
	inputDetails, outputDetails bool
}

// note writes into the call's detail what only the fidelity checks need.
func (u *usage) note(call *genai.Call) {
	d := call.Detail
	d.TotalTokens, d.RawOutput, d.Rejected = u.total, u.Output, u.rejected
	known := u.Input.Known || u.Output.Known
	d.Flaws.AddIf(known && !(u.inputDetails && u.outputDetails), genai.FlawUsageDetails)
}

// read reads usage. new-api and other gateways give it the names of both APIs, of which those that they do not fill are 0.
func (u *usage) read(r *jsonscan.Reader) {
	before := u.Usage
	u.Input, u.Output, u.CacheRead, u.Reasoning = genai.Count{}, genai.Count{}, genai.Count{}, genai.Count{}
	for key := range r.Object {
		switch string(key) {
		case "prompt_tokens", "input_tokens":
			u.Input = larger(u.Input, r)
		case "completion_tokens", "output_tokens":
			u.Output = larger(u.Output, r)
		case "total_tokens":
			u.total = answer.Count(r, u.total)
		case "prompt_tokens_details", "prompt_token_details", "input_tokens_details", "input_token_details":
			u.readInputDetails(r)
		case "completion_tokens_details", "output_tokens_details", "output_token_details":
			u.readOutputDetails(r)
		case "reasoning_tokens": // SGLang
			u.Reasoning = larger(u.Reasoning, r)
		case "prompt_cache_hit_tokens": // DeepSeek
			u.cacheHit = answer.Count(r, u.cacheHit)
		case "prompt_cache_miss_tokens":
			u.cacheMiss = answer.Count(r, u.cacheMiss)
		case "num_cached_tokens", "cached_tokens", "cache_read_input_tokens": // Mistral; Moonshot; gateways to Anthropic
			u.cacheHit = answer.Count(r, u.cacheHit)
		case "cache_creation_input_tokens":
			u.CacheWrite = answer.Count(r, u.CacheWrite)
		case "cache_creation":
			u.readCacheCreation(r)
		case "seconds", "prompt_audio_seconds": // of a recording; Mistral's name
			u.readTime(r)
		case "num_sources_used": // xAI
			u.uses(r)
		case "num_server_side_tools_used":
			u.serverTools = answer.Count(r, u.serverTools)
		case "server_side_tool_usage_details":
			for range r.Named("mcp_calls") {
				u.mcpCalls = answer.Count(r, u.mcpCalls)
			}
		case "server_tool_use", "server_tool_use_details": // gateways to Anthropic; OpenRouter
			for range r.Named("web_search_requests") {
				u.uses(r)
			}
		case "search_context_size": // Perplexity; calls of the low size have a price
			size := r.Name()
			u.HostedTools = u.HostedTools || size == "medium" || size == "high"
		default:
			u.cost.Read(key, r)
		}
	}
	u.Input, u.Output = later(before.Input, u.Input), later(before.Output, u.Output)
	u.CacheRead, u.Reasoning = later(before.CacheRead, u.CacheRead), later(before.Reasoning, u.Reasoning)
}

// uses reads how often the server used a tool of its own.
func (u *usage) uses(r *jsonscan.Reader) {
	u.HostedTools = answer.Count(r, genai.Count{}).N > 0 || u.HostedTools
}

// larger reads a count that one usage has under several names.
func larger(before genai.Count, r *jsonscan.Reader) genai.Count {
	if count := answer.Count(r, before); count.N > before.N || !before.Known {
		return count
	}
	return before
}

// readTime takes seconds of sound, which vLLM writes as text; what is no time is none.
func (u *usage) readTime(r *jsonscan.Reader) {
	var seconds float64
	var ok bool
	if r.Kind() == jsonscan.String {
		number, err := strconv.ParseFloat(string(r.Text()), 64)
		seconds, ok = number, err == nil
	} else {
		seconds, ok = r.Float()
	}
	if ok && seconds > 0 && seconds <= audioTimeMax.Seconds() {
		u.AudioTime = time.Duration(math.Round(seconds*1e6)) * time.Microsecond
	}
}

// audioTimeMax bounds what passes for the length of a recording.
const audioTimeMax = 30 * 24 * time.Hour

func (u *usage) readCacheCreation(r *jsonscan.Reader) {
	for range r.Named("ephemeral_1h_input_tokens") {
		u.CacheWriteLong = answer.Count(r, u.CacheWriteLong)
	}
}

func (u *usage) readInputDetails(r *jsonscan.Reader) {
	u.inputDetails = u.inputDetails || r.Kind() == jsonscan.Object
	for key := range r.Object {
		switch string(key) {
		case "cached_tokens":
			u.CacheRead = larger(u.CacheRead, r)
		case "cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens", "created_cache_tokens": // the last: vLLM
			u.CacheWrite = answer.Count(r, u.CacheWrite)
		case "cache_creation_token_details": // LiteLLM
			u.readCacheCreation(r)
		case "cached_tokens_details":
			for range r.Named("audio_tokens") {
				u.AudioCacheRead = answer.Count(r, u.AudioCacheRead)
			}
		case "audio_tokens":
			u.AudioInput = answer.Count(r, u.AudioInput)
		case "image_tokens":
			u.ImageInput = answer.Count(r, u.ImageInput)
		case "multimodal_tokens": // vLLM
			u.readModalities(r)
		}
	}
}

func (u *usage) readModalities(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "audio":
			u.AudioInput = answer.Count(r, u.AudioInput)
		case "image":
			u.ImageInput = answer.Count(r, u.ImageInput)
		}
	}
}

func (u *usage) readOutputDetails(r *jsonscan.Reader) {
	u.outputDetails = u.outputDetails || r.Kind() == jsonscan.Object
	for key := range r.Object {
		switch string(key) {
		case "reasoning_tokens":
			u.Reasoning = larger(u.Reasoning, r)
		case "audio_tokens":
			u.AudioOutput = answer.Count(r, u.AudioOutput)
		case "image_tokens":
			u.ImageOutput = answer.Count(r, u.ImageOutput)
		case "rejected_prediction_tokens":
			u.rejected = answer.Count(r, u.rejected)
		}
	}
}

// tell gives an answer the counts and the cost of the call.
func (u *usage) tell(a *answer.Answer) { a.Usage, a.Cost = u.known(), u.cost }

// known gives the counts of the call.
func (u *usage) known() genai.Usage {
	out := u.Usage
	out.HostedTools = out.HostedTools || u.serverTools.N > u.mcpCalls.N
	if u.cacheHit.N > u.CacheRead.N || !u.CacheRead.Known { // gateways may have filled the one or the other
		out.CacheRead = u.cacheHit
	}
	if !out.Input.Known && u.cacheHit.Known && u.cacheMiss.Known {
		out.Input = genai.Known(u.cacheHit.N + u.cacheMiss.N)
	}
	if out.Output.Known && u.reasoningIsExtra() {
		out.Output.N += u.Reasoning.N
	}
	return out
}

// findThoughts finds the reasoning of Gemini's models, which is billed as output: Google's own endpoint counts it nowhere
// but in the total, Vercel's gateway neither there nor in the completion. Of other models such counts say nothing.
func (u *usage) findThoughts(model string) {
	if !genai.IsGemini(model) {
		return
	}
	u.thoughtsBeside = u.Reasoning.N > u.Output.N
	thoughts := u.total.N - u.Input.N - u.Output.N
	if u.total.Known && u.Input.Known && !u.Reasoning.Known && thoughts > 0 {
		u.Reasoning, u.Output = genai.Known(thoughts), genai.Known(u.Output.N)
	}
}

// findNothing finds that there is no output where OpenAI's completions leave its count out: the total is that of the input.
func (u *usage) findNothing() {
	if !u.Output.Known && u.Input.Known && u.total == u.Input {
		u.Output = genai.Known(0)
	}
}

// timed gives the counts of llama.cpp's timings. They are of one choice and no accounting, so they only serve as an
// estimate where usage is missing.
func (u *usage) timed() (out genai.Usage) {
	if t := &u.timings; t.promptNew.Known && t.predicted.Known {
		out.Input, out.CacheRead = genai.Known(t.promptNew.N+t.promptFromCache.N), t.promptFromCache
		out.Output = t.predicted
	}
	return out
}

// timings is what llama.cpp tells of every answer, asked for usage or not.
type timings struct{ promptNew, promptFromCache, predicted genai.Count }

// read tells whether they are of llama.cpp: mlx-vlm has them, too, with the peak of its memory, or while it streams nothing but
// its speed.
func (t *timings) read(r *jsonscan.Reader) (ofLlama bool) {
	counts, memory := false, false
	for key := range r.Object {
		counts = counts || string(key) == "prompt_n"
		memory = memory || string(key) == "peak_memory"
		t.readMember(key, r)
	}
	return counts && !memory
}

func (t *timings) readMember(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "prompt_n":
		t.promptNew = answer.Count(r, t.promptNew)
	case "cache_n":
		t.promptFromCache = answer.Count(r, t.promptFromCache)
	case "predicted_n":
		t.predicted = answer.Count(r, t.predicted)
	}
}

// reasoningIsExtra tells whether completion_tokens leaves reasoning out, as with xAI: the total needs it, or there is
// more reasoning than completion.
func (u *usage) reasoningIsExtra() bool {
	if u.Reasoning.N == 0 {
		return false
	}
	if u.total.Known && u.Input.Known && !u.thoughtsBeside {
		return u.total.N == u.Input.N+u.Output.N+u.Reasoning.N
	}
	return u.Reasoning.N > u.Output.N
}
