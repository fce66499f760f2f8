package genaimetricsconnector

import (
	"cmp"
	"slices"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// other stands for what is past the limit of cost series.
const other = "_other"

// The verdicts of fidelity checks.
const (
	verdictPass        = "pass"
	verdictFail        = "fail"
	verdictSuspected   = "suspected"
	verdictUndecidable = "undecidable"
	verdictNoted       = "noted" // a difference that breaks no promise
)

// own has llmtap's own metrics.
type own struct{ cost, usageCalls, fidelityChecks, unrecorded *instrument }

func newOwn(add func(instrument) *instrument, costSeriesMax int) *own {
	return &own{
		cost: add(instrument{
			name: genai.MetricCost, unit: "USD", perUnit: nanoPerUnit, labels: []string{"user", "team", "app", "model"},
			description: "Known cost of model calls.", seriesMax: costSeriesMax,
			folds: []func(key) key{
				func(k key) key { k[0] = other; return k },
				func(key) key { return key{other, other, other, other} },
			},
		}),
		usageCalls: add(instrument{
			name: genai.MetricUsageCalls, unit: "{call}", labels: []string{"source"},
			description: "Model calls by where their token counts come from.",
		}),
		fidelityChecks: add(instrument{
			name: genai.MetricFidelityChecks, unit: "{check}", labels: []string{"check", "verdict"},
			description: "Fidelity checks of model calls by verdict.",
		}),
		unrecorded: add(instrument{
			name: genai.MetricUnrecorded, unit: "{call}", labels: []string{"upstream", "reason"},
			description: "Model calls that were passed on and not recorded: all other figures are without them.",
		}),
	}
}

func (m *own) record(c *genai.Call, now time.Time) {
	if c.Cost.Known {
		k := key{c.Caller.UserID, c.Caller.Team, c.Caller.App, cmp.Or(c.ResponseModel, c.RequestModel)}
		m.cost.add(k, int64(c.Cost.Amount), now)
	}
	m.usageCalls.add(key{string(c.Usage.SourceTold())}, 1, now)
	m.recordFidelity(&c.Fidelity, now)
}

func (m *own) recordUnrecorded(u *genai.Unrecorded, now time.Time) {
	m.unrecorded.add(key{u.Upstream, u.Reason}, u.Calls, now)
}

// checksMax bounds the checks of each verdict of one call. There are fewer, but a span may come from anybody.
const checksMax = 256

func (m *own) recordFidelity(f *genai.Fidelity, now time.Time) {
	verdict := func(checks []string, verdict string) []string {
		checks = checks[:min(len(checks), checksMax)]
		for _, check := range checks {
			m.fidelityChecks.add(key{check, verdict}, 1, now)
		}
		return checks
	}
	failed := verdict(f.Failed, verdictFail)
	suspected := verdict(f.Suspected, verdictSuspected)
	verdict(f.Undecidable, verdictUndecidable)
	noted := verdict(f.Noted, verdictNoted)
	for _, check := range f.Applicable[:min(len(f.Applicable), checksMax)] {
		if !slices.Contains(failed, check) && !slices.Contains(suspected, check) && !slices.Contains(noted, check) {
			m.fidelityChecks.add(key{check, verdictPass}, 1, now)
		}
	}
}
