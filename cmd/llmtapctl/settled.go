package main

import (
	"context"
	"time"
)

const (
	// readingsMax is how often what differs is compared: of a batch that is being inserted, the calls are there before what follows from
	// them.
	readingsMax = 10
	// readingPause is the time from one of them to the next, in which a batch is usually stored.
	readingPause = 100 * time.Millisecond
)

// difference is how much differs, and in which hours: from the first to the last that do.
type difference struct {
	n  uint64
	in span
}

// settled counts what differs in all readings of a range. After the first, they are of the hours only that differed in the one before.
func settled(ctx context.Context, within span, compare func(span) (difference, error)) (uint64, error) {
	for reading := 1; ; reading++ {
		d, err := compare(within)
		if err != nil || d.n == 0 || reading == readingsMax {
			return d.n, err
		}
		within = d.in
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(readingPause):
		}
	}
}
