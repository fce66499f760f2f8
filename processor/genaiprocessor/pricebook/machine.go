package pricebook

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/machinetime"
)

// SourceHourly is of calls whose cost is a share of a machine's time. It is unknown until the hour is closed, when all
// calls that ran beside are known, and llmtapctl reprice divides it.
const SourceHourly = "hourly"

// Hourly is the reason for a cost that is not divided yet.
const Hourly = "hourly"

// Machine says what a model server costs by the hour.
type Machine struct {
	// Upstream is the configured name of the model server. Needed.
	Upstream string `mapstructure:"upstream"`
	// HourlyUSD is the price of one replica for an hour. Needed, but for no replicas.
	HourlyUSD float64 `mapstructure:"hourly_usd"`
	// Replicas is the number of machines behind the name; with 0 there is none any more from then on. Default: 1.
	Replicas *int `mapstructure:"replicas"`
	// Weight divides the cost among calls in flight: by calls, all alike, or by tokens, by the input and output tokens
	// of each per second. Default: calls.
	Weight string `mapstructure:"weight"`
	// From is the hour from which the price holds. Needed, as idle hours cost too.
	From time.Time `mapstructure:"from"`
}

// The values of Machine.Weight.
const (
	WeightCalls  = "calls"
	WeightTokens = "tokens"
)

// Validate reports every problem of the machine.
func (m *Machine) Validate() error {
	var errs []error
	if m.Upstream == "" {
		errs = append(errs, errors.New("upstream: needed; give the name of one"))
	}
	if m.replicas() != 0 && (!(m.HourlyUSD > 0) || m.Price() <= 0 || m.Price() > machinetime.HourlyNanoUSDMax) {
		errs = append(errs, fmt.Errorf("hourly_usd: %v for %d replicas is no price; give up to %d dollars for all, with 9 decimals at most",
			m.HourlyUSD, m.replicas(), machinetime.HourlyNanoUSDMax/1_000_000_000))
	}
	if m.replicas() < 0 {
		errs = append(errs, fmt.Errorf("replicas: %d is negative", m.replicas()))
	}
	if m.Weight != "" && m.Weight != WeightCalls && m.Weight != WeightTokens {
		errs = append(errs, fmt.Errorf("weight: %q is none; give %s or %s", m.Weight, WeightCalls, WeightTokens))
	}
	if m.From.IsZero() || !m.From.Equal(m.From.Truncate(time.Hour)) {
		errs = append(errs, errors.New("from: needed; give the beginning of an hour"))
	}
	return errors.Join(errs...)
}

// CheckMachines reports prices of one machine from the same hour, of which all but one would be ignored.
func CheckMachines(machines []Machine) error {
	var errs []error
	for i := range machines {
		for j := range machines[:i] {
			if machines[i].Upstream == machines[j].Upstream && machines[i].From.Equal(machines[j].From) {
				errs = append(errs, fmt.Errorf("machines::%d: has the upstream and from of machines::%d; keep one of them", i, j))
			}
		}
	}
	return errors.Join(errs...)
}

func (m *Machine) replicas() int {
	if m.Replicas == nil {
		return 1
	}
	return *m.Replicas
}

// Price is what an hour of all replicas costs; 0 for what is no price.
func (m *Machine) Price() genai.NanoUSD {
	if math.IsNaN(m.HourlyUSD) || m.HourlyUSD < 0 || m.HourlyUSD > 1e6 || m.replicas() > 1e6 {
		return 0
	}
	nano := decimal.NewFromFloat(m.HourlyUSD).Shift(9)
	if !nano.IsInteger() {
		return 0
	}
	return genai.NanoUSD(nano.Mul(decimal.NewFromInt(int64(m.replicas()))).IntPart())
}

// weightLeast is the weight of a token per second. Slow calls have few, of which whole ones alone would be far from the truth.
const weightLeast = 1000

// WeightOf gives the weight of a call in flight.
func (m *Machine) WeightOf(c *genai.Call) uint32 {
	if m.Weight != WeightTokens || c.Duration <= 0 {
		return weightLeast
	}
	perSecond := float64(c.Usage.Input.N+c.Usage.Output.N) / c.Duration.Seconds()
	return uint32(min(max(math.Round(perSecond*weightLeast), weightLeast), math.MaxUint32/2))
}

// MachineAt finds the machine behind an upstream at a time, nil when its time has no price.
func MachineAt(machines []Machine, upstream string, at time.Time) *Machine {
	var found *Machine
	for i := range machines {
		m := &machines[i]
		if m.Upstream == upstream && !at.Before(m.From) && (found == nil || m.From.After(found.From)) {
			found = m
		}
	}
	if found != nil && found.replicas() == 0 {
		return nil
	}
	return found
}
