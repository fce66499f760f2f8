package genailedgerextension

import (
	"errors"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// loops looks for conversations that do the same again and again.
type loops struct {
	cfg           LoopConfig
	condition     *spanottl.Condition // nil without one
	conversations *lru.Cache[conversationOf, *conversation]
}

// conversationOf is whose conversation it is: ids are the applications' own, so two callers may have the same.
type conversationOf struct{ user, app, id string }

// clone keeps what is remembered from holding the texts that the names were cut from.
func (c conversationOf) clone() conversationOf {
	return conversationOf{strings.Clone(c.user), strings.Clone(c.app), strings.Clone(c.id)}
}

// conversationHashesMax bounds what is remembered of one conversation.
const conversationHashesMax = 64

// conversation remembers the latest tool calls and requests.
type conversation struct {
	tools   []uint64
	prompts []uint64
	alerted map[string]bool
}

func newLoops(cfg LoopConfig) (*loops, error) {
	condition, err1 := spanottl.NewCondition(cfg.When)
	cache, err2 := lru.New[conversationOf, *conversation](cfg.ConversationsMax)
	return &loops{cfg, condition, cache}, errors.Join(err1, err2)
}

// conversationKey names the conversation of a call; a call without one belongs to its user's work on one prompt.
func conversationKey(call *genai.Call) string {
	switch {
	case call.ConversationID != "":
		return call.ConversationID
	case call.DerivedConversationID != "":
		return call.DerivedConversationID
	case call.PromptVersion != 0:
		return call.Caller.UserID + "/" + strconv.FormatUint(call.PromptVersion, 16)
	}
	return ""
}

// check remembers a call and gives an alert for each rule that its conversation newly breaks.
func (l *loops) check(call *genai.Call) (alerts []genai.Alert) {
	key := bounded(conversationKey(call))
	if key == "" || (call.ToolCallHash == 0 && call.PromptHash == 0) || call.Retry > 0 || standsAlone(call) {
		return nil
	}
	whose := conversationOf{call.Caller.UserID, call.Caller.App, key}
	c, ok := l.conversations.Get(whose)
	if !ok {
		c = &conversation{alerted: map[string]bool{}}
		l.conversations.Add(whose.clone(), c)
	}
	c.tools = remember(c.tools, call.ToolCallHash)
	c.prompts = remember(c.prompts, call.PromptHash)
	raise := func(rule string, n, limit int) {
		if limit > 0 && n >= limit && !c.alerted[rule] {
			c.alerted[rule] = true
			alerts = append(alerts, genai.Alert{
				Kind: "loop", Severity: "page", Scope: "conversation", Key: key, Value: float64(n), Limit: float64(limit), Unit: rule,
			})
		}
	}
	if call.ToolCallHash != 0 {
		raise("same tool call", count(c.tools, call.ToolCallHash), l.cfg.SameToolCall)
		raise("same tool call in a row", row(c.tools), l.cfg.InARow)
		raise("two tool calls in turns", turns(c.tools), l.cfg.Alternations)
	}
	if call.PromptHash != 0 {
		raise("same request", count(c.prompts, call.PromptHash), l.cfg.SamePrompt)
	}
	return alerts
}

// turnsAlone is how many turns an exchange has that is no work on a task yet.
const turnsAlone = 2

// standsAlone tells calls that are in one conversation only because they say the same and got the same answer, as probes of a
// server do. The store's detector leaves out the same.
func standsAlone(call *genai.Call) bool {
	return call.ToolCallHash == 0 && call.DerivedConversationID != "" && call.ConversationTurn <= turnsAlone
}

func remember(hashes []uint64, hash uint64) []uint64 {
	if hash == 0 {
		return hashes
	}
	if len(hashes) == conversationHashesMax {
		hashes = append(hashes[:0], hashes[1:]...)
	}
	return append(hashes, hash)
}

func count(hashes []uint64, hash uint64) (n int) {
	for _, h := range hashes {
		if h == hash {
			n++
		}
	}
	return n
}

// row counts how often the latest hash stands at the end without another between.
func row(hashes []uint64) (n int) {
	for i := len(hashes) - 1; i >= 0 && hashes[i] == hashes[len(hashes)-1]; i-- {
		n++
	}
	return n
}

// turns counts how often two hashes follow each other, A-B-A-B, at the end.
func turns(hashes []uint64) int {
	last := len(hashes) - 1
	if last < 1 || hashes[last] == hashes[last-1] {
		return 0
	}
	n := 2
	for i := last - 2; i >= 0 && hashes[i] == hashes[i+2]; i-- {
		n++
	}
	return n / 2
}
