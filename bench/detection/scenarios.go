package main

import (
	"fmt"
	"time"
)

// begin is when all worlds begin, a Monday.
var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// scenario is a world, when it is watched, and what has to be found.
type scenario struct {
	*World
	kind     string
	from, to time.Time
	expected []expected
}

// name is that of the scenario, and of its database.
func (s *scenario) name() string { return fmt.Sprintf("%s_%s_%d", s.kind, s.Profile.Name, s.Seed) }

// expected is an incident that a change has to raise, and what its example calls have to be.
type expected struct {
	Name, Kind, Key, Metric string
	At                      time.Time
	examples                string
}

// quiet is 60 days in which a model is launched and nothing else changes. The last five are watched.
func quiet(p Profile, seed uint64) *scenario {
	w := &World{Seed: seed, Start: begin, Days: 60, Profile: p, Users: 60, Models: []Model{
		steady("large", 120), steady("medium", 60), steady("small", 30), steady("tiny", 10), steady("launched", 50),
	}}
	w.Models[4].Launch = 25
	return &scenario{World: w, kind: "quiet", from: begin.AddDate(0, 0, 55), to: w.end()}
}

// changed is 24 days with a change in each model but one near the end, and a user and an agent that run away. It is watched from
// six hours before until a day after.
func changed(p Profile, seed uint64) *scenario {
	at := begin.AddDate(0, 0, 22).Add(8*time.Hour + time.Duration(seed*7%36)*blockTime)
	s := &scenario{World: &World{Seed: seed, Start: begin, Days: 24, Profile: p, Users: 60}, kind: "changed", from: at.Truncate(time.Hour).Add(-6 * time.Hour), to: at.Add(24 * time.Hour)}
	slower := func(percent int) {
		name := fmt.Sprintf("slow%d", percent)
		s.Models = append(s.Models, steady(name, 100).with(Change{At: at, FirstChunk: 1 + float64(percent)/100}))
		s.expected = append(s.expected, expected{fmt.Sprintf("time to first chunk +%d %%", percent), "regression", name + ", vllm", "time_to_first_chunk", at, "model_requested = '" + name + "'"})
	}
	s.Models = append(s.Models, steady("steady", 100))
	for _, percent := range []int{5, 10, 16, 30} {
		slower(percent)
	}
	s.Models = append(s.Models,
		steady("errors", 100).with(Change{At: at, Errors: 0.014}),
		steady("tools", 100).with(Change{At: at, ToolFailures: 0.045}),
		steady("alias", 100).with(Change{At: at, Answering: "other"}))
	s.Burners = []Burner{{User: 7, At: at, Hours: 6, Times: 10}}
	s.Loops = []Loop{{ID: "looping", At: at, Calls: 14}}
	s.expected = append(s.expected,
		expected{"errors 0.8 % to 1.4 %", "rate", "errors, vllm", "error_rate", at, "model_requested = 'errors' AND outcome = 'upstream_error'"},
		expected{"tool fidelity 98 % to 95.5 %", "rate", "tools, vllm", checksOfTools[0], at, "model_requested = 'tools' AND has(fidelity_failed, '" + checksOfTools[0] + "')"},
		expected{"a model alias moved", "alias_moved", "alias, vllm", "model", at, "model_requested = 'alias' AND model = 'other'"},
		expected{"a user at 10 times", "cost_spike", userName(7), "cost", at, "user_id = '" + userName(7) + "'"},
		expected{"an agent in a loop", "loop", "looping", "calls", at, "conversation_id = 'looping' AND toolcall_hash = 42"})
	return s
}
