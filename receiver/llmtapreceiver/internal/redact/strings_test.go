package redact

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	secret = "4111111111111111"
	large  = 1 << 20
)

func cards() *Redactor {
	return New([]Rule{{regexp.MustCompile(`\d{16}`), "#"}, {regexp.MustCompile(`(\w+)@example\.com`), "$1@…"}}, large, nil)
}

// events are those of a stream in which a text comes in pieces.
func events(form string, pieces ...string) string {
	var out strings.Builder
	for _, piece := range pieces {
		quoted, _ := json.Marshal(piece)
		fmt.Fprintf(&out, form, quoted)
	}
	return out.String()
}

// forms are events of the APIs, with a text.
var forms = map[string]string{
	"chat":       `data: {"id":"chatcmpl-11111111","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}` + "\n\n",
	"index last": `data: {"choices":[{"delta":{"reasoning_content":%s},"index":0}]}` + "\r\n\r\n",
	"tool call":  `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_11111111","function":{"name":"pay","arguments":%s}}]}}]}` + "\n\n",
	"completion": `data: {"choices":[{"text":%s,"index":0}]}` + "\n\n",
	"response": "event: response.output_text.delta\ndata: " +
		`{"type":"response.output_text.delta","item_id":"msg_11111111","output_index":0,"content_index":0,"delta":%s,"sequence_number":4}` + "\n\n",
	"message":      "event: content_block_delta\ndata: " + `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":%s}}` + "\n\n",
	"ollama":       `{"model":"m","created_at":"2026-11-29T10:00:00.1Z","message":{"role":"assistant","content":%s},"done":false}` + "\n",
	"llama.cpp":    `data: {"index":0,"content":%s,"tokens":[1],"stop":false}` + "\n\n",
	"several data": "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":%s}}]}\n\n",
	"comment":      ": it's \"open\ndata: " + `{"choices":[{"index":0,"delta":{"content":%s}}]}` + "\n\n",
}

func TestStreamsAreReadAsOneText(t *testing.T) {
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			f := func(want []string, pieces ...string) {
				t.Helper()
				require.Equal(t, events(form, want...), cards().Redact(events(form, pieces...), large))
			}
			f([]string{"Hi", " there"}, "Hi", " there")
			f([]string{"Pay # no", "w"}, "Pay "+secret+" no", "w")
			f([]string{"Pay #", "", "", " now"}, "Pay 4111", "11111111", "1111", " now")
			f([]string{"ada@…", "", "", " and eve@…", ""}, "ada", "@exam", "ple.com", " and eve@e", "xample.com")
			f([]string{"\"ada@…", "\"\n"}, "\"ada", "@example.com\"\n")
		})
	}
}

// The first event of a tool call may say more of it than those after, and begin its arguments.
func TestArgumentsAreReadFromTheirFirstEventOn(t *testing.T) {
	first := `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"pay","arguments":%s}}]}}]}` + "\n\n"
	next := `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":%s}}]}}]}` + "\n\n"
	in := events(first, `{"card":"4111`) + events(next, "11111111", `1111"}`)
	require.Equal(t, events(first, `{"card":"#`)+events(next, "", `"}`), cards().Redact(in, large))
}

// TGI numbers the tokens of a stream.
func TestTokensThatAreNumberedAreOneText(t *testing.T) {
	event := func(n int, text, all string) string {
		return fmt.Sprintf(`data:{"index":%d,"token":{"id":7,"text":"%s","logprob":-0.1,"special":false},"generated_text":%s,"details":null}`+"\n\n", n, text, all)
	}
	in := event(1, "Pay 4111", "null") + event(2, "11111111", "null") + event(3, "1111", `"Pay `+secret+`"`)
	require.Equal(t, event(1, "Pay #", "null")+event(2, "", "null")+event(3, "", `"Pay #"`), cards().Redact(in, large))
}

// Each event of SGLang's own streams has the text so far, and so the most of a secret before all of it. Perplexity's have both.
func TestTextsThatGrowLeaveNoHalfOfASecret(t *testing.T) {
	for _, form := range []string{
		`data: {"text":%s,"output_ids":[1],"meta_info":{"id":"1","finish_reason":null}}` + "\n\n",
		`data: {"meta_info":{"id":"1"},"index":1,"text":%s}` + "\n\n",
		`data: {"choices":[{"index":0,"message":{"role":"assistant","content":%s},"delta":{"role":"assistant","content":""}}]}` + "\n\n",
	} {
		f := func(want []string, pieces ...string) {
			t.Helper()
			require.Equal(t, events(form, want...), cards().Redact(events(form, pieces...), large))
		}
		f([]string{"Pay ", "Pay #", "Pay #", "Pay #", "Pay # now"}, "Pay ", "Pay 4111", "Pay 41111111111", "Pay "+secret, "Pay "+secret+" now")
		f([]string{"", "Hi", "Hi", "Hi ada@…"}, "", "Hi", "Hi", "Hi ada@example.com")
		f([]string{"#", ""}, "1", strings.Repeat("1", 15)) // what is new of it each
		f([]string{"Hi", "Hi there"}, "Hi", "Hi there")
	}
}

