//go:build !linux

package llmtapreceiver

import "runtime"

// giveWay lets other goroutines run.
type giveWay struct{}

func newGiveWay() *giveWay { return new(giveWay) }

func (*giveWay) now() { runtime.Gosched() }

func (*giveWay) close() {}
