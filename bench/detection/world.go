package main

import "time"

// World is the traffic of some models over days, and what changes in it. Everything follows from the seed.
type World struct {
	Seed    uint64
	Start   time.Time
	Days    int
	Profile Profile
	Models  []Model
	// Users is how many there are; few make most calls.
	Users int
	// Burners and Loops are injected.
	Burners []Burner
	Loops   []Loop
}

// end is when the last block ends.
func (w *World) end() time.Time { return w.Start.AddDate(0, 0, w.Days) }

// Profile is the shape of seasons and noise. Deviations are those of ln latency.
type Profile struct {
	Name string
	// Night is the traffic of the quietest hour as a share of the busiest, Weekend that of a Saturday of a weekday's.
	Night, Weekend float64
	// Rush is by how much latency follows the traffic.
	Rush float64
	// Block is the deviation that the calls of ten minutes share; Hours that of some hours, Days that of some days.
	Block, Hours, Days float64
	// Own is each call's own, with Student's t of Tail degrees of freedom; 0 is normal.
	Own  float64
	Tail float64
	// Clumping is the variance of the rate of errors between blocks, in squares of the rate.
	Clumping float64
	// Bursts a week of some user on each model, of two to five times as many calls for one to three hours.
	Bursts float64
}

// profiles are the seasons and noises of the proof.
var profiles = []Profile{
	{Name: "calm", Night: 0.4, Weekend: 0.7, Rush: 0.1, Block: 0.1, Hours: 0.03, Days: 0.01, Own: 0.5, Bursts: 2},
	{Name: "rough", Night: 0.15, Weekend: 0.3, Rush: 0.25, Block: 0.12, Hours: 0.06, Days: 0.03, Own: 0.6, Tail: 3, Clumping: 1, Bursts: 6},
}

// Model is a model that some upstream serves.
type Model struct {
	Name string
	// PerBlock is how many calls ten minutes of a weekday have on average.
	PerBlock float64
	// Launch is the day of the first call, from which the traffic grows for a week.
	Launch int
	// Errors and ToolFailures are the usual rates.
	Errors, ToolFailures float64
	Change               Change
}

// Change is what a model does from a time on; what is zero stays.
type Change struct {
	At time.Time
	// FirstChunk is the factor of the time to first chunk, PerToken that of the time per token after it.
	FirstChunk, PerToken float64
	Errors, ToolFailures float64
	// Answering is the model that then answers.
	Answering string
}

// Burner is a user with Times as many calls as usual for some hours.
type Burner struct {
	User  int
	At    time.Time
	Hours int
	Times float64
}

// Loop is a conversation that makes the same tool call Calls times, some seconds apart.
type Loop struct {
	ID    string
	Model int
	At    time.Time
	Calls int
}

// steady is a model in which nothing changes.
func steady(name string, perBlock float64) Model {
	return Model{Name: name, PerBlock: perBlock, Errors: 0.008, ToolFailures: 0.02}
}

// with gives the model with a change.
func (m Model) with(c Change) Model {
	m.Change = c
	return m
}

// in gives the state of the model at a time, as a change whose fields are all set.
func (m *Model) in(at time.Time) Change {
	now := Change{FirstChunk: 1, PerToken: 1, Errors: m.Errors, ToolFailures: m.ToolFailures, Answering: m.Name}
	c := &m.Change
	if c.At.IsZero() || at.Before(c.At) {
		return now
	}
	or := func(value *float64, changed float64) {
		if changed > 0 {
			*value = changed
		}
	}
	or(&now.FirstChunk, c.FirstChunk)
	or(&now.PerToken, c.PerToken)
	or(&now.Errors, c.Errors)
	or(&now.ToolFailures, c.ToolFailures)
	if c.Answering != "" {
		now.Answering = c.Answering
	}
	return now
}
