//go:build linux

package main

import "time"

// scenario is one load that all its targets get.
type scenario struct {
	name    string
	load    load
	during  time.Duration
	targets []string
	rows    []row
}

// The targets.
const (
	nameDirect   = "direct"
	nameNginx    = "nginx"
	nameHAProxy  = "haproxy"
	nameFasthttp = "fasthttp"
	nameTap      = "tap"
	nameContent  = "tap, content kept"
	nameDown     = "tap, store down"
	nameEmbedded = "tap, ClickHouse inside"
)

var (
	peers  = []string{nameDirect, nameNginx, nameHAProxy, nameFasthttp, nameTap}
	stores = []string{nameTap, nameContent, nameDown, nameEmbedded}
	few    = []string{nameDirect, nameNginx, nameTap}
)

// The names of the scenarios, which the goals refer to.
const (
	oneConnection   = "1 KB, 1 connection"
	connections32   = "1 KB, 32 connections"
	connections256  = "1 KB, 256 connections"
	openLoop        = "open loop 5,000/s, upstream 20 ms"
	prompts256      = "256 KB prompts, 32 connections"
	prompts1024     = "1 MB prompts, 8 connections"
	streamsFast     = "64 events without delay, 32 connections"
	streamsPaced    = "500 streams, 128 events 10 ms apart"
	streamsMany     = "1,000 streams, 10,000 events/s"
	streamsLots     = "8,000 streams, 10,000 events/s"
	storesOne       = "1 KB, 1 connection, by what becomes of the record"
	storesPlain     = "1 KB, 32 connections, by what becomes of the record"
	storesStreaming = "64 events without delay, 32 connections, by what becomes of the record"
)

const second = time.Second

func scenarios() []scenario {
	events := func(n int, interval time.Duration) behaviour { return behaviour{events: n, interval: interval} }
	return []scenario{
		{oneConnection, load{connections: 1, promptBytes: 1 << 10}, second, peers, plainRows},
		{connections32, load{connections: 32, promptBytes: 1 << 10}, second, peers, plainRows},
		{connections256, load{connections: 256, promptBytes: 1 << 10}, second, peers, plainRows},
		{openLoop, load{connections: 512, promptBytes: 1 << 10, rate: 5000, serve: behaviour{delay: 20 * time.Millisecond}},
			2 * second, peers, plainRows},
		{prompts256, load{connections: 32, promptBytes: 256 << 10}, second, peers, plainRows},
		{prompts1024, load{connections: 8, promptBytes: 1 << 20}, second, few, plainRows},
		{streamsFast, load{connections: 32, promptBytes: 1 << 10, serve: events(64, 0)}, second, peers, streamRows},
		{streamsPaced, load{connections: 500, promptBytes: 1 << 10, serve: events(128, 10*time.Millisecond), spread: second},
			2 * second, peers, streamRows},
		{streamsMany, load{connections: 1000, promptBytes: 1 << 10, serve: events(20, 100*time.Millisecond), spread: second},
			2 * second, few, streamRows},
		{streamsLots, load{connections: 8000, promptBytes: 1 << 10, serve: events(3, 800*time.Millisecond), spread: 2 * second},
			2 * second, few, streamRows},
		{storesOne, load{connections: 1, promptBytes: 1 << 10}, second, stores, plainRows},
		{storesPlain, load{connections: 32, promptBytes: 1 << 10}, second, stores, plainRows},
		{storesStreaming, load{connections: 32, promptBytes: 1 << 10, serve: events(64, 0)}, second, stores, streamRows},
	}
}

// figures are what one round of a scenario gives for one target.
type figures struct {
	callRate, eventRate   float64 // per second
	cpuPerCall, cpuPerHit float64 // milliseconds per 1,000 calls, per 1,000 events
	p50, p99, p999        float64 // microseconds
	first50, first99      float64
	delay50, delay99      float64
	peakMB                float64
}

// row is a line of a scenario's table.
type row struct {
	name string
	of   func(figures) float64
	// over tells that the figure of the upstream alone is subtracted.
	over bool
}

var (
	rowCalls    = row{"calls/s", func(f figures) float64 { return f.callRate }, false}
	rowCPUCall  = row{"CPU ms / 1,000 calls", func(f figures) float64 { return f.cpuPerCall }, false}
	rowP50      = row{"+p50 µs", func(f figures) float64 { return f.p50 }, true}
	rowP99      = row{"+p99 µs", func(f figures) float64 { return f.p99 }, true}
	rowP999     = row{"+p99.9 µs", func(f figures) float64 { return f.p999 }, true}
	rowEvents   = row{"events/s", func(f figures) float64 { return f.eventRate }, false}
	rowCPUEvent = row{"CPU ms / 1,000 events", func(f figures) float64 { return f.cpuPerHit }, false}
	rowFirst50  = row{"first byte or event +p50 µs", func(f figures) float64 { return f.first50 }, true}
	rowFirst99  = row{"first byte or event +p99 µs", func(f figures) float64 { return f.first99 }, true}
	rowDelay50  = row{"event delay +p50 µs", func(f figures) float64 { return f.delay50 }, true}
	rowDelay99  = row{"event delay +p99 µs", func(f figures) float64 { return f.delay99 }, true}
	rowPeak     = row{"peak RSS MB", func(f figures) float64 { return f.peakMB }, false}

	plainRows  = []row{rowCalls, rowCPUCall, rowP50, rowP99, rowP999, rowFirst50, rowPeak}
	streamRows = []row{rowEvents, rowCPUEvent, rowFirst50, rowFirst99, rowDelay50, rowDelay99, rowPeak}
)
