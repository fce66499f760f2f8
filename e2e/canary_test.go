package e2e

import (
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// canary stands in every place of a call that holds secrets or words of its user.
const canary = "canary7f3a9c"

// untrustworthy answers with canaries in every place, and wrongly in many ways.
func untrustworthy(w http.ResponseWriter, q *http.Request) {
	_, _ = io.Copy(io.Discard, q.Body)
	if q.Header.Get("Upgrade") != "" {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Secret: "+canary+"\r\n\r\n")
		_, _ = io.CopyN(conn, buffered, int64(len(canary)))
		return
	}
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
			canary+`\"}"}},{"id":"2","type":"function","function":{"name":"g\", \"arguments\": \"`+canary+`","arguments":""}}]},"finish_reason":"stop"}]}`)
	}
}

// Without content capture nothing of a key or of what was said may be anywhere but at the client and at the server: not
// in logs of any level, not in the tables, not in the data folder, not in any metric, not in the tap's own answers.
func TestNothingOfKeysAndBodiesIsKept(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(untrustworthy))
	t.Cleanup(upstream.Close)
	data := t.TempDir()
	c := start(t, "local.yaml", data, freeport.Address(t), upstream.URL, "service::telemetry::logs::level: debug",
		"exporters::debug::verbosity: detailed", // the log has each span in full
		"service::pipelines::traces::exporters: [gen_ai_clickhouse, gen_ai_metrics, debug]",
		"receivers::llm_tap::limits::header_fields: 100")
	body := `{"model":"m","messages":[{"role":"system","content":"` + canary + `"},{"role":"user","content":"` + canary + `"}],` +
		`"tools":[{"type":"function","function":{"name":"f","description":"` + canary + `","parameters":{"type":"object","required":["` +
		canary + `"]}}}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"const":"` + canary + `"}}},"stop":"` +
		canary + `"}`
	calls := 0
	ask := func(kind, path, mediaType, body string) string {
		t.Helper()
		target := strings.Replace(c.tap, "http://", "http://"+canary+":"+canary+"@", 1) + path + "?api_key=" + canary
		request, err := http.NewRequest(http.MethodPost, target, strings.NewReader(body))
		require.NoError(t, err)
		for name, value := range map[string]string{
			"X-Case": kind, "X-Api-Key": canary, "Api-Key": canary, "Cookie": "a=" + canary, "Proxy-Authorization": "Basic " + canary,
			"X-Anything": canary, "User-Agent": canary, "Referer": "http://" + canary, "Content-Type": mediaType,
			"Baggage": "a=" + canary, "Tracestate": "a=" + canary, "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		} {
			request.Header.Set(name, value)
		}
		if kind != "error" { // there the name and password of the address are sent
			request.Header.Set("Authorization", "Bearer sk-"+canary)
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
			require.Contains(t, ask(kind, path, "application/json", body), canary)
			ask(kind, path, "application/json", `{"broken":"`+canary)
		}
		ask(kind, "/v1/audio/transcriptions", "multipart/form-data; boundary="+canary, strings.ReplaceAll("--"+canary+
			`\nContent-Disposition: form-data; name="file"; filename="`+canary+`.wav"\nX-Part: `+canary+"\n\n"+canary+"\n--"+canary+
			`\nContent-Disposition: form-data; name="prompt"\n\n`+canary+"\n--"+canary+"--\n", "\n", "\r\n"))
	}
	for _, request := range []string{ // what the tap itself refuses, and a WebSocket whose frames hold what is said
		"GET /" + canary + "/../x HTTP/1.1\r\nHost: " + canary + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: t\r\n" + canary + " x\r\n\r\n",
		"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: t\r\n" + strings.Repeat("X: "+canary+"\r\n", 100) + "\r\n",
	} {
		require.NotContains(t, c.raw(t, request), canary)
	}
	require.Contains(t, c.raw(t, "GET /v1/realtime?key="+canary+" HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Key: "+canary+"\r\nSec-WebSocket-Protocol: openai-insecure-api-key."+canary+"\r\n\r\n"+canary), canary)
	calls++
	db := c.store(t)
	untilCalls(t, db, uint64(calls))

	places := map[string]string{
		"metrics": fetch(t, c.metrics), "own metrics": fetch(t, c.telemetry), "page": fetch(t, c.page),
		"page's list": fetch(t, c.page+"/api/dashboards"),
	}
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
	require.GreaterOrEqual(t, strings.Count(places["log"], "gen_ai.operation.name"), calls, "the spans are in the log")
	addFiles(t, places, data)
	requireNoCanary(t, places)
}

// SDKs send prompts and answers in their spans. They are not kept either, also not in the queue's file when it has been sent.
func TestNothingOfWhatSDKsSendIsKept(t *testing.T) {
	data := t.TempDir()
	c := start(t, "local.yaml", data, freeport.Address(t), "http://127.0.0.1:1", "service::telemetry::logs::level: debug")
	attribute := func(name, value string) string {
		return `{"key":"` + name + `","value":{"stringValue":"` + value + `"}}`
	}
	secret := attribute("gen_ai.input.messages", canary) + "," + attribute("input.value", canary)
	for i, operation := range []string{"chat", "invoke_agent"} {
		response, err := http.Post(c.otlp+"/v1/traces", "application/json", strings.NewReader(`{"resourceSpans":[{"resource":{"attributes":[`+
			attribute("process.command_line", canary)+`]},"scopeSpans":[{"scope":{"attributes":[`+secret+`]},"spans":[{"traceId":"`+
			strings.Repeat("1", 32)+`","spanId":"`+strings.Repeat(strconv.Itoa(i+1), 16)+`","name":"`+canary+`","traceState":"a=`+canary+
			`","startTimeUnixNano":"`+strconv.FormatInt(time.Now().UnixNano(), 10)+`","attributes":[`+secret+`,`+
			attribute("gen_ai.operation.name", operation)+`,`+attribute("gen_ai.request.model", "m")+`],"events":[{"name":"`+canary+
			`","attributes":[`+secret+`]}],"status":{"code":2,"message":"`+canary+`"}}]}]}]}`))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	untilCalls(t, c.store(t), 1)
	places := map[string]string{"metrics": fetch(t, c.metrics), "own metrics": fetch(t, c.telemetry)}
	c.stop()
	addFiles(t, places, data)
	addFiles(t, places, c.log)
	require.Contains(t, places[filepath.Join(data, "queue", "exporter_gen_ai_clickhouse__traces")], "gen_ai.request.model")
	requireNoCanary(t, places)
}

// addFiles adds all files in a folder.
func addFiles(t *testing.T, places map[string]string, folder string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var content []byte
			content, err = os.ReadFile(path)
			places[path] = string(content)
		}
		return err
	}))
}

func requireNoCanary(t *testing.T, places map[string]string) {
	t.Helper()
	for place, content := range places {
		if at := strings.Index(content, canary); at >= 0 {
			t.Errorf("%s holds %s", place, content[max(0, at-200):min(len(content), at+200)])
		}
	}
}

// raw sends bytes to the tap, ends the sending, and gives the answer.
func (c *collector) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.tap, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
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
