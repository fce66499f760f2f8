package prompt

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Text is estimated alike however its client escapes it: as ASCII, as Python's json does by default, or not.
func TestTextBytes(t *testing.T) {
	f := func(text string) {
		t.Helper()
		plain, err := json.Marshal(text)
		require.NoError(t, err)
		ascii := strconv.QuoteToASCII(text)
		require.InEpsilon(t, len(text), valueBytes(plain[1:len(plain)-1]), 0.15)
		require.InEpsilon(t, len(text), valueBytes([]byte(ascii[1:len(ascii)-1])), 0.15)
	}
	f("plain words, nothing else")
	f(strings.Repeat("\tfor range 10 {\n\t\tfmt.Println(\"hello\")\n\t}\n", 20))
	f(strings.Repeat("数据库里的每一行都有一个类型", 20))
	f(strings.Repeat("\tprint(\"hello\")\n", 30) + strings.Repeat("你好世界", 5))
	f(strings.Repeat("数据库里的每一行都有一个类型", 5) + strings.Repeat("\tprint(\"hello\")\n", 60))
}

// The white space between the tokens of a request is no text of its prompt.
func TestIndentedRequestHasTheSameText(t *testing.T) {
	compact := []byte(`{"system":"a\n b","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"function":{"name":"f",` +
		`"arguments":{"a":[1,{"b":2}]}}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{}}}}}]}`)
	want := readCall(compact).Detail
	for _, indent := range []string{"  ", "\t", strings.Repeat(" ", 40)} {
		for _, end := range []string{"\n", "\r\n", "\n\n"} {
			var indented bytes.Buffer
			require.NoError(t, json.Indent(&indented, compact, "", indent))
			body := bytes.ReplaceAll(indented.Bytes(), []byte("\n"), []byte(end))
			got := readCall(body).Detail
			require.InEpsilon(t, want.PromptTextBytes, got.PromptTextBytes, 0.3)
			require.InEpsilon(t, want.BesideTextBytes, got.BesideTextBytes, 0.3)
			require.InEpsilon(t, Estimate(compact), Estimate(body), 0.3)
		}
	}
}

// An escape that the end of a copy cuts is no text, and takes nothing from what there is.
func TestTextBytesOfACutPrompt(t *testing.T) {
	for text, want := range map[string]int64{``: 0, `abc`: 3, `a\n`: 2, strings.Repeat("x", 100): 100} {
		for _, cut := range []string{``, `\`, `\u4e2`} {
			got := readCall([]byte(`{"messages":[{"role":"user","content":"` + text + cut)).Detail
			require.Equal(t, want, got.PromptTextBytes, "%s%s", text, cut)
		}
	}
}
