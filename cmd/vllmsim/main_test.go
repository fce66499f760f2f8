package main

import (
	"bufio"
	"context"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the command on a free port and gives its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), io.Discard, w)
		_ = w.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line[strings.Index(line, "http://"):])
}

// The official client reads what the simulator says.
func TestOpenAIClient(t *testing.T) {
	address := start(t, "-model", "a,b", "-ttft", "0", "-token-rate", "0", "-max-model-len", "2000")
	client := openai.NewClient(option.WithBaseURL(address+"/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0))

	models, err := client.Models.List(t.Context())
	require.NoError(t, err)
	require.Len(t, models.Data, 2)

	params := openai.ChatCompletionNewParams{
		Model:    "b",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("How does a proxy work?")},
	}
	plain, err := client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)
	require.Equal(t, "stop", plain.Choices[0].FinishReason)

	params.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	var folded openai.ChatCompletionAccumulator
	for stream.Next() {
		require.True(t, folded.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	require.NoError(t, stream.Close())
	require.Equal(t, plain.Choices[0].Message.Content, folded.Choices[0].Message.Content)
	require.Equal(t, plain.Usage.CompletionTokens, folded.Usage.CompletionTokens)
	require.Equal(t, plain.Usage.PromptTokens, folded.Usage.PromptTokens)

	_, err = client.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "c", Messages: params.Messages})
	var apiErr *openai.Error
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, 404, apiErr.StatusCode)
	require.Equal(t, "NotFoundError", apiErr.Type)
}

func TestArguments(t *testing.T) {
	var help strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, &help), flag.ErrHelp)
	require.Contains(t, help.String(), "curl 127.0.0.1:8000/v1/chat/completions")
	require.Contains(t, help.String(), "-token-rate")

	require.ErrorContains(t, run(t.Context(), []string{"-failure-rate", "2"}, io.Discard, io.Discard), "failure-rate: 2")
	require.ErrorContains(t, run(t.Context(), []string{"surplus"}, io.Discard, io.Discard), `"surplus"`)
	require.ErrorContains(t, run(t.Context(), []string{"-listen", "nowhere:port"}, io.Discard, io.Discard), "listen")
}