func TestTextIsFoundBehindEscapes(t *testing.T) {
	r := cards()
	f := func(in, want string) {
		t.Helper()
		require.Equal(t, want, r.Redact(in, large))
	}
	f(`{"content":"ada\u0040example.com, \u00e9\n"}`, `{"content":"ada@…, é\n"}`)
	f(`{"content":"\u0034111111111111111 \"x\""}`, `{"content":"# \"x\""}`)
	f(`{"arguments":"{\"to\":\"ada@example.com\"}"}`, `{"arguments":"{\"to\":\"ada@…\"}"}`)
	f(`{"content":"\u00e9 stays as it came"}`, `{"content":"\u00e9 stays as it came"}`)
	f(`{"ada\u0040example.com":{"\u0034111111111111111":1}}`, `{"ada@…":{"#":1}}`)
	f(`{"\u00e9 stays":1}`, `{"\u00e9 stays":1}`)
	f(`{"a":"\u0034111111111111111`, `{"a":"#`) // breaks off
	f("\"\\u0034111111111111111\n", "\"#\n")
	f(`[1,2,"`+secret+`"]]}}`, `[1,2,"#"]]}}`)
}

// What is no ASCII many clients escape, and its digits may match together with those behind it.
func TestEscapesAreNotCut(t *testing.T) {
	r := New([]Rule{{regexp.MustCompile(`\d{6,}`), "#"}}, large, nil)
	f := func(in, want string) {
		t.Helper()
		require.Equal(t, want, r.Redact(in, large))
	}
	f(`{"content":"\u57282024\u5e74"}`, `{"content":"\u57282024\u5e74"}`)
	f(`{"content":"\u572820\u5728\u5728","n":572820}`, `{"content":"\u572820\u5728\u5728","n":#}`)
	f(`{"content":"\u5728202411"}`, `{"content":"在#"}`)
	f(`{"\u57282024":"\u572"}`, `{"\u57282024":"\u572"}`)
	f(`{"path":"C:\\u57282024"}`, `{"path":"C:\\u#"}`)
	f(`C:\unit\123456 \\u57282024 \u`, `C:\unit\# \\u# \u`)
}

// What begins behind an escape is not hidden by what seems to begin in its digits.
func TestEscapesHideNothing(t *testing.T) {
	f := func(pattern, in, want string) {
		t.Helper()
		r := New([]Rule{{regexp.MustCompile(pattern), "#"}}, large, nil)
		require.Equal(t, want, r.Redact(in, large))
	}
	const password = `\w*password"?[:=]"?\w+`
	f(password, `{"\u5bc6password":"hunter2","b":1}`, `{"\u5bc6#","b":1}`)
	f(password, `{"\u5bc6\u7801my_password":"hunter2"}`, `{"\u5bc6\u7801#"}`)
	f(password, `{"a":"\\u5bc6","password":"hunter2"}`, `{"a":"\\u5bc6","#"}`)
	f(password+`|\d{6}`, `{"\u5bc6password":"x","n":123456}`, `{"\u5bc6#","n":#}`)
	f(`\d[\d ]{6,}`, `log: \u0020 4111 1111`, `log: \u0020 #`)
	f(`\\u003csecret.*?\\u003e|\d{4}c`, `{"n":[0],"\u003csecret 1\u003e":"","\u1234cd":1}`, `{"n":[0],"#":"","\u1234cd":1}`)
	f(`u?\w{6}|b+`, `\u0041bbbbbbbbbb`, `\u0041###`) // both ways of reading, and all of each
}

// A pattern that matches nothing at all would put its replacement between all characters.
func TestEmptyMatchesReplaceNothing(t *testing.T) {
	r := New([]Rule{{regexp.MustCompile(`\d*`), "#"}}, large, nil)
	require.Equal(t, `a # "b#c" d`, r.Redact(`a 12 "b34c" d`, large))
}

