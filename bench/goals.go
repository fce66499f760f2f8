//go:build linux

package main

import (
	"fmt"
	"math"
)

// goal is a figure of the tap that must not pass floor, and should not pass goal.
type goal struct {
	scenario string
	row      row
	// ratio tells that floor and goal are multiples of nginx's figure in the same run.
	ratio       bool
	more        bool // more is better
	floor, goal float64
}

var goals = []goal{
	{oneConnection, rowP99, true, false, 1, 1},
	{connections32, rowCPUCall, true, false, 1.5, 1.25},
	{connections32, rowCalls, true, true, 0.75, 0.9},
	{connections32, rowCalls, false, true, 50_000, 70_000},
	{connections256, rowCPUCall, true, false, 1.7, 1.4},
	{connections256, rowCalls, true, true, 0.6, 0.75},
	{openLoop, rowP50, true, false, 1.1, 1},
	{openLoop, rowP99, true, false, 1.3, 1},
	{openLoop, rowCPUCall, true, false, 1.8, 1.5},
	{streamsPaced, rowCPUEvent, true, false, 1.5, 1.2},
	{streamsPaced, rowDelay99, true, false, 2, 1},
	{streamsPaced, rowFirst50, true, false, 1.4, 1.1},
	{streamsPaced, rowPeak, false, false, 100, 60},
	{streamsFast, rowCPUEvent, true, false, 1.2, 0.9},
	{prompts256, rowCPUCall, true, false, 1.8, 1.4},
	{prompts256, rowPeak, false, false, 150, 100},
}

// verdict is what became of a goal. It is open, and got no number, where the tap or nginx added nothing that can be measured.
type verdict struct {
	goal
	tap, nginx, got float64
}

func judge(results []result, goals []goal) []verdict {
	var out []verdict
	for _, g := range goals {
		for _, r := range results {
			if r.name != g.scenario {
				continue
			}
			v := verdict{goal: g, tap: r.value(g.row, nameTap), nginx: r.value(g.row, nameNginx)}
			switch v.got = v.tap; {
			case g.ratio && min(v.tap, v.nginx) <= 0:
				v.got = math.NaN()
			case g.ratio:
				v.got = v.tap / v.nginx
			}
			out = append(out, v)
		}
	}
	return out
}

func (v verdict) within(limit float64) bool {
	if v.more {
		return v.got >= limit
	}
	return v.got <= limit
}

func (v verdict) String() string {
	switch {
	case math.IsNaN(v.got):
		return "**not measured**"
	case v.within(v.goal.goal):
		return "goal reached"
	case v.within(v.floor):
		return "floor reached"
	default:
		return "**not reached**"
	}
}

func (v verdict) limit(value float64) string {
	if v.ratio && !math.IsNaN(value) {
		return fmt.Sprintf("%.2fx", value)
	}
	return number(value)
}
