// Package callgen makes model calls as a mid-size company's would look, for benchmarks and tests of the store. One seed
// always makes the same calls.
package callgen

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// Config says what calls are made.
type Config struct {
	Seed  uint64
	Calls int
	// From and To bound the starts of the calls, which come in order of time, more by day than by night.
	From, To time.Time
	// Users is how many callers there are; the busiest make most of the calls (Zipf's law with exponent 1.1).
	Users int
}

// Generator makes one call after the other.
type Generator struct {
	config Config
	chance *rand.Rand
	users  *rand.Zipf
	made   int
	// conversations hold each user's current one.
	conversations map[uint64]*conversation
}

type conversation struct {
	id          string
	app         int
	model       int
	turn, turns int
	tokens      int64
}

// New makes a generator. Users must be above 0, and To after From.
func New(config Config) *Generator {
	chance := rand.New(rand.NewPCG(config.Seed, 0))
	return &Generator{
		config: config, chance: chance, conversations: make(map[uint64]*conversation),
		users: rand.NewZipf(chance, 1.1, 8, uint64(config.Users-1)),
	}
}

// model is a model with its price in 1e-9 dollars per token, and the pace of its server.
type model struct {
	name, upstream          string
	input, output           int64
	firstToken, perToken    time.Duration
	toolCalls, cached, fail float64
}

var models = []model{
	{"Qwen/Qwen3-32B", "vllm-a", 100, 300, 80 * time.Millisecond, 16 * time.Millisecond, 0.2, 0.5, 0.01},
	{"Qwen/Qwen3-32B", "vllm-b", 100, 300, 90 * time.Millisecond, 17 * time.Millisecond, 0.2, 0.5, 0.01},
	{"meta-llama/Llama-3.3-70B-Instruct", "sglang", 230, 400, 150 * time.Millisecond, 28 * time.Millisecond, 0.1, 0.4, 0.02},
	{"gpt-4o-mini", "openai", 150, 600, 350 * time.Millisecond, 9 * time.Millisecond, 0.3, 0.3, 0.005},
	{"google/gemma-3-12b", "ollama", 0, 0, 200 * time.Millisecond, 33 * time.Millisecond, 0, 0, 0.03},
}

var (
	modelShare = []float64{0.35, 0.65, 0.8, 0.95, 1}
	apps       = []string{"chat", "code-agent", "support", "batch-summaries", "search"}
	checks     = []string{"usage.total_is_sum", "stream.done", "tools.arguments_are_json", "choices.index_order", "finish.reason_known"}
)

// Next makes the next call, and gives false when all are made.
func (g *Generator) Next(c *genai.Call) bool {
	if g.made == g.config.Calls {
		return false
	}
	user := g.users.Uint64()
	talk := g.conversation(user)
	m := &models[talk.model]
	*c = genai.Call{
		Start: g.start(), Operation: genai.OperationChat, Provider: "openai", APIType: "chat_completions",
		Upstream: m.upstream, ServerAddress: m.upstream + ".internal", ServerPort: 8000, ServerVersion: "1.0",
		RequestModel: m.name, ResponseModel: m.name, Stream: g.chance.Float64() < 0.7, HTTPStatus: 200, Outcome: genai.OutcomeOK,
		FinishReasons: []string{"stop"}, ResponseFormat: "text", ConversationID: talk.id, Turn: 2*talk.turn - 1,
		ResponseID: "chatcmpl-" + strconv.FormatUint(g.chance.Uint64(), 36),
		PromptHash: g.chance.Uint64(), PromptVersion: uint64(1000*talk.app + int(g.progress()*4)),
		Caller: genai.Caller{
			UserID: fmt.Sprintf("user-%05d", user), Team: fmt.Sprintf("team-%02d", user%24), App: apps[talk.app],
			Environment: "prod", KeyHash: fmt.Sprintf("%016x", user*0x9e3779b97f4a7c15),
		},
	}
	binary.BigEndian.PutUint64(c.TraceID[:], g.chance.Uint64())
	// Those of another time range are other calls: with the same ids, a store would take them for calls that come again.
	binary.BigEndian.PutUint64(c.TraceID[8:], uint64(g.config.From.UnixNano())+uint64(g.made)+1)
	binary.BigEndian.PutUint64(c.SpanID[:], g.chance.Uint64()|1)
	g.answer(c, m, talk)
	g.made++
	return true
}

