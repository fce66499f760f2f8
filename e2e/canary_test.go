package e2e

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// canary stands in every place of a call that holds secrets or words of its user.
const canary = "canary7f3a9c"

// untrustworthy answers with canaries in every place, and wrongly in many ways.
func untrustworthy(w http.ResponseWriter, q *http.Request) {
	_, _ = io.Copy(io.Discard, q.Body)
	w.Header().Set("X-Secret", canary)
	w.Header().Set("Set-Cookie", "session="+canary)
	switch q.Header.Get("X-Case") {
	case "error":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"wrong key `+canary+`","type":"`+canary+`","code":"`+canary+`"}}`)
	case "no json":
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"`+canary)
	case "html":
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>"+canary)
	case "stream":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"`+canary+`"}}]}`+"\n\ndata: {"+canary+"\n\n")
	case "break":
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, canary)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"<tool_call>`+canary+
			`","reasoning_content":"`+canary+`","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":\"`+
			canary+`\"}"}}]},"finish_reason":"stop"}]}`)
	}
}

// Without content capture nothing of a key or of what was said may be anywhere but at the client and at the server: not
// in logs of any level, not in the tables, not in the data folder, not in any metric, not in the tap's own answers.
func TestNothingOfKeysAndBodiesIsKept(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(untrustworthy))
	t.Cleanup(upstream.Close)
	data := t.TempDir()
	c := start(t, "local.yaml", data, freeport.Address(t), upstream.URL, "service::telemetry::logs::level: debug")
	body := `{"model":"m","messages":[{"role":"system","content":"` + canary + `"},{"role":"user","content":"` + canary + `"}],` +
		`"tools":[{"type":"function","function":{"name":"f","description":"` + canary + `","parameters":{"type":"object","required":["` +
		canary + `"]}}}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"const":"` + canary + `"}}},"stop":"` +
		canary + `"}`
	calls := 0
	ask := func(kind, path, body string) string {
		t.Helper()
		request, err := http.NewRequest(http.MethodPost, c.tap+path+"?api_key="+canary, strings.NewReader(body))
		require.NoError(t, err)
		for name, value := range map[string]string{
			"X-Case": kind, "Authorization": "Bearer sk-" + canary, "X-Api-Key": canary, "Api-Key": canary, "Cookie": "a=" + canary,
			"X-Anything": canary, "User-Agent": canary, "Referer": "http://" + canary,
		} {
			request.Header.Set(name, value)
		}
		calls++
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		answer, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.Header.Get("x-llmtap-error") != "" {
			require.NotContains(t, string(answer), canary)
		}
		return string(answer)
	}
	for _, kind := range []string{"", "error", "no json", "html", "stream", "break"} {
		for _, path := range []string{"/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat"} {
			require.Contains(t, ask(kind, path, body), canary)
			ask(kind, path, `{"broken":"`+canary)
		}
	}
	db := c.store(t)
	untilCalls(t, db, uint64(calls))

	places := map[string]string{"metrics": fetch(t, c.metrics), "own metrics": fetch(t, c.telemetry)}
	tables, err := db.Query(context.Background(),
		"SELECT name FROM system.tables WHERE database = 'llmtap' AND engine NOT LIKE '%View'")
	require.NoError(t, err)
	for tables.Next() {
		var name string
		require.NoError(t, tables.Scan(&name))
		places["table "+name] = fetch(t, "http://"+c.clickhouse+"/?query=SELECT+*+FROM+llmtap."+name+"+FORMAT+JSONEachRow")
	}
	require.NoError(t, tables.Err())
	require.Contains(t, places["table calls"], `"model_requested":"m"`)
	c.stop()
	said, err := os.ReadFile(c.log)
	require.NoError(t, err)
	places["log"] = string(said)
	require.NoError(t, filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var content []byte
			content, err = os.ReadFile(path)
			places[path] = string(content)
		}
		return err
	}))
	for place, content := range places {
		if at := strings.Index(content, canary); at >= 0 {
			t.Errorf("%s holds %s", place, content[max(0, at-200):min(len(content), at+200)])
		}
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", all)
	return string(all)
}