func TestWhatIsNoOneTextStaysApart(t *testing.T) {
	f := func(in string) {
		t.Helper()
		require.Equal(t, in, cards().Redact(in, large))
	}
	half, other := secret[:8], secret[8:]
	f(`{"messages":[{"content":"` + half + `"},{"content":"` + other + `"}],"stop":["` + half + `","` + other + `"]}`)
	f(`{"a":"` + half + `","b":"` + other + `"}`)
	choice := `{"choices":[{"index":%d,"delta":{"content":"%s"}}]}` + "\n"
	f(fmt.Sprintf(choice, 0, half) + fmt.Sprintf(choice, 1, other))
	typed := `{"type":"response.%s.delta","output_index":0,"delta":"%s"}` + "\n"
	f(fmt.Sprintf(typed, "audio", half) + fmt.Sprintf(typed, "output_text", other))
	f(strings.Repeat(`{"id":"`+half+`","item_id":"`+half+`","model":"`+half+`"}`+"\n", 2))
	deep := strings.Repeat(`{"a":`, depthMax+1) + `"%s"` + strings.Repeat("}", depthMax+1) + "\n"
	f(fmt.Sprintf(deep, half) + fmt.Sprintf(deep, other))
}

// Choices that are streamed in turn, in one event or in several, are texts of their own.
func TestChoicesAreReadEachOnItsOwn(t *testing.T) {
	both := `data: {"choices":[{"index":0,"delta":{"content":"%s"}},{"index":1,"delta":{"content":"%s"}}]}` + "\n\n"
	one := `data: {"choices":[{"index":1,"delta":{"content":"%s"}}]}` + "\n\n"
	in := fmt.Sprintf(both, "a 41111111", "b 4111") + fmt.Sprintf(one, "11111111") + fmt.Sprintf(both, "11111111", "1111")
	want := fmt.Sprintf(both, "a #", "b #") + fmt.Sprintf(one, "") + fmt.Sprintf(both, "", "")
	require.Equal(t, want, cards().Redact(in, large))
}

// Wherever the cut goes through a secret, in whatever pieces that comes, no half of it stays.
func TestCutOfAStreamLeavesNoHalfOfASecret(t *testing.T) {
	text := strings.Repeat("é\n", 20) + secret + " more"
	f := func(form string, pieces ...string) {
		t.Helper()
		in := events(form, pieces...)
		for limit := 1; limit < len(in); limit++ {
			out := cards().Redact(in, limit)
			require.True(t, strings.HasSuffix(out, cutMark))
			require.LessOrEqual(t, len(out), limit+len(`\u0000`)*len(pieces)+len(cutMark))
			require.NotContains(t, out, "1")
			require.NotContains(t, out, "4")
		}
	}
	f(forms["completion"], text)
	f(forms["completion"], strings.SplitAfter(text, "")...)
	f(forms["completion"], strings.SplitAfter(text, "1")...)
	var soFar []string
	for i := range text {
		soFar = append(soFar, text[:i])
	}
	f(`data: {"text":%s,"meta_info":{}}`+"\n\n", append(soFar[len(soFar)-30:], text)...)
}

// However a text is cut into events, what the events say together is what the whole text says after the rules.
func FuzzStream(f *testing.F) {
	f.Add("Pay "+secret+" \"now\"\\ to ada@example.com, é\u2028🙂\n", uint64(1))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		text = strings.ToValidUTF8(text, "")
		random := rand.New(rand.NewPCG(seed, 1))
		var pieces []string
		for rest := []rune(text); len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			pieces, rest = append(pieces, string(rest[:n])), rest[n:]
		}
		r := cards()
		want := text
		for _, rule := range r.rules {
			want = rule.Pattern.ReplaceAllString(want, rule.Replacement)
		}
		var got string
		for line := range strings.SplitSeq(strings.TrimSpace(r.inStrings(events(forms["ollama"], pieces...), 0)[1]), "\n") {
			var event struct{ Message struct{ Content string } }
			if line != "" {
				require.NoError(t, json.Unmarshal([]byte(line), &event))
			}
			got += event.Message.Content
		}
		require.Equal(t, want, got)
	})
}

func BenchmarkRedact(b *testing.B) {
	r := cards()
	for name, text := range map[string]string{
		"request": `{"messages":[` + strings.Repeat(`{"role":"user","content":"`+strings.Repeat(`What does the \"fox\" do? `, 40)+`"},`, 256) + `{}]}`,
		"stream":  strings.Repeat(events(forms["chat"], "word"), 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Redact(text, large)
			}
		})
	}
}
