package prompt

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// long is a text that goes into hashes by its own.
var long = strings.Repeat("x", hashedBytesMin)

func readCall(body []byte) *genai.Call {
	call := &genai.Call{}
	x := &exchange.Exchange{Request: exchange.Message{Body: body, Size: int64(len(body))}}
	_ = Read(x, nil, call, func(p *Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "messages":
			p.Messages(r)
		case "tools":
			p.Tools(r)
		case "system":
			p.System(r)
		}
	})
	return call
}

// Every byte of a request counts, wherever it stands, but the white space around messages.
func TestPromptHashIsOfEveryByte(t *testing.T) {
	body := []byte(`{"model":"m","system":"` + long + `","messages":[{"role":"user","content":"` + long + `"},{"role":"user","content":[` +
		`{"type":"text","text":"` + long + `"},{"type":"image","data":"` + long + `"},{"type":"tool_result","content":[{"type":"text","text":"` +
		long + `"}]}]},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"` + long + `"}}]}],"tools":[{"name":"` +
		long + `"}],"seed":1}`)
	want := readCall(body).PromptHash
	require.Equal(t, want, readCall(bytes.Clone(body)).PromptHash)
	for i, c := range body {
		if strings.IndexByte(`{}[],:"`, c) >= 0 {
			continue
		}
		changed := bytes.Clone(body)
		changed[i] ^= 1
		require.NotEqual(t, want, readCall(changed).PromptHash, string(changed[:i]))
	}
}

func TestMessageHashesAreOfWhatStandsBefore(t *testing.T) {
	first := `{"role":"user","content":"` + long + `"}`
	one := readCall([]byte(`{"model":"a","messages":[` + first + ` ]}`)).Detail.MessageHashes
	two := readCall([]byte(`{"messages":[` + first + `, {"role":"user","content":"b"}],"model":"b"}`)).Detail.MessageHashes
	other := readCall([]byte(`{"messages":[` + strings.Replace(first, "x", "y", 1) + `,{"role":"user","content":"b"}]}`)).Detail.MessageHashes
	require.Len(t, one, 1)
	require.Len(t, two, 2)
	require.Equal(t, one[0], two[0])
	require.NotEqual(t, two[0], two[1])
	require.NotEqual(t, two[1], other[1])
}

func TestVersionIsOfSystemAndTools(t *testing.T) {
	version := func(body string) uint64 { return readCall([]byte(body)).PromptVersion }
	plain := version(`{"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}`)
	require.NotZero(t, plain)
	require.Zero(t, version(`{"messages":[{"role":"user","content":"a"}]}`))
	require.Equal(t, plain, version(`{"messages":[{"role":"developer","content":[{"type":"text","text":"a"}]},{"role":"user","content":"c"}]}`))
	require.Equal(t, plain, version(`{"system":"a","messages":[]}`))
	require.NotEqual(t, plain, version(`{"system":"b","messages":[]}`))
	require.NotEqual(t, plain, version(`{"system":"a","messages":[],"tools":[{"name":"f"}]}`))
}

// Claude Code's line for Anthropic's billing is another one in each request, wherever a gateway puts it.
func TestBillingLineIsNoVersion(t *testing.T) {
	f := func(system string) {
		t.Helper()
		version := func(line, prompt string) uint64 {
			return readCall([]byte(strings.NewReplacer("LINE", line, "PROMPT", prompt).Replace(system))).PromptVersion
		}
		one := version("x-anthropic-billing-header: cc_version=2.1.39.c39; cc_entrypoint=cli; cch=56445;", "You help.")
		require.Equal(t, one, version("x-anthropic-billing-header: cc_version=2.1.39.7d1; cc_entrypoint=cli; cch=01c2f;", "You help."))
		require.NotEqual(t, one, version("x-anthropic-billing-header: cc_version=2.1.39.c39; cc_entrypoint=cli; cch=56445;", "You code."))
	}
	f(`{"system":[{"type":"text","text":"LINE"},{"type":"text","text":"PROMPT","cache_control":{"type":"ephemeral"}}]}`)
	f(`{"system":"LINE\nPROMPT"}`)
	f(`{"messages":[{"role":"system","content":"LINE\nPROMPT"},{"role":"user","content":"Hi"}]}`)
	f(`{"messages":[{"role":"system","content":[{"type":"text","text":"LINE"},{"type":"text","text":"PROMPT"}]}]}`)
}

func TestTextBesideTheMessages(t *testing.T) {
	d := readCall([]byte(`{"system":"abc","tools":[{}],"messages":[{"role":"system","content":"de"},{"role":"user","content":"f"}]}`)).Detail
	require.Equal(t, []int64{7, 10}, []int64{d.BesideTextBytes, d.PromptTextBytes})
}

func TestTextIsCountedWithoutEscapes(t *testing.T) {
	f := func(messages string, want int64) {
		t.Helper()
		require.Equal(t, want, readCall([]byte(`{"messages":[`+messages+`]}`)).Detail.PromptTextBytes)
	}
	f(`{"role":"user","content":"abc"}`, 3)
	f(`{"role":"user","content":"a\n\"c"}`, 4)
	f(`{"role":"user","content":"\u00e9\u00e9"}`, 6)
	f(`{"role":"user","content":[{"type":"text","text":"ab"},{"type":"image_url","image_url":{"url":"data:xxxx"}}]}`, 2)
	f(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"a\":1}"}}]}`, 7)
	f(`{"role":"user","content":[{"type":"tool_result","content":"ab"},{"type":"tool_result","content":[{"type":"text","text":"c"}]}]}`, 3)
	f(`{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}}`, 7)
	f(`{"role":"user","content":"a"},{"role":"user","content":"bc"}`, 3)
}