// answer fills in what came back.
func (g *Generator) answer(c *genai.Call, m *model, talk *conversation) {
	input := talk.tokens + g.lognormal(300, 1)
	output := g.lognormal(150, 0.9)
	talk.tokens = min(input+output, 60_000)
	pace := math.Exp(0.15 * g.chance.NormFloat64())
	c.TimeToFirstChunk = time.Duration(pace * float64(m.firstToken+time.Duration(input)*20*time.Microsecond))
	c.Duration = c.TimeToFirstChunk + time.Duration(pace*float64(output)*float64(m.perToken))
	c.TapOverhead = time.Duration(30+g.chance.IntN(60)) * time.Microsecond
	c.RequestBytes, c.ResponseBytes = 200+4*input, 300+4*output
	if g.chance.Float64() < m.fail {
		c.HTTPStatus, c.Outcome, c.ErrorType, c.FinishReasons, c.ResponseModel = 500, genai.OutcomeUpstreamError, genai.ErrorServerError, nil, ""
		c.TimeToFirstChunk, c.Duration = 0, c.TimeToFirstChunk
		return
	}
	if c.Stream {
		c.Chunks, c.MaxGap = int(output)+2, 3*time.Duration(pace*float64(m.perToken))
	} else {
		c.TimeToFirstChunk = c.Duration
	}
	cached := int64(0)
	if g.chance.Float64() < m.cached {
		cached = (input * 3 / 4) &^ 15
	}
	c.Usage = genai.Usage{Input: genai.Known(input), Output: genai.Known(output), CacheRead: genai.Known(cached), Source: genai.UsageReported}
	if m.input > 0 {
		c.Cost = genai.Cost{Amount: genai.NanoUSD(input*m.input + output*m.output), Known: true, Source: "config", PriceVersion: "2026-11-01"}
	}
	c.Fidelity.Applicable = checks
	if m.toolCalls > 0 && talk.app == 1 {
		c.ToolsOffered = 12
		if g.chance.Float64() < m.toolCalls*3 {
			c.ToolCalls, c.ToolNames, c.FinishReasons, c.ToolCallHash = 1, []string{"read_file"}, []string{"tool_calls"}, g.chance.Uint64()
		}
	}
	if g.chance.Float64() < 0.002 {
		c.Fidelity.Failed = checks[2:3]
	}
}

// conversation goes on with a user's, or begins another one.
func (g *Generator) conversation(user uint64) *conversation {
	talk := g.conversations[user]
	if talk == nil || talk.turn == talk.turns {
		talk = &conversation{id: fmt.Sprintf("c-%x", g.chance.Uint64()), app: int(user+g.chance.Uint64N(2)) % len(apps)}
		talk.turns = 1 + int(g.lognormal(4, 0.8))
		share := g.chance.Float64()
		for share > modelShare[talk.model] {
			talk.model++
		}
		g.conversations[user] = talk
	}
	talk.turn++
	return talk
}

func (g *Generator) progress() float64 { return float64(g.made) / float64(g.config.Calls) }

// start spreads the calls over the time; each day's are shifted towards its middle.
func (g *Generator) start() time.Time {
	at := g.config.From.Add(time.Duration(g.progress() * float64(g.config.To.Sub(g.config.From))))
	midnight := at.Truncate(24 * time.Hour)
	day := at.Sub(midnight).Hours() / 24
	shifted := midnight.Add(time.Duration((day + 0.12*math.Sin(2*math.Pi*day)) * 24 * float64(time.Hour)))
	if shifted.Before(g.config.From) || !shifted.Before(g.config.To) {
		return at
	}
	return shifted.Truncate(time.Microsecond)
}

func (g *Generator) lognormal(median, sigma float64) int64 {
	return 1 + int64(median*math.Exp(sigma*g.chance.NormFloat64()))
}
