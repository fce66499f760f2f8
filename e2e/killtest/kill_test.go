//go:build killtest

// Package killtest kills the Collector, and the store, at random moments under load, while the wire to the store is at
// fault, and then counts.
package killtest

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/vllmsim"
)

const (
	model = "gpt-4o-mini" // has a price
	// storeTimeout is how long the exporter waits for an answer here.
	storeTimeout = 3 * time.Second
	// flushInterval is how long a call stays in memory at most, as the exporter's README says.
	flushInterval = time.Second
	// drainMax is how long the queue may take to empty when all is in order again.
	drainMax = 2 * time.Minute
)

// number reads a setting of the run.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	if text := os.Getenv(name); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		require.NoError(t, err)
		return n
	}
	return otherwise
}

// setup is a Collector to be killed, and what it needs.
type setup struct {
	t          *testing.T
	collector  *program
	tap        string
	clickhouse string // host:port of the engine itself
	chance     *rand.Rand
	seed       uint64
}

func newSetup(t *testing.T, config, store, engine string) *setup {
	seed := number(t, "SEED", 1)
	t.Logf("seed %d", seed)
	tap, data := freeport.Address(t), t.TempDir()
	env := []string{
		"UPSTREAM=" + simulator(t), "LLMTAP_DATA=" + data, "LLMTAP_LISTEN=" + tap, "CLICKHOUSE_ENDPOINT=http://" + store,
		"LLMTAP_CLICKHOUSE_LISTEN=" + engine, "LLMTAP_HEALTH_LISTEN=" + freeport.Address(t), "LLMTAP_OTLP_GRPC_LISTEN=" + freeport.Address(t),
		"LLMTAP_OTLP_HTTP_LISTEN=" + freeport.Address(t), "LLMTAP_METRICS_LISTEN=" + freeport.Address(t), "LLMTAP_TELEMETRY_PORT=" + freePort(t),
		"LLMTAP_DASHBOARD_LISTEN=" + freeport.Address(t),
	}
	exporter := "yaml:exporters::gen_ai_clickhouse::"
	args := []string{
		"--config", filepath.Join("..", "..", "config", config), "--config", exporter + "timeout: " + storeTimeout.String(),
		"--config", exporter + "retry_on_failure::max_interval: 2s",
	}
	return &setup{
		t: t, collector: newProgram(t, "llmtap", args, env, tap), tap: "http://" + tap, clickhouse: engine,
		chance: rand.New(rand.NewPCG(seed, 0)), seed: seed,
	}
}

func simulator(t *testing.T) string {
	t.Helper()
	cfg := vllmsim.NewConfig()
	cfg.Models, cfg.TimeToFirstToken, cfg.TokenRate, cfg.AnswerTokens = []string{model}, 2*time.Millisecond, 2000, 20
	sim, err := vllmsim.New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return server.URL
}

func freePort(t *testing.T) string {
	_, port, err := net.SplitHostPort(freeport.Address(t))
	require.NoError(t, err)
	return port
}

// TestStoreBehindABrokenWire kills the Collector, and the store in a process of its own.
func TestStoreBehindABrokenWire(t *testing.T) {
	engine := freeport.Address(t)
	store := newProgram(t, "store", []string{"--config", "testdata/store.yaml"},
		[]string{"LLMTAP_DATA=" + t.TempDir(), "LLMTAP_CLICKHOUSE_LISTEN=" + engine, "LLMTAP_TELEMETRY_PORT=" + freePort(t)}, engine)
	store.start()
	wire := newWire(t, engine)
	s := newSetup(t, "server.yaml", wire.Listener.Addr().String(), engine)
	s.collector.start()
	load := startLoad(s.tap, s.seed)
	wire.breakAtRandom(rand.New(rand.NewPCG(s.seed, 1)))
	kills := s.killAtRandom(func(n int) {
		if n%4 == 3 {
			store.kill()
			store.start()
		}
	})
	load.end()
	wire.mend()
	for state := range faults {
		t.Logf("requests while the wire %v: %d", state, wire.seen[state].Load())
	}
	s.judge(load, kills)
}

// TestStoreInTheKilledProcess kills the Collector with the engine in it.
func TestStoreInTheKilledProcess(t *testing.T) {
	engine := freeport.Address(t)
	s := newSetup(t, "local.yaml", engine, engine)
	s.collector.start()
	load := startLoad(s.tap, s.seed)
	kills := s.killAtRandom(func(int) {})
	load.end()
	s.judge(load, kills)
}

