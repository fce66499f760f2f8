package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/llmtap/llmtap/internal/vllmsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// simulator serves a fast vllmsim and counts the calls by user.
func simulator(t *testing.T) (url string, byUser map[string]int) {
	t.Helper()
	cfg := vllmsim.NewConfig()
	cfg.Models, cfg.TimeToFirstToken, cfg.TokenRate = []string{"gpt-4o", "gpt-4o-mini"}, 0, 0
	sim, err := vllmsim.New(cfg)
	require.NoError(t, err)
	byUser = map[string]int{}
	var lock sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		byUser[r.Header.Get("x-llmtap-user")+"/"+r.Header.Get("x-llmtap-team")+"/"+r.Header.Get("x-llmtap-app")]++
		lock.Unlock()
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", byUser
}

func TestSampleTraffic(t *testing.T) {
	url, byUser := simulator(t)
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-url", url, "-calls", "60"}, &out, io.Discard))
	require.Regexp(t, `^60 calls in [0-9.]+ s: 56 answered, 2 refused or failed, 2 hung up, 0 not sent\n$`, out.String())
	require.Len(t, byUser, len(people))
	total := 0
	for _, p := range people {
		n := byUser[p.user+"/"+p.team+"/"+p.app]
		require.Positive(t, n, p.user)
		total += n
	}
	require.Equal(t, 60, total)
}

// A base address may end in a slash, as people write it for SDKs, which take it off.
func TestAddressMayEndInASlash(t *testing.T) {
	url, _ := simulator(t)
	require.NoError(t, run(t.Context(), []string{"-url", url + "/", "-calls", "3"}, io.Discard, io.Discard))
}

func TestPlanFollowsFromTheSeed(t *testing.T) {
	cfg := config{models: []string{"a", "b"}, calls: 30, seed: 1}
	first := plan(cfg)
	require.Equal(t, first, plan(cfg))
	other := cfg
	other.seed = 2
	require.NotEqual(t, first, plan(other))
}

func TestBoundedInTime(t *testing.T) {
	stuck := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { <-stuck }))
	defer server.Close()
	defer close(stuck)
	err := run(t.Context(), []string{"-url", server.URL, "-calls", "9", "-parallel", "2", "-time-max", "20ms"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "no call was answered")
}

func TestArguments(t *testing.T) {
	f := func(wantErr string, args ...string) {
		t.Helper()
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), wantErr)
	}
	f("calls: 0, must be between 1 and 10000", "-calls", "0")
	f("calls: 10001, must be", "-calls", "10001")
	f("parallel: 0", "-parallel", "0")
	f("time-max: 0s", "-time-max", "0s")
	f("model: a name is empty", "-model", "")
	for _, url := range []string{"127.0.0.1:4000/v1", "localhost:4000/v1", "/v1", "", "ftp://127.0.0.1/v1"} {
		f("url: is no base address, write it like http://127.0.0.1:4000/v1", "-url", url)
	}
	f(`"60" is not understood`, "60", "-seed", "2")
}
