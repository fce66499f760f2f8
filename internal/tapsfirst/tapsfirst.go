// Package tapsfirst has the taps of this process hand on what they recorded before spans of SDKs are looked at, which may be of the same
// calls. Of a call the span that comes first counts, and the tap's says more: who called, and how the answer came.
package tapsfirst

import (
	"context"
	"slices"
	"sync"
	"time"
)

// waitMax is how long spans of SDKs wait at the most, as for taps that have much to decode.
const waitMax = 100 * time.Millisecond

// Tap hands on what it has recorded by now. It returns when that is done, or ctx is.
type Tap interface {
	HandOnNow(ctx context.Context)
}

// taps are a list that is never changed, but replaced.
var (
	mu   sync.Mutex
	taps []Tap
)

// Add lets a tap be waited for until it is removed.
func Add(tap Tap) {
	mu.Lock()
	defer mu.Unlock()
	taps = append(slices.Clip(taps), tap)
}

// Remove lets a tap be waited for no more. One that was not added is none.
func Remove(tap Tap) {
	mu.Lock()
	defer mu.Unlock()
	taps = slices.DeleteFunc(slices.Clone(taps), func(t Tap) bool { return t == tap })
}

type handing struct{}

// Handing gives the context in which a tap hands on. What passes its spans must not wait for it.
func Handing(ctx context.Context) context.Context { return context.WithValue(ctx, handing{}, true) }

// Wait has all taps hand on what they recorded, and waits for it, but not long.
func Wait(ctx context.Context) {
	mu.Lock()
	all := taps
	mu.Unlock()
	if len(all) == 0 || ctx.Value(handing{}) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	for _, tap := range all {
		tap.HandOnNow(ctx)
	}
}
