package main

import (
	"fmt"
	"math"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// scene is what the calls of a model share for ten minutes.
type scene struct {
	*serving
	// slow is ln of how much slower they are than usual, clump and limited by how much more fail.
	slow, clump, limited float64
}

// Prices in 1e-9 dollars a token.
const (
	inputPrice  = 5_000
	outputPrice = 25_000
)

var (
	checksOfTools  = []string{"tools.args_schema_invalid"}
	checksOfFormat = []string{"structured.schema_invalid"}
)

// chat is a call of a user at some time of the block.
func (t *traffic) chat(s *scene, user int) {
	at := t.at.Add(time.Duration(t.chance.Float64() * float64(blockTime)))
	c := t.call(s, user, at)
	// within half an hour a user's calls are one conversation
	c.ConversationID = fmt.Sprintf("%s-%s-%d", s.Name, c.Caller.UserID, at.Unix()/1800)
	c.Turn = 1 + 2*int(at.Unix()%1800/60)
	if t.chance.Float64() < 0.4 {
		c.ConversationID = ""
	}
	t.add(&c)
}

// agent is a conversation in which each call asks for a tool, and the next has its answer. Now and then it asks once more.
func (t *traffic) agent(s *scene, user int) {
	at := t.at.Add(time.Duration(t.chance.Float64() * float64(blockTime)))
	id := fmt.Sprintf("agent-%d", t.made)
	steps, grown, last, again := 3+poisson(t.chance, 8), int64(0), uint64(0), false
	for step := range steps {
		c := t.call(s, user, at)
		if c.Outcome != genai.OutcomeOK {
			continue
		}
		grown += int64(300 * math.Exp(0.5*t.chance.NormFloat64()))
		c.ConversationID, c.Turn = id, 2+2*step
		c.Usage.Input = genai.Known(c.Usage.Input.N + grown)
		c.Cost.Amount += genai.NanoUSD(grown * inputPrice)
		c.ToolCalls, c.ToolNames = 1, []string{"read_file"}
		c.ToolCallHash = t.chance.Uint64()
		if again = t.chance.Float64() < 0.08 && last != 0 && !again; again {
			c.ToolCallHash = last
		}
		last = c.ToolCallHash
		t.add(&c)
		at = at.Add(c.Duration + time.Duration(t.chance.Float64()*10*float64(time.Second)))
	}
}

// loop is an agent that makes one tool call again and again.
func (t *traffic) loop(m *serving, l Loop) {
	s := scene{serving: m}
	for step := range l.Calls {
		c := t.call(&s, 0, l.At.Add(time.Duration(step)*7*time.Second))
		c.Caller.UserID, c.Outcome, c.ErrorType = "looper", genai.OutcomeOK, ""
		c.ConversationID, c.Turn, c.ToolCalls, c.ToolNames, c.ToolCallHash = l.ID, 2+2*step, 1, []string{"search"}, 42
		t.add(&c)
	}
}

// call is one call of a user, as the model is at that time.
func (t *traffic) call(s *scene, user int, at time.Time) genai.Call {
	r := t.chance
	now := s.in(at)
	c := genai.Call{
		Start: at.Truncate(time.Microsecond), Operation: genai.OperationChat, Provider: "openai", APIType: "chat_completions", Upstream: "vllm",
		RequestModel: s.Name, ResponseModel: now.Answering, Stream: true, HTTPStatus: 200, Outcome: genai.OutcomeOK, FinishReasons: []string{"stop"},
		SystemFingerprint: "fp_1", PromptHash: r.Uint64(), Turn: 1, ToolsOffered: 3,
		Caller: genai.Caller{UserID: userName(user), Team: fmt.Sprint("team-", user%5), App: fmt.Sprint("app-", user%3)},
	}
	input := 20 + int64(600*math.Exp(0.8*r.NormFloat64()))
	output := 2 + int64(150*math.Exp(0.6*r.NormFloat64()))
	size := 0.25 * math.Log(float64(input)/600)
	c.TimeToFirstChunk = seconds(0.3 * now.FirstChunk * math.Exp(size+s.slow+t.Profile.Own*t.Profile.own(r)))
	c.Duration = c.TimeToFirstChunk + seconds(float64(output)*0.02*now.PerToken*math.Exp(0.7*s.slow+0.7*t.Profile.Own*t.Profile.own(r)))
	if t.failed(&c, s, now.Errors) {
		return c
	}
	c.Usage = genai.Usage{Input: genai.Known(input), Output: genai.Known(output), Source: genai.UsageReported}
	c.Cost = genai.Cost{Amount: genai.NanoUSD(input*inputPrice + output*outputPrice), Known: true, Source: "config", PriceVersion: "1"}
	switch kind := r.Float64(); {
	case kind < 0.5:
		c.ToolCalls, c.ToolNames, c.ToolCallHash, c.FinishReasons = 1, []string{"search"}, r.Uint64(), []string{"tool_calls"}
		c.Fidelity.Applicable = checksOfTools
		if r.Float64() < now.ToolFailures {
			c.Fidelity.Failed = checksOfTools
		}
	case kind < 0.7:
		c.Fidelity.Applicable = checksOfFormat
		if r.Float64() < 0.01 {
			c.Fidelity.Failed = checksOfFormat
		}
	case kind < 0.704:
		c.FinishReasons = []string{"content_filter"}
	case kind < 0.708:
		c.Usage, c.Cost = genai.Usage{}, genai.Cost{}
	}
	return c
}

// failed lets a call fail: of the server, or of a client that calls too often.
func (t *traffic) failed(c *genai.Call, s *scene, errors float64) bool {
	switch x := t.chance.Float64(); {
	case x < errors*s.clump:
		c.HTTPStatus, c.Outcome, c.ErrorType = 500, genai.OutcomeUpstreamError, genai.ErrorServerError
	case x > 1-0.01*s.limited:
		c.HTTPStatus, c.Outcome, c.ErrorType = 429, genai.OutcomeClientError, genai.ErrorRateLimit
	default:
		return false
	}
	c.TimeToFirstChunk, c.FinishReasons, c.ResponseModel = 0, nil, ""
	return true
}

func seconds(s float64) time.Duration { return time.Duration(min(s, 600) * float64(time.Second)) }
