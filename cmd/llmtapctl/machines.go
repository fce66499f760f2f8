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

// machine is a model server with a price by the hour, and that price's version.
type machine struct {
	*pricebook.Machine
	version string
}

// machineHour is what a machine cost in an hour.
type machineHour struct {
	t           time.Time
	upstream    string
	cost, calls genai.NanoUSD
	version     string
}

// divide gives every call of the range its share of the machine that served it, and each of the range's hours. The
// share of a call that runs on after the range is whole: later hours are divided too, as far as such calls reach.
func divide(machines []machine, calls []stored, within span) (map[uuid.UUID]genai.NanoUSD, []machineHour) {
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
			m := machineAt(machines, upstream, t)
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

func divideHour(m *machine, t time.Time, served []*stored, shares map[uuid.UUID]genai.NanoUSD) machineHour {
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
	return machineHour{t: t, upstream: m.Upstream, cost: m.Price(), calls: m.Price() - idle, version: m.version}
}

func upstreams(machines []machine) []string {
	var names []string
	for _, m := range machines {
		if !slices.Contains(names, m.Upstream) {
			names = append(names, m.Upstream)
		}
	}
	return names
}

func machineAt(machines []machine, upstream string, t time.Time) *machine {
	list := make([]pricebook.Machine, len(machines))
	for i, m := range machines {
		list[i] = *m.Machine
	}
	found := pricebook.MachineAt(list, upstream, t)
	if found == nil {
		return nil
	}
	return &machine{found, machines[0].version}
}

// servedBy gives the calls whose cost is a share of an upstream's, in an order that is the same each time. What a call costs that began
// before the upstream had a price by the hour is something else.
func servedBy(upstream string, machines []machine, calls []stored) []*stored {
	var begin time.Time
	for _, m := range machines {
		if m.Upstream == upstream && (begin.IsZero() || m.From.Before(begin)) {
			begin = m.From
		}
	}
	var served []*stored
	for i := range calls {
		if c := &calls[i]; c.Upstream == upstream && pricebook.Billed(&c.Call) && !c.Start.Before(begin) {
			served = append(served, c)
		}
	}
	slices.SortFunc(served, func(a, b *stored) int { return bytes.Compare(a.id[:], b.id[:]) })
	return served
}
