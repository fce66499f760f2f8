package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// traffic makes the calls of a world, block by block.
type traffic struct {
	*World
	chance *rand.Rand
	at     time.Time
	shared *load
	models []serving
	zipf   *rand.Zipf
	ready  []genai.Call
	made   uint64
	looped map[string]bool
}

// serving is the state of a model.
type serving struct {
	*Model
	load   *load
	bursts []burst
	// turned permutes the users, so that each model has heavy ones of its own.
	turned int
}

// burst is a user with more calls for some blocks.
type burst struct {
	user   int
	blocks int
	calls  float64
}

func (w *World) traffic() *traffic {
	r := rand.New(rand.NewPCG(w.Seed, 6))
	t := &traffic{World: w, chance: r, at: w.Start, shared: newLoad(r), zipf: rand.NewZipf(r, 1.3, 4, uint64(w.Users-1)), looped: map[string]bool{}}
	for i := range w.Models {
		t.models = append(t.models, serving{Model: &w.Models[i], load: newLoad(r), turned: r.IntN(w.Users)})
	}
	return t
}

// Next makes the next call, and gives false after the last.
func (t *traffic) Next(c *genai.Call) bool {
	for len(t.ready) == 0 {
		if !t.at.Before(t.end()) {
			return false
		}
		t.block()
	}
	*c = t.ready[len(t.ready)-1]
	t.ready = t.ready[:len(t.ready)-1]
	return true
}

// block makes the calls that begin in ten minutes.
func (t *traffic) block() {
	shared := t.shared.next(t.chance, &t.Profile)
	season := t.Profile.season(t.at)
	for i := range t.models {
		m := &t.models[i]
		busy := m.PerBlock * season * math.Exp(0.15*t.chance.NormFloat64()) * t.launched(m.Model)
		if busy == 0 {
			continue
		}
		s := scene{
			serving: m, slow: math.Sqrt2/2*(shared+m.load.next(t.chance, &t.Profile)) + t.Profile.Rush*(season-1)/2,
			clump: t.Profile.clump(t.chance), limited: t.Profile.clump(t.chance),
		}
		for range poisson(t.chance, busy) {
			t.chat(&s, t.user(m))
		}
		for range poisson(t.chance, busy/150) {
			t.agent(&s, t.user(m))
		}
		t.burst(&s, busy)
		t.burners(&s, busy)
	}
	for _, l := range t.Loops {
		if !t.looped[l.ID] && !l.At.After(t.at) {
			t.looped[l.ID] = true
			t.loop(&t.models[l.Model], l)
		}
	}
	t.at = t.at.Add(blockTime)
}

// launched is the share of its traffic that a model has yet.
func (t *traffic) launched(m *Model) float64 {
	if m.Launch == 0 {
		return 1
	}
	days := t.at.Sub(t.Start).Hours()/24 - float64(m.Launch)
	return min(1, max(0, 0.2+days/7)) * math.Ceil(min(1, max(0, days)))
}

func (t *traffic) user(m *serving) int { return (int(t.zipf.Uint64()) + m.turned) % t.Users }

// burst goes on with the bursts of users, and may begin one.
func (t *traffic) burst(s *scene, busy float64) {
	if t.chance.Float64() < t.Profile.Bursts/7/blocksOfDay {
		s.bursts = append(s.bursts, burst{t.user(s.serving), 6 + t.chance.IntN(13), busy * (0.05 + 0.2*t.chance.Float64())})
	}
	left := s.bursts[:0]
	for _, b := range s.bursts {
		for range poisson(t.chance, b.calls) {
			t.chat(s, b.user)
		}
		if b.blocks--; b.blocks > 0 {
			left = append(left, b)
		}
	}
	s.bursts = left
}

// burners make the calls that they have more than usual on a model.
func (t *traffic) burners(s *scene, busy float64) {
	for _, b := range t.Burners {
		if t.at.Before(b.At) || !t.at.Before(b.At.Add(time.Duration(b.Hours)*time.Hour)) {
			continue
		}
		rank := (b.User - s.turned + t.Users) % t.Users
		for range poisson(t.chance, busy*t.share(rank)*(b.Times-1)) {
			t.chat(s, b.User)
		}
	}
}

// share is that of the calls which the user of a rank makes.
func (t *traffic) share(rank int) float64 {
	sum := 0.0
	for k := range t.Users {
		sum += math.Pow(4+float64(k), -1.3)
	}
	return math.Pow(4+float64(rank), -1.3) / sum
}

// add gives a call its ids.
func (t *traffic) add(c *genai.Call) {
	t.made++
	binary.BigEndian.PutUint64(c.TraceID[:], t.Seed+1)
	binary.BigEndian.PutUint64(c.TraceID[8:], t.made)
	binary.BigEndian.PutUint64(c.SpanID[:], t.made)
	t.ready = append(t.ready, *c)
}

func userName(user int) string { return fmt.Sprintf("user-%03d", user) }
