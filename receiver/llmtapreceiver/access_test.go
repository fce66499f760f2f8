package llmtapreceiver

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestOnlyAcceptedKeysPass(t *testing.T) {
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		cfg.AcceptedKeys = []configopaque.String{"sk-one", "sk-two\n"} // as a file gives it
	})
	f := func(status int, path, header, value, answer string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, strings.NewReader(chatRequest))
		require.NoError(t, err)
		if header != "" {
			request.Header.Set(header, value)
		}
		response, err := r.client.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode)
		require.Contains(t, string(body), answer)
		if status == 401 {
			require.Equal(t, "invalid_api_key", response.Header.Get("x-llmtap-error"))
			require.NotContains(t, string(body), "sk-")
		}
	}
	const chat = "/v1/chat/completions"
	f(200, chat, "Authorization", "Bearer sk-one", chatAnswer)
	f(200, chat, "authorization", "bearer  sk-two ", chatAnswer)
	f(200, "/v1/messages", "x-api-key", "sk-two", chatAnswer)
	f(200, "/v1/models", "api-key", "sk-one", chatAnswer)
	f(401, chat, "", "", `{"error":{"code":"invalid_api_key","message":"llmtap: the API key is missing or not accepted here"`)
	f(401, chat, "Authorization", "Bearer sk-three", `"type":"invalid_request_error"`)
	f(401, chat, "Authorization", "Bearer sk-on", `"code":"invalid_api_key"`)
	f(401, "/v1/messages", "x-api-key", "", `{"error":{"message":"llmtap: the API key is missing or not accepted here","type":"authentication_error"},"type":"error"}`)
	f(401, "/v1/models", "Authorization", "Bearer ", `"code":"invalid_api_key"`)
	require.EqualValues(t, 5, counted(t, r.tel, "llmtap_tap_unauthorized")[""])
	r.calls(t, 3) // what was turned away is no call
}

// Which upstreams there are is told to nobody whose key is not accepted.
func TestKeysAreAskedForBeforeUpstreams(t *testing.T) {
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		cfg.AcceptedKeys, cfg.Upstreams[0].Prefix = []configopaque.String{"sk-one"}, "/one"
	})
	f := func(status int, path, key string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := r.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode)
	}
	f(401, "/one/v1/models", "sk-two")
	f(401, "/two/v1/models", "sk-two")
	f(404, "/two/v1/models", "sk-one")
}

// Browsers send a preflight without the key before a page of another site calls, and call only if it was answered. Nothing else passes as one.
func TestPreflightsPassWithoutKey(t *testing.T) {
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		cfg.AcceptedKeys, cfg.Upstreams[0].Prefix = []configopaque.String{"sk-one"}, "/one"
	})
	f := func(status int, method, path, body string, header ...string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := r.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode)
	}
	const chat, origin, asks = "/one/v1/chat/completions", "Origin", "Access-Control-Request-Method"
	f(200, http.MethodOptions, chat, "", origin, "http://app", asks, "POST", "Access-Control-Request-Headers", "authorization")
	f(401, http.MethodOptions, "/two/v1/models", "", origin, "http://app", asks, "POST")
	f(401, http.MethodOptions, chat, chatRequest, origin, "http://app", asks, "POST")
	f(401, http.MethodOptions, chat, "", origin, "http://app")
	f(401, http.MethodOptions, chat, "", asks, "POST")
	f(401, http.MethodOptions, chat, "", origin, "http://app", asks, "POST", "Connection", "upgrade", "Upgrade", "websocket")
	f(401, http.MethodPost, chat, "", origin, "http://app", asks, "POST")
	r.calls(t, 0)
}

func TestRefusedRequestsAreCounted(t *testing.T) {
	r := startBefore(t, testUpstream(t), func(cfg *Config) { cfg.Upstreams[0].Prefix = "/one" })
	f := func(request, answer string) {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = io.WriteString(conn, request)
		require.NoError(t, err)
		got := make([]byte, len("HTTP/1.1 400"))
		_, err = io.ReadFull(conn, got)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 "+answer, string(got))
	}
	f("GET /one/v1/models HTTP/1.1\r\nHost: a\r\n\r\n", "200")
	f("GET /one/v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")
	f("nonsense\r\n\r\n", "400")
	f("GET /one/v1/models HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", createDefaultConfig().(*Config).Limits.HeaderBytes)+"\r\n\r\n", "431")
	f("GET /two/v1/models HTTP/1.1\r\nHost: a\r\n\r\n", "404")
	require.EqualValues(t, 3, counted(t, r.tel, "llmtap_tap_malformed")[""])
	require.EqualValues(t, 1, counted(t, r.tel, "llmtap_tap_unrouted")[""])
}

// Its README lists what the tap itself answers, by status and code.
func TestAnswersOfTheTapAreDescribed(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	described := regexp.MustCompile("(?m)^\\| (\\d{3}) \\| `(\\w+)` \\|").FindAllStringSubmatch(string(readme), -1)
	files, err := filepath.Glob("../../proxy/*.go")
	require.NoError(t, err)
	answers := map[string]bool{"429 " + genai.ErrorBlockedByBudget: true}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, refusal := range regexp.MustCompile(`Status: (\d+), Code: "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
			answers[refusal[1]+" "+refusal[2]] = true
		}
	}
	require.Len(t, described, len(answers))
	for _, row := range described {
		require.Contains(t, answers, row[1]+" "+row[2])
	}
}
