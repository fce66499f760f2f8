//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// perCall is what differs between two equal calls of llama-server: ids, times and what was still in its cache.
var perCall = regexp.MustCompile(`("(?:created|cache_n|cached_tokens|prompt_n|\w+_ms|\w+_per_second)":)[-0-9.e+]+|chatcmpl-\w+|\b[0-9A-Za-z]{32}\b`)

func withoutChance(answer string) string { return perCall.ReplaceAllString(answer, "$1") }

// A stream whose client asked for no usage is, byte by byte, what llama-server sends to such a client.
func TestInjectedUsageIsNotSeenBeforeLlamaServer(t *testing.T) {
	server := llamaServer(t)
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), server)
	// A connection for each request: llama-server closes one after a chunked answer without saying so.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	post := func(url, body string) string {
		t.Helper()
		response, err := client.Post(url, "application/json", bytes.NewReader([]byte(body)))
		require.NoError(t, err)
		defer func() { require.NoError(t, response.Body.Close()) }()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.Status + "\n" + string(answer)
	}
	requests := []struct{ path, body, source string }{
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"[[text]]"}]}`, "injected"},
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"[[json]]"}],"n":1,"stream_options":{"include_usage":false}}`, "injected"},
		{"/v1/chat/completions", `{"stream":true,"stream_options":null,"messages":[{"role":"user","content":"x"}],"timings_per_token":true}`, "injected"},
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"x"}],"max_tokens":2,"stream_options":{}}`, "injected"},
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"x"}],"stream_options":{"include_usage":true}}`, "reported"},
		{"/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]}`, "injected"},
		{"/v1/completions", `{"stream":true,"prompt":"<|script_text|>"}`, "injected"},
		{"/completions", `{"stream":true,"prompt":"<|script_text|>"}`, "reported"}, // llama.cpp's own form, which knows no such option
		{"/v1/chat/completions", `{"stream":true,"messages":"wrong"}`, "none"},
	}
	var sources []string
	for _, r := range requests {
		want := post(server+r.path, r.body)
		require.Equal(t, withoutChance(want), withoutChance(post(c.tap+r.path, r.body)), r.body)
		sources = append(sources, r.source)
	}
	db := c.store(t)
	untilCalls(t, db, uint64(len(requests)))
	var got []string
	require.NoError(t, db.QueryRow(context.Background(),
		"SELECT groupArray(toString(usage_source)) FROM (SELECT usage_source FROM llmtap.calls ORDER BY ts)").Scan(&got))
	require.Equal(t, sources, got)
}
