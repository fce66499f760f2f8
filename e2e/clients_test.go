//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// left is what the calls of one name must leave: how many rows, and what is in each.
type left struct {
	calls     uint64
	outcome   string
	source    string
	operation string
}

// llamaCalls are the calls of clients/llama.mjs that leave another thing than one chat call with usage reported.
var llamaCalls = map[string]left{
	"openai chat stream":             {source: "injected"},
	"openai chat tools stream":       {source: "injected"},
	"openai completions":             {operation: "text_completion"},
	"openai completions stream":      {operation: "text_completion", source: "injected"},
	"openai error":                   {outcome: "client_error", source: "none"},
	"ai compatible stream":           {source: "injected"},
	"ai compatible tools":            {calls: 2},
	"langchain chat stream no usage": {source: "injected"},
	"openai-go chat stream":          {source: "injected"},
	"anthropic count":                {operation: "count_tokens", source: "none"},
	"agents chat":                    {calls: 2},
	"agents responses":               {calls: 2},
}

func TestClientsBeforeLlamaServer(t *testing.T) {
	server := llamaServer(t)
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), server)
	both := func(url string) map[string]string {
		results := node(t, "llama.mjs", url)
		goClients(t, url, results)
		return results
	}
	both(server) // fills the server's prompt cache, so that both runs find the same there
	direct, tapped := both(server), both(c.tap)
	sameResults(t, direct, tapped)

	c.leaves(t, tapped, llamaCalls)
}

// goClients adds what the Go clients get.
func goClients(t *testing.T, url string, results map[string]string) {
	t.Helper()
	ctx := context.Background()
	keep := func(name string, result any, err error) {
		require.NoError(t, err, name)
		text, err := json.Marshal(result)
		require.NoError(t, err)
		results[name] = string(text)
	}
	user := func(name string) option.RequestOption { return option.WithHeader("x-llmtap-user", name) }
	o := openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey("sk-x"), option.WithMaxRetries(0))
	ask := openai.ChatCompletionNewParams{
		Model: "scripted", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("[[text]]")},
	}
	plain, err := o.Chat.Completions.New(ctx, ask, user("openai-go chat"))
	keep("openai-go chat", plain, err)
	stream := o.Chat.Completions.NewStreaming(ctx, ask, user("openai-go chat stream"))
	var chunks []json.RawMessage
	for stream.Next() {
		chunks = append(chunks, json.RawMessage(stream.Current().RawJSON()))
	}
	keep("openai-go chat stream", chunks, stream.Err())

	a := anthropic.NewClient(anthropicoption.WithBaseURL(url), anthropicoption.WithAPIKey("sk-x"), anthropicoption.WithMaxRetries(0))
	say := anthropic.MessageNewParams{
		Model: "scripted", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("[[text]]"))},
	}
	message, err := a.Messages.New(ctx, say, anthropicoption.WithHeader("x-llmtap-user", "anthropic-sdk-go messages"))
	keep("anthropic-sdk-go messages", message, err)
	events := a.Messages.NewStreaming(ctx, say, anthropicoption.WithHeader("x-llmtap-user", "anthropic-sdk-go messages stream"))
	var raw []json.RawMessage
	for events.Next() {
		raw = append(raw, json.RawMessage(events.Current().RawJSON()))
	}
	keep("anthropic-sdk-go messages stream", raw, events.Err())
}

// Ollama cannot run here: its server is played by one that answers as Ollama 0.25 does.
func TestOllamaClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(playOllama))
	t.Cleanup(server.Close)
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), server.URL)
	direct, tapped := node(t, "ollama.mjs", server.URL), node(t, "ollama.mjs", c.tap)
	sameResults(t, direct, tapped)
	c.leaves(t, tapped, map[string]left{
		"ollama generate": {operation: "text_completion"}, "ollama generate stream": {operation: "text_completion"},
		"ollama embed": {operation: "embeddings"}, "ollama error": {outcome: "client_error", source: "none"},
	})
}

// node runs a program of clients against a server and gives what each call got, as JSON.
func node(t *testing.T, program, url string) map[string]string {
	t.Helper()
	folder, err := filepath.Abs("../.cache/clients")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Skip("SKIPPED: no npm clients in .cache; run make e2e")
	}
	cmd := exec.Command("node", "run.mjs", url, program)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(out, &raw))
	results := map[string]string{}
	for name, result := range raw {
		results[name] = string(result)
	}
	return results
}

// ownOfCall is what differs between two equal calls as clients show it.
var ownOfCall = regexp.MustCompile(`("(?:created|created_at|completed_at)":)[0-9]+|(?:chatcmpl-|resp_|msg_|fc_|rs_|call_)\w+`)

// sameResults wants each call to have got through the tap what it got without.
func sameResults(t *testing.T, direct, tapped map[string]string) {
	t.Helper()
	require.Len(t, tapped, len(direct))
	for name, want := range direct {
		want, got := withoutChance(ownOfCall.ReplaceAllString(want, "$1")), withoutChance(ownOfCall.ReplaceAllString(tapped[name], "$1"))
		require.Equal(t, want, got, name)
	}
}

// leaves compares the rows of each call with what is special of it; what is not is as usual.
func (c *collector) leaves(t *testing.T, results map[string]string, special map[string]left) {
	t.Helper()
	want, total := map[string]left{}, uint64(0)
	for name := range results {
		l := special[name]
		l.calls = max(l.calls, 1)
		for field, usual := range map[*string]string{&l.outcome: "ok", &l.source: "reported", &l.operation: "chat"} {
			if *field == "" {
				*field = usual
			}
		}
		want[name] = l
		total += l.calls
	}
	db := c.store(t)
	untilCalls(t, db, total)
	var rows []struct {
		Name      string `ch:"user_id"`
		Calls     uint64 `ch:"calls"`
		Outcome   string `ch:"outcome"`
		Source    string `ch:"source"`
		Operation string `ch:"operation"`
	}
	require.NoError(t, db.Select(context.Background(), &rows, `SELECT user_id, count() AS calls,
		arrayStringConcat(groupUniqArray(toString(outcome))) AS outcome, arrayStringConcat(groupUniqArray(toString(usage_source))) AS source,
		arrayStringConcat(groupUniqArray(toString(operation))) AS operation FROM llmtap.calls GROUP BY user_id`))
	got := map[string]left{}
	for _, r := range rows {
		got[r.Name] = left{r.Calls, r.Outcome, r.Source, r.Operation}
	}
	require.Equal(t, want, got)
}
