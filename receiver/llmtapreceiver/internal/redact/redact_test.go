package redact

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestRedaction(t *testing.T) {
	cut := 0
	r := New([]Rule{{regexp.MustCompile(`sk-[a-z0-9]+`), "[redacted]"}, {regexp.MustCompile(`(\w+)@example\.com`), "$1@…"},
		{regexp.MustCompile(`"pin":\d+`), `"pin":0`}}, 100, func() { cut++ })
	f := func(in, want string) {
		t.Helper()
		call := genai.Call{Content: &genai.Content{Request: in, Response: in}}
		r.Apply(&call)
		require.Equal(t, genai.Content{Request: want, Response: want}, *call.Content)
		require.Equal(t, want, r.Redact(in, 100))
	}
	f(`{"key":"sk-abc1"}`, `{"key":"[redacted]"}`)
	f("ada@example.com sk-x ada@example.org", "ada@… [redacted] ada@example.org")
	f(`{"pin":1234}`, `{"pin":0}`)
	f("nothing", "nothing")
	require.Zero(t, cut)
	f(strings.Repeat("x", 100), strings.Repeat("x", 100))
	require.Zero(t, cut)
	f(strings.Repeat("x", 99)+"ä", strings.Repeat("x", 99)+cutMark)
	require.Equal(t, 2, cut)
	r.Apply(&genai.Call{}) // without content there is nothing to do
}

// A secret that the cut goes through is found as a whole, whatever the rules make of the text before it.
func TestCutLeavesNoHalfOfASecret(t *testing.T) {
	const limit, secret = 100, "4111111111111111"
	r := New([]Rule{
		{regexp.MustCompile(`\b\d{16}\b`), "#"}, {regexp.MustCompile(`long+`), "l"}, {regexp.MustCompile(`\bs\b`), "${0}hort"},
	}, limit, nil)
	f := func(in, want string) {
		t.Helper()
		require.Equal(t, want, r.Redact(in, limit))
	}
	filled := func(n int) string { return strings.Repeat(" ", n) }
	f(filled(limit-16)+secret, filled(limit-16)+"#")
	f(filled(limit-16)+secret+" ", filled(limit-16)+"#"+cutMark)
	for over := range 16 { // bytes of the secret behind the limit
		before := filled(limit - 16 + over)
		want := before + "#"
		if over > 0 {
			want += cutMark
		}
		f(before+secret, want)
		f(before+secret+filled(beyond), before+"#"+cutMark)
	}
	f(filled(limit)+secret, filled(limit)+cutMark)
	f("s "+filled(limit-2)+secret, "short "+filled(limit-2)+cutMark)
	// what the end of the window has cut stays behind the limit, however short the text before it became
	rest := filled(beyond - 8)
	f("lon"+strings.Repeat("g", limit-4)+" "+rest+secret, "l "+cutMark)
	f(secret+" lon"+strings.Repeat("g", limit+beyond), "# l"+cutMark)
}

// Where a copy ends because of another limit, half of a secret may stand that no rule knows.
func TestCopiesThatWereCutLeaveNoHalfOfASecret(t *testing.T) {
	const secret = "4111111111111111"
	cuts := 0
	r := New([]Rule{{regexp.MustCompile(`\d{16}`), "#"}}, 1<<20, func() { cuts++ })
	text := `{"content":"` + strings.Repeat("words ", 1000) + secret
	for missing := range len(secret) {
		part := text[:len(text)-missing]
		call := genai.Call{Content: &genai.Content{Request: part, Response: part}, RequestTruncated: true}
		r.Apply(&call)
		require.Contains(t, call.Content.Request, "words")
		require.NotContains(t, call.Content.Request, "4111")
		require.True(t, strings.HasSuffix(call.Content.Request, cutMark))
		require.NotContains(t, call.Content.Response, cutMark, "all that there was")
	}
	require.Equal(t, len(secret), cuts)
	call := genai.Call{Content: &genai.Content{Request: "short " + secret[1:]}, RequestTruncated: true}
	r.Apply(&call)
	require.Equal(t, cutMark, call.Content.Request)
}
