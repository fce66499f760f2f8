//go:build !linux

package llmtapreceiver

import "runtime"

// yielder lets other goroutines run.
type yielder struct{}

func newYielder() *yielder { return new(yielder) }

func (*yielder) yield() { runtime.Gosched() }

func (*yielder) close() {}
