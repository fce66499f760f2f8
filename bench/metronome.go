//go:build linux

package main

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// metronome wakes goroutines at times given beforehand. Go's own timers round up to a millisecond while a process is idle,
// which is more than what is measured here; a timerfd does not.
type metronome struct {
	timer *os.File
	mu    sync.Mutex
	due   waiters
}

// tick is how precise a metronome is.
const tick = 50 * time.Microsecond

func newMetronome() (*metronome, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timerfd: %w", err)
	}
	every := unix.NsecToTimespec(int64(tick))
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return nil, fmt.Errorf("timerfd: %w", err)
	}
	m := &metronome{timer: os.NewFile(uintptr(fd), "timerfd")}
	go m.run()
	return m, nil
}

func (m *metronome) run() {
	var ticks [8]byte
	for {
		if _, err := m.timer.Read(ticks[:]); err != nil || binary.NativeEndian.Uint64(ticks[:]) == 0 {
			return
		}
		now := time.Now()
		m.mu.Lock()
		for len(m.due) > 0 && !m.due[0].at.After(now) {
			heap.Pop(&m.due).(waiter).wake <- struct{}{}
		}
		m.mu.Unlock()
	}
}

// wait returns at the given time. wake is the caller's own channel, with room for one.
func (m *metronome) wait(at time.Time, wake chan struct{}) {
	if !at.After(time.Now()) {
		return
	}
	m.mu.Lock()
	heap.Push(&m.due, waiter{at, wake})
	m.mu.Unlock()
	<-wake
}

type waiter struct {
	at   time.Time
	wake chan struct{}
}

// waiters is a heap, the next first.
type waiters []waiter

func (w waiters) Len() int           { return len(w) }
func (w waiters) Less(i, j int) bool { return w[i].at.Before(w[j].at) }
func (w waiters) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push implements heap.Interface.
func (w *waiters) Push(x any) { *w = append(*w, x.(waiter)) }

// Pop implements heap.Interface.
func (w *waiters) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
