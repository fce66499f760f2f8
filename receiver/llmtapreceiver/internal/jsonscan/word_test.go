package jsonscan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWord(t *testing.T) {
	for _, word := range []string{
		"", "stop", "tool_calls", "end_turn", "max_output_tokens", "MAX_TOKENS", "eos-token", "json_schema", "content_filter: SAFETY", "gpt4.1",
		strings.Repeat("x", wordBytesMax),
	} {
		require.Equal(t, word, Word(word))
	}
	for _, text := range []string{
		"two words", " stop", "a\n", "ada@example.com", `{"a":1}`, "ärger", "x/y", "\xff", strings.Repeat("x", wordBytesMax+1),
	} {
		require.Equal(t, OtherWord, Word(text))
	}
}

func TestToolName(t *testing.T) {
	for _, name := range []string{
		"", "get_weather", "functions.get_weather:0", "files/read", "f<|channel|>commentary", strings.Repeat("x", toolNameBytesMax),
	} {
		require.Equal(t, name, ToolName(name))
	}
	for _, text := range []string{"two words", "f: x", `f"`, "f(x)", "{", "ärger", "\xff", strings.Repeat("x", toolNameBytesMax+1)} {
		require.Equal(t, OtherWord, ToolName(text))
	}
}
