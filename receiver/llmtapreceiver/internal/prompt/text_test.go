package prompt

import (
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
		require.InEpsilon(t, len(text), textBytes(plain[1:len(plain)-1]), 0.15)
		require.InEpsilon(t, len(text), textBytes([]byte(ascii[1:len(ascii)-1])), 0.15)
	}
	f("plain words, nothing else")
	f(strings.Repeat("\tfor range 10 {\n\t\tfmt.Println(\"hello\")\n\t}\n", 20))
	f(strings.Repeat("数据库里的每一行都有一个类型", 20))
	f(strings.Repeat("\tprint(\"hello\")\n", 30) + strings.Repeat("你好世界", 5))
	f(strings.Repeat("数据库里的每一行都有一个类型", 5) + strings.Repeat("\tprint(\"hello\")\n", 60))
}
