package main

import (
	"math/rand/v2"
	"strings"
)

// callsMax bounds a run, in calls.
const callsMax = 10_000

// call is one planned chat completion.
type call struct {
	who  person
	body map[string]any
	// hangUp makes the client leave at the first byte of the answer.
	hangUp bool
}

type person struct{ user, team, app string }

// people are listed by how much they ask, the busiest first.
var people = []person{
	{"alice", "search", "code-assistant"},
	{"bob", "search", "chat"},
	{"carol", "support", "ticket-triage"},
	{"dave", "support", "chat"},
	{"erin", "research", "notebook"},
}

var subjects = []string{
	"the quarterly report", "this stack trace", "a customer's refund", "the index of the search engine", "a release note",
	"the new invoice format", "tomorrow's agenda", "a failing unit test", "the query plan", "an onboarding guide",
}

var tasks = []string{"Summarise", "Explain", "Translate into French", "Find the mistake in", "Write a test for", "Shorten"}

var lookup = []any{map[string]any{"type": "function", "function": map[string]any{
	"name":        "lookup_order",
	"description": "Finds an order by its number.",
	"parameters": map[string]any{
		"type":       "object",
		"properties": map[string]any{"order": map[string]any{"type": "integer"}},
		"required":   []string{"order"},
	},
}}}

// Every so many calls one is special, so that a short run shows each kind.
const (
	everyToolCall = 7
	everyUnknown  = 23
	everyHangUp   = 29
)

// plan draws the calls of a run; it follows from the configuration alone.
func plan(cfg config) []call {
	rnd := rand.New(rand.NewPCG(cfg.seed, 0))
	calls := make([]call, cfg.calls)
	for i := range calls {
		// The smaller of two draws prefers the first of the list.
		c := call{who: people[min(rnd.IntN(len(people)), rnd.IntN(len(people)))]}
		c.body = map[string]any{
			"model":      cfg.models[rnd.IntN(len(cfg.models))],
			"messages":   conversation(rnd),
			"max_tokens": 64 << rnd.IntN(4),
		}
		if rnd.IntN(2) == 0 {
			c.body["stream"] = true
			if rnd.IntN(2) == 0 {
				c.body["stream_options"] = map[string]any{"include_usage": true}
			}
		}
		switch n := i + 1; {
		case n%everyUnknown == 0:
			c.body["model"] = "no-such-model"
		case n%everyHangUp == 0:
			c.hangUp, c.body["stream"] = true, true
		case n%everyToolCall == 0:
			c.body["tools"], c.body["tool_choice"] = lookup, "required"
		}
		calls[i] = c
	}
	return calls
}

// conversation is a system prompt, some earlier turns, and a question.
func conversation(rnd *rand.Rand) []any {
	say := func(role, content string) any { return map[string]any{"role": role, "content": content} }
	question := func() string {
		return tasks[rnd.IntN(len(tasks))] + " " + subjects[rnd.IntN(len(subjects))] + "."
	}
	messages := []any{say("system", "You are a helpful assistant. Answer briefly and name your sources.")}
	for range rnd.IntN(4) {
		messages = append(messages, say("user", question()),
			say("assistant", strings.Repeat("Here is what I found about it. ", 5+rnd.IntN(40))))
	}
	return append(messages, say("user", question()))
}
