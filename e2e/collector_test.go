// Package e2e tests the built Collector from outside, as its users see it.
package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/vllmsim"
)

// deadline is how long a test waits for what happens within about a second.
const deadline = 2 * time.Minute

// collector is a running bin/llmtap with one of the ready configurations.
type collector struct {
	tap        string // base URL
	otlp       string // base URL
	clickhouse string // host:port
	telemetry  string // URL of its own metrics
	metrics    string // URL of the metrics of the calls
	page       string // URL of the dashboards
	log        string // file
	stop       func() // as Ctrl-C does; the end of the test does it too
}

// start runs bin/llmtap and waits until the tap listens. More settings are in the form KEY::KEY: VALUE.
func start(t *testing.T, config, data, clickhouse, upstream string, settings ...string) *collector {
	t.Helper()
	bin := os.Getenv("LLMTAP_BIN")
	if bin == "" {
		t.Skip("LLMTAP_BIN does not name the folder of the built programs; run make test")
	}
	c := &collector{tap: "http://" + freeport.Address(t), otlp: "http://" + freeport.Address(t), clickhouse: clickhouse}
	health := freeport.Address(t)
	_, telemetryPort, err := net.SplitHostPort(freeport.Address(t))
	require.NoError(t, err)
	c.telemetry = "http://127.0.0.1:" + telemetryPort + "/metrics"
	metrics := freeport.Address(t)
	c.metrics = "http://" + metrics + "/metrics"
	page := freeport.Address(t)
	c.page = "http://" + page
	args := []string{"--config", filepath.Join("..", "config", config)}
	for _, setting := range settings {
		args = append(args, "--config", "yaml:"+setting)
	}
	cmd := exec.Command(filepath.Join(bin, "llmtap"), args...)
	cmd.Env = append(os.Environ(),
		"UPSTREAM="+upstream, "LLMTAP_DATA="+data, "LLMTAP_LISTEN="+strings.TrimPrefix(c.tap, "http://"),
		"LLMTAP_CLICKHOUSE_LISTEN="+clickhouse, "CLICKHOUSE_ENDPOINT=http://"+clickhouse, "LLMTAP_HEALTH_LISTEN="+health,
		"LLMTAP_OTLP_GRPC_LISTEN="+freeport.Address(t), "LLMTAP_OTLP_HTTP_LISTEN="+strings.TrimPrefix(c.otlp, "http://"),
		"LLMTAP_METRICS_LISTEN="+metrics, "LLMTAP_TELEMETRY_PORT="+telemetryPort, "LLMTAP_DASHBOARD_LISTEN="+page,
		"LLMTAP_LIBCHDB="+clickhouseembeddedtest.Library(t),
	)
	log, err := os.Create(filepath.Join(t.TempDir(), "llmtap.log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr, c.log = log, log, log.Name()
	require.NoError(t, cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	c.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err := <-exited
		_ = log.Close()
		if t.Failed() || err != nil {
			said, _ := os.ReadFile(log.Name())
			t.Logf("llmtap: %v\n%s", err, said)
		}
	})
	t.Cleanup(c.stop)
	require.Eventually(t, func() bool { return listens(health) && listens(strings.TrimPrefix(c.tap, "http://")) },
		deadline, 20*time.Millisecond, "llmtap does not start")
	return c
}

func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// simulator runs a simulated vLLM with the named model.
func simulator(t *testing.T, model string) *httptest.Server {
	t.Helper()
	cfg := vllmsim.NewConfig()
	cfg.Models = []string{model}
	cfg.TimeToFirstToken, cfg.TokenRate, cfg.AnswerTokens = 30*time.Millisecond, 1000, 40
	sim, err := vllmsim.New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return server
}

// store connects to the database as any client does.
func (c *collector) store(t *testing.T) driver.Conn {
	t.Helper()
	return clickhouseembeddedtest.Connect(t, c.clickhouse)
}

// untilCalls waits until the table has n calls, and their rollup, which the store writes after them.
func untilCalls(t *testing.T, db driver.Conn, n uint64) {
	t.Helper()
	var got uint64
	require.Eventually(t, func() bool {
		err := db.QueryRow(context.Background(),
			"SELECT least((SELECT count() FROM llmtap.calls), (SELECT sum(calls) FROM llmtap.cost_1h))").Scan(&got)
		return err == nil && got >= n
	}, deadline, 50*time.Millisecond, "rows do not arrive")
	require.Equal(t, n, got)
}

// post sends a chat request as curl would and gives the answer.
func (c *collector) post(t *testing.T, user, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.tap+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-llmtap-user", user)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, string(answer)
}

func chat(stream bool) string {
	return fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":"Say something."}]}`, model, stream)
}
