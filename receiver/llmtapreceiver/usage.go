package llmtapreceiver

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/includeusage"
)

// UsageMode says what the tap does for streams whose client did not ask for usage.
type UsageMode string

// The usage modes.
const (
	// UsageInject asks the server for usage and takes it out of the answer again.
	UsageInject UsageMode = "inject"
	// UsageObserve changes nothing.
	UsageObserve UsageMode = "observe"
)

// usageAsker asks for usage on behalf of clients that did not.
type usageAsker struct {
	upstreams map[string]bool // those that may be asked, by name
	unable    *unable
	kept      func() // told of streams that kept what was added
}

// keptTooLong is the reason why a client saw usage that it had not asked for: an event passed the limit.
const keptTooLong = "too_long"

func newUsageAsker(cfg *Config, now func() time.Time, kept func()) *usageAsker {
	a := &usageAsker{upstreams: map[string]bool{}, unable: newUnable(now), kept: kept}
	for _, u := range cfg.Upstreams {
		mode := u.Usage
		if mode == "" {
			mode = cfg.Usage
		}
		a.upstreams[u.Name] = mode == UsageInject
	}
	return a
}

// rewrite is a hook of the proxy.
func (a *usageAsker) rewrite(r *proxy.Request) *proxy.Rewrite {
	if !a.upstreams[r.Upstream] || !includeusage.Takes(r.Path) || isCoded(r.Header) {
		return nil
	}
	patch, model, ok := includeusage.Add(r.Body)
	if !ok {
		return nil
	}
	server := place{r.Upstream, r.Path[:min(len(r.Path), unablePathBytesMax)], xxhash.Sum64(model)}
	if a.unable.has(server) {
		return nil
	}
	compressed := false
	return &proxy.Rewrite{
		Patch: proxy.Patch(patch),
		Filter: func(status int, header exchange.Header) proxy.Filter {
			filter := a.filter(status, header)
			if filter != nil {
				a.unable.took(server)
			}
			return filter
		},
		Irreversible: func(h exchange.Header) bool {
			compressed = isCoded(h) && !isPlain(h)
			return compressed
		},
		Rejected: func() {
			if compressed || !a.unable.hasTaken(server) {
				a.unable.add(server)
			}
		},
	}
}

// filter gives the filter for an answer; nil for one that is no stream.
func (a *usageAsker) filter(status int, header exchange.Header) proxy.Filter {
	if status < 200 || status > 299 || isPlain(header) {
		return nil
	}
	llamaCpp := strings.HasPrefix(strings.ToLower(header.Get("server")), "llama.cpp")
	return &usageFilter{Filter: includeusage.NewFilter(includeusage.EventBytesMax, llamaCpp), kept: a.kept}
}

// usageFilter tells of events that passed unexamined.
type usageFilter struct {
	*includeusage.Filter
	kept func()
}

// Last implements proxy.Filter.
func (f *usageFilter) Last(dst []byte) []byte {
	if f.TooLong > 0 {
		f.kept()
	}
	return f.Filter.Last(dst)
}

// isPlain tells that an answer is no stream: its usage is there whether asked for or not.
func isPlain(header exchange.Header) bool {
	return strings.HasPrefix(strings.ToLower(header.Get("content-type")), "application/json")
}

func isCoded(header exchange.Header) bool {
	coding := header.Get("content-encoding")
	return coding != "" && !strings.EqualFold(coding, "identity")
}

const (
	// unableFor is how long a server that cannot be asked is left alone; it may have been upgraded then. As long a success counts.
	unableFor = time.Hour
	// unableMax bounds the servers that are remembered, unablePathBytesMax what is remembered of a path.
	unableMax          = 1024
	unablePathBytesMax = 256
)

// place is where a server answers one kind of request for a model, of which it has the hash. A gateway's models are of several servers.
type place struct {
	upstream, path string
	model          uint64
}

// unable remembers where servers refuse to be asked for usage, or compress their streams. Where one has been asked with success of late,
// it has refused something else: a client could else see to it that nobody's usage is asked for.
type unable struct {
	now func() time.Time

	mu    sync.RWMutex
	until map[place]time.Time
	taken map[place]time.Time // until when a success counts
}

func newUnable(now func() time.Time) *unable {
	return &unable{now: now, until: make(map[place]time.Time), taken: make(map[place]time.Time)}
}

// took notes a success. It need not be noted each time.
func (u *unable) took(server place) {
	now := u.now()
	u.mu.RLock()
	known := u.taken[server]
	u.mu.RUnlock()
	if known.Sub(now) > unableFor*3/4 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, there := u.taken[server]; !there && len(u.taken) >= unableMax {
		maps.DeleteFunc(u.taken, func(_ place, until time.Time) bool { return !now.Before(until) })
		if len(u.taken) >= unableMax {
			return
		}
	}
	server.path = strings.Clone(server.path)
	u.taken[server] = now.Add(unableFor)
}

func (u *unable) hasTaken(server place) bool {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.now().Before(u.taken[server])
}

func (u *unable) has(server place) bool {
	u.mu.RLock()
	defer u.mu.RUnlock()
	until, ok := u.until[server]
	return ok && u.now().Before(until)
}

func (u *unable) add(server place) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.until) >= unableMax {
		clear(u.until) // at worst some are asked once more
	}
	server.path = strings.Clone(server.path) // else all of a long target would be kept
	u.until[server] = u.now().Add(unableFor)
}
