//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"
)

// What the Collector tells of itself.
const (
	metricSpans   = "otelcol_receiver_accepted_spans"
	metricDropped = "llmtap_tap_dropped"
)

// recorded compares the calls that a tap has passed on with what it counted.
type recorded struct {
	calls          int
	spans, dropped float64
}

// addRecorded waits until a tap has counted all calls that were made through it, but no longer than for settleMax.
func (b *bench) addRecorded(t *target, calls int) error {
	if t.metrics == "" {
		return nil
	}
	for end := time.Now().Add(settleMax); ; time.Sleep(settleStep) {
		got, err := counters(t.metrics, metricSpans, metricDropped)
		if err != nil {
			return err
		}
		if spans, dropped := got[metricSpans], got[metricDropped]; spans+dropped >= float64(calls) || time.Now().After(end) {
			sum := b.recorded[t.name]
			b.recorded[t.name] = recorded{sum.calls + calls, sum.spans + spans, sum.dropped + dropped}
			return nil
		}
	}
}

// writeRecorded compares the calls that were made with those that were recorded.
func (b *bench) writeRecorded(out *strings.Builder) {
	out.WriteString("## Recorded\n\n| | calls made | spans | dropped |\n|---|---|---|---|\n")
	for _, name := range stores {
		if r, ok := b.recorded[name]; ok {
			fmt.Fprintf(out, "| %s | %d | %.0f | %.0f |\n", name, r.calls, r.spans, r.dropped)
		}
	}
}
