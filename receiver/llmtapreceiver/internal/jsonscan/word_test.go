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
