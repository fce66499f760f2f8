package main

import (
	"bytes"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/machinetime"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// machineHour is what a machine cost in an hour.
type machineHour struct {
	t           time.Time
	upstream    string
	cost, calls genai.NanoUSD
}

// divide gives every call of the range its share of the machine that served it, and each of the range's hours. The
// share of a call that runs on after the range is whole: later hours are divided too, as far as such calls reach.
func divide(machines []pricebook.Machine, calls []stored, within span) (map[uuid.UUID]genai.NanoUSD, []machineHour) {
	shares := make(map[uuid.UUID]genai.NanoUSD)
	var hours []machineHour
	for _, upstream := range upstreams(machines) {
		served := servedBy(upstream, machines, calls)
		end := within.to.Time
		for _, c := range served {
			if c.Start.Before(within.to.Time) && c.end().After(end) {
				end = c.end()
			}
		}
		for t := within.from.Time; t.Before(end); t = t.Add(time.Hour) {
			m := pricebook.MachineAt(machines, upstream, t)
			if m == nil {
				continue
			}
			hour := divideHour(m, t, served, shares)
			if t.Before(within.to.Time) {
				hours = append(hours, hour)
			}
		}
	}
	return shares, hours
}

func divideHour(m *pricebook.Machine, t time.Time, served []*stored, shares map[uuid.UUID]genai.NanoUSD) machineHour {
	var inHour []*stored
	var flying []machinetime.Call
	for _, c := range served {
		if c.Start.Before(t.Add(time.Hour)) && c.end().After(t) {
			inHour = append(inHour, c)
			flying = append(flying, machinetime.Call{Start: c.Start, End: c.end(), Weight: m.WeightOf(&c.Call)})
		}
	}
	parts, idle := machinetime.Hour(t, m.Price(), flying)
	for i, c := range inHour {
		shares[c.id] += parts[i]
	}
	return machineHour{t: t, upstream: m.Upstream, cost: m.Price(), calls: m.Price() - idle}
}

func upstreams(machines []pricebook.Machine) []string {
	var names []string
	for _, m := range machines {
		if !slices.Contains(names, m.Upstream) {
			names = append(names, m.Upstream)
		}
	}
	return names
}

// servedBy gives the calls whose cost is a share of an upstream's, in an order that is the same each time. What a call costs that began
// while the upstream had no price by the hour is something else.
func servedBy(upstream string, machines []pricebook.Machine, calls []stored) []*stored {
	var served []*stored
	for i := range calls {
		if c := &calls[i]; c.Upstream == upstream && pricebook.Billed(&c.Call) && pricebook.MachineAt(machines, upstream, c.Start) != nil {
			served = append(served, c)
		}
	}
	slices.SortFunc(served, func(a, b *stored) int { return bytes.Compare(a.id[:], b.id[:]) })
	return served
}
