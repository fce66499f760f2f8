package includeusage

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func asking(body string) (string, bool) {
	p, _, ok := Add([]byte(body))
	return body[:p.From] + p.Text + body[p.To:], ok
}

func TestAdd(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		got, ok := asking(body)
		require.True(t, ok)
		require.Equal(t, want, got)
		require.True(t, json.Valid([]byte(got)))
	}
	f(`{"stream":true}`, `{"stream":true,"stream_options":{"include_usage":true}}`)
	f(" {\n \"stream\" : true , \"x\": [1, {\"stream\":false}]\n}\n", " {\n \"stream\" : true , \"x\": [1, {\"stream\":false}]\n,\"stream_options\":{\"include_usage\":true}}\n")
	f(`{"stream_options":null,"stream":true}`, `{"stream_options":{"include_usage":true},"stream":true}`)
	f(`{"stream":true,"stream_options":{}}`, `{"stream":true,"stream_options":{"include_usage":true}}`)
	f(`{"stream":true,"stream_options":{ }}`, `{"stream":true,"stream_options":{"include_usage":true }}`)
	f(`{"stream":true,"stream_options":{"include_obfuscation":false}}`,
		`{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}`)
	f(`{"stream":true,"stream_options":{"include_usage":false}}`, `{"stream":true,"stream_options":{"include_usage":true}}`)
	f(`{"stream":true,"stream_options":{"include_usage": null,"continuous_usage_stats":false}}`,
		`{"stream":true,"stream_options":{"include_usage": true,"continuous_usage_stats":false}}`)
	f(`{"str\u0065am":true,"messages":[{"content":"}\"stream_options\""}]}`,
		`{"str\u0065am":true,"messages":[{"content":"}\"stream_options\""}],"stream_options":{"include_usage":true}}`)
}

func TestAddAllocatesNothing(t *testing.T) {
	body := []byte(`{"messages":[{"content":"` + strings.Repeat("x", 256<<10) + `"}],"stream":true}`)
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _, _ = Add(body) }))
}

func TestAddLeavesAlone(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"model":"m"}`, `{"stream":false}`, `{"stream":null}`, `{"stream":"true"}`, `{"stream":1}`,
		`{"stream":true`, `{"stream":true}}`, `{"stream":true} {}`, "\ufeff" + `{"stream":true}`, `{"stream":true,}`,
		`{"stream":true,"stream":true}`, `{"stream":true,"stream":false}`,
		`{"stream":true,"stream_options":{"include_usage":true}}`,
		`{"stream":true,"stream_options":{"include_usage":1}}`,
		`{"stream":true,"stream_options":{"include_usage":"false"}}`,
		`{"stream":true,"stream_options":{"include_usage":false,"include_usage":false}}`,
		`{"stream":true,"stream_options":{"continuous_usage_stats":true}}`,
		`{"stream":true,"stream_options":{"continuous_usage_stats":1}}`,
		`{"stream":true,"stream_options":{"include_usage":false,"continuous_usage_stats":true}}`,
		`{"stream":true,"stream_options":{},"stream_options":{}}`,
		`{"stream":true,"stream_options":true}`, `{"stream":true,"stream_options":[]}`, `{"stream":true,"stream_options":"x"}`,
	} {
		_, _, ok := Add([]byte(body))
		require.False(t, ok, body)
	}
}

func TestTakes(t *testing.T) {
	for path, want := range map[string]bool{
		"/v1/chat/completions": true, "/v1/completions": true, "/openai/deployments/x/chat/completions": true,
		"/v1/responses": false, "/v1/messages": false, "/v1/embeddings": false, "/v1/chat/completions/x": false,
	} {
		require.Equal(t, want, Takes(path), path)
	}
}

// What Add makes of a request says the same as the request, but for the option.
func FuzzAdd(f *testing.F) {
	for _, seed := range []string{
		`{"stream":true}`, `{"stream":true,"stream_options":{"include_usage":false}}`, `{"stream_options":null,"stream":true}`,
		`{"stream":true,"stream_options":{"include_obfuscation":true},"messages":[{"role":"user","content":"}"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		changed, ok := asking(string(body))
		if !ok || !json.Valid(body) {
			return
		}
		var before, after map[string]any
		require.NoError(t, json.Unmarshal(body, &before))
		require.NoError(t, json.Unmarshal([]byte(changed), &after), changed)
		options := after["stream_options"].(map[string]any)
		require.Equal(t, true, options["include_usage"])
		delete(options, "include_usage")
		if had, _ := before["stream_options"].(map[string]any); had != nil {
			delete(had, "include_usage")
			require.Equal(t, had, options)
		}
		delete(before, "stream_options")
		delete(after, "stream_options")
		require.Equal(t, before, after)
	})
}
