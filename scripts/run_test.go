package scripts

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

var addressNames = []string{
	"LLMTAP_LISTEN", "LLMTAP_CLICKHOUSE_LISTEN", "LLMTAP_OTLP_GRPC_LISTEN", "LLMTAP_OTLP_HTTP_LISTEN",
	"LLMTAP_METRICS_LISTEN", "LLMTAP_TELEMETRY_PORT", "LLMTAP_HEALTH_LISTEN", "LLMTAP_DASHBOARD_LISTEN",
}

// freeAddresses gives an address that is free for each setting of run.sh.
func freeAddresses(t *testing.T) map[string]string {
	t.Helper()
	if os.Getenv("LLMTAP_BIN") == "" {
		t.Skip("LLMTAP_BIN does not say that the programs are built; run make test")
	}
	free := map[string]string{}
	for _, name := range addressNames {
		free[name] = freeport.Address(t)
	}
	return free
}

func command(t *testing.T, data string, addresses map[string]string, more ...string) *exec.Cmd {
	t.Helper()
	run := exec.Command("bash", "run.sh")
	run.Env = append(os.Environ(), "LLMTAP_DATA="+data)
	for name, address := range addresses {
		if name == "LLMTAP_TELEMETRY_PORT" {
			_, address, _ = strings.Cut(address, ":")
		}
		run.Env = append(run.Env, name+"="+address)
	}
	run.Env = append(run.Env, more...)
	run.Stderr = os.Stderr
	return run
}

// untilReady reads what run.sh says until it waits for Ctrl-C.
func untilReady(t *testing.T, out *bufio.Reader) string {
	t.Helper()
	var said strings.Builder
	for {
		line, err := out.ReadString('\n')
		said.WriteString(line)
		require.NoError(t, err, said.String())
		if strings.Contains(line, "Ctrl-C stops") {
			return said.String()
		}
	}
}

func query(t *testing.T, address, sql string) string {
	t.Helper()
	resp, err := http.Post("http://"+address, "text/plain", strings.NewReader(sql))
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	return strings.TrimSpace(string(body))
}

// With nothing set but where to listen, calls of several users pass through the tap and cost something; a signal stops every
// program, and what was stored is there on the next start.
func TestRun(t *testing.T) {
	addresses, data := freeAddresses(t), t.TempDir()
	for round, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		run := command(t, data, addresses, "UPSTREAM=")
		pipe, err := run.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, run.Start())
		t.Cleanup(func() { _ = run.Process.Signal(syscall.SIGTERM) })
		out := bufio.NewReader(pipe)
		said := untilReady(t, out)
		require.Contains(t, said, "OPENAI_BASE_URL=http://"+addresses["LLMTAP_LISTEN"]+"/v1")
		require.Contains(t, said, "60 calls in ")
		for _, user := range []string{"alice", "bob", "carol", "dave", "erin"} {
			require.Regexp(t, `│ `+user+` +│ \w+ +│ +[1-9]\d* │ +\d+ │ +[1-9]\d* │ +[1-9]\d* │ +0\.0\d*[1-9]\d* │`, said)
		}
		clickhouse := addresses["LLMTAP_CLICKHOUSE_LISTEN"]
		require.Equal(t, fmt.Sprint(60*(round+1), 5), query(t, clickhouse,
			"SELECT concat(toString(count()), ' ', toString(uniqExact(user_id))) FROM llmtap.calls"))
		// A rollup follows its calls within the insert, but not at the same moment.
		const costs = "SELECT user_id, sum(cost_usd) FROM llmtap.%s GROUP BY user_id ORDER BY user_id"
		require.Eventually(t, func() bool {
			return query(t, clickhouse, fmt.Sprintf(costs, "calls")) == query(t, clickhouse, fmt.Sprintf(costs, "cost_1h"))
		}, 10*time.Second, 50*time.Millisecond)
		if round == 0 {
			requireMetrics(t, addresses)
			requireDashboards(t, said, addresses["LLMTAP_DASHBOARD_LISTEN"])
		}

		require.NoError(t, run.Process.Signal(signal))
		rest, err := io.ReadAll(out)
		require.NoError(t, err)
		require.Contains(t, string(rest), "stopped")
		require.NoError(t, run.Wait())
		simulator := regexp.MustCompile(`simulated vLLM at http://(\S+) `).FindStringSubmatch(said)
		require.Len(t, simulator, 2)
		for _, address := range append([]string{simulator[1]}, values(addresses)...) {
			conn, err := net.DialTimeout("tcp", address, time.Second)
			require.Error(t, err, "something still listens on %s", address)
			if err == nil {
				_ = conn.Close()
			}
		}
	}
}

// requireDashboards looks for the page that was promised, and for a user on it.
func requireDashboards(t *testing.T, said, address string) {
	t.Helper()
	require.Contains(t, said, "dashboards: http://"+address)
	now := time.Now().Unix()
	resp, err := http.Get(fmt.Sprintf("http://%s/api/panels/cost/users?from=%d&to=%d", address, now-3600, now+60))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"alice"`)
}

// requireMetrics looks for one metric of the Collector, one of the calls, and the trace of a call in its bucket.
func requireMetrics(t *testing.T, addresses map[string]string) {
	t.Helper()
	f := func(name, line string) {
		t.Helper()
		require.Eventually(t, func() bool {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addresses[name]+"/metrics", nil)
			require.NoError(t, err)
			req.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return false
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			return err == nil && regexp.MustCompile("(?m)^"+line).Match(body)
		}, 30*time.Second, 100*time.Millisecond, "no line %s at %s", line, name)
	}
	f("LLMTAP_TELEMETRY_PORT", "llmtap_tap_requests")
	f("LLMTAP_METRICS_LISTEN", "llmtap_cost")
	f("LLMTAP_METRICS_LISTEN", `gen_ai_client_operation_duration_seconds_bucket\{.*\} \d+ # \{.*trace_id="[0-9a-f]{32}"`)
}

func values(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

func TestTakenAddressIsNamed(t *testing.T) {
	addresses := freeAddresses(t)
	for _, name := range addressNames {
		ln, err := net.Listen("tcp", addresses[name])
		require.NoError(t, err)
		run := command(t, t.TempDir(), addresses)
		run.Stderr = nil
		output, err := run.CombinedOutput()
		require.NoError(t, ln.Close())
		require.Error(t, err)
		require.Contains(t, string(output), addresses[name]+" is taken by another program")
		require.Contains(t, string(output), name+"=")
	}
}

// The base URL of a model server is often written with the /v1 that clients send too.
func TestUpstreamMayEndInV1(t *testing.T) {
	addresses := freeAddresses(t)
	paths := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.URL.Path }))
	defer server.Close()
	run := command(t, t.TempDir(), addresses, "UPSTREAM="+server.URL+"/v1/")
	pipe, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	out := bufio.NewReader(pipe)
	require.Contains(t, untilReady(t, out), "forwards to "+server.URL+"\n")
	resp, err := http.Get("http://" + addresses["LLMTAP_LISTEN"] + "/v1/models")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "/v1/models", <-paths)
	require.NoError(t, run.Process.Signal(syscall.SIGTERM))
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.NoError(t, run.Wait())
}