// openingMax is longer than the engine takes to open and the exporter to make the schema.
const openingMax = 4 * time.Second

// TestKilledWhileOpening kills the Collector again and again before it is ready: while the engine opens its folder, and while the
// migrations make the tables. What is left opens, and takes calls.
func TestKilledWhileOpening(t *testing.T) {
	rounds := max(1, number(t, "KILLS", 20)/5)
	for round := range rounds {
		engine := freeport.Address(t)
		s := newSetup(t, "local.yaml", engine, engine)
		s.chance = rand.New(rand.NewPCG(s.seed, round))
		for range 5 {
			s.collector.begin()
			time.Sleep(time.Duration(s.chance.Int64N(int64(openingMax))))
			s.collector.kill()
		}
		s.collector.start()
		load := startLoad(s.tap, s.seed)
		time.Sleep(flushInterval)
		load.end()
		s.judge(load, nil)
		s.collector.kill()
	}
}

// kill is when one was sent and when the process was gone.
type kill struct{ at, dead time.Time }

// killAtRandom gives the moments of the kills.
func (s *setup) killAtRandom(also func(n int)) []kill {
	var kills []kill
	for n := range int(number(s.t, "KILLS", 20)) {
		time.Sleep(time.Duration(s.chance.Int64N(int64(10 * time.Second))))
		at := time.Now()
		s.collector.kill()
		kills = append(kills, kill{at, time.Now()})
		also(n)
		s.collector.start()
	}
	time.Sleep(time.Duration(s.chance.Int64N(int64(5 * time.Second))))
	return kills
}

// judge waits until what must be there is there, and compares everything.
func (s *setup) judge(load *load, kills []kill) {
	s.t.Helper()
	conn := clickhouseembeddedtest.Connect(s.t, s.clickhouse)
	require.NotEmpty(s.t, load.answers)
	var stored map[string]bool
	deadline := time.Now().Add(drainMax)
	for {
		stored = ids(s.t, conn)
		if missing(load.answers, stored, kills, flushInterval) == 0 || time.Now().After(deadline) {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	time.Sleep(2 * (storeTimeout + flushInterval)) // what might come twice comes now
	stored = ids(s.t, conn)
	lost := missing(load.answers, stored, kills, 0)
	s.t.Logf("%d kills, %d calls answered, %d broken by a kill, %d rows", len(kills), len(load.answers), load.broken, len(stored))
	s.t.Logf("lost, answered within the last %v before a kill: %d (%.1f a kill), the earliest %v before it", flushInterval,
		lost, float64(lost)/float64(max(1, len(kills))), earliest(load.answers, stored, kills).Round(time.Millisecond))
	require.Zero(s.t, missing(load.answers, stored, kills, flushInterval), "calls answered before the last flush interval are lost")

	said, err := exec.Command(filepath.Join(os.Getenv("LLMTAP_BIN"), "llmtapctl"), "audit", "-url", "http://"+s.clickhouse).CombinedOutput()
	s.t.Logf("%s", said)
	require.NoError(s.t, err)
}

func ids(t *testing.T, conn driver.Conn) map[string]bool {
	t.Helper()
	stored := make(map[string]bool)
	rows, err := conn.Query(context.Background(), "SELECT response_id FROM llmtap.calls")
	if err != nil {
		return stored // the schema is not made yet
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		require.NoError(t, rows.Scan(&id))
		stored[id] = true
	}
	require.NoError(t, rows.Err())
	return stored
}

// missing counts the answered calls without a row, but for those answered within an interval before a kill.
func missing(answers []answer, stored map[string]bool, kills []kill, interval time.Duration) int {
	n := 0
	for _, a := range answers {
		if !stored[a.id] && (interval == 0 || untilKill(a, kills) > interval) {
			n++
		}
	}
	return n
}

// untilKill is the time from an answer to the end of the process that gave it: the first that was not dead when it was
// asked.
func untilKill(a answer, kills []kill) time.Duration {
	for _, k := range kills {
		if a.asked.Before(k.dead) {
			return max(0, k.at.Sub(a.at))
		}
	}
	return time.Hour
}

func earliest(answers []answer, stored map[string]bool, kills []kill) time.Duration {
	var first time.Duration
	for _, a := range answers {
		if !stored[a.id] {
			first = max(first, untilKill(a, kills))
		}
	}
	return first
}
