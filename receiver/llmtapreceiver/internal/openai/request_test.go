package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

const fullRequest = `{"model":"qwen","stream":true,"stream_options":{"include_usage":true},"n":2,"max_tokens":5,"max_completion_tokens":10,
"logprobs":true,"user":"ada","metadata":{"user_id":"m1"},"parallel_tool_calls":false,
"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"look"},
{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"input_audio","input_audio":{}},{"type":"file","file":{}}]}],
"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"},"strict":true}},{"type":"custom","custom":{"name":"sql"}}],
"tool_choice":{"type":"function","function":{"name":"weather"}},
"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object"}}}}`

func readRequest(t *testing.T, body string) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	x := &exchange.Exchange{Status: 400, Request: exchange.Message{Body: []byte(body)}}
	require.NoError(t, DecodeChat(x, caller.NewFields([]string{"user", "metadata.user_id"}), call))
	return call
}

// Servers in Go (Ollama, LocalAI) find the model whatever the capitals, where others find none or the one in small letters.
func TestModelInCapitals(t *testing.T) {
	for body, want := range map[string]string{
		`{"Model":"a"}`: "a", `{"MODEL":"a","Model":"b"}`: "b", `{"MODEL":"a","model":"b"}`: "b", `{"model":"b","MODEL":"a"}`: "b",
		`{"MODEL":"a","model":null}`: "a", `{"modem":"a"}`: "",
	} {
		require.Equal(t, want, readRequest(t, body).RequestModel, body)
	}
}

// What counts as a file: also Mistral's documents, OpenRouter's films and Perplexity's files.
func TestFilesOfARequest(t *testing.T) {
	for _, kind := range []string{"file", "document_url", "video_url", "file_url"} {
		call := readRequest(t, `{"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"`+kind+`","`+kind+`":{"url":"UEsDBA"}}]}]}`)
		require.Equal(t, 1, call.InputFiles, kind)
	}
}

func TestRequest(t *testing.T) {
	call := readRequest(t, fullRequest)
	require.Equal(t, "qwen", call.RequestModel)
	require.Equal(t, []int{2, 1, 1, 1, 2}, []int{call.Turn, call.InputImages, call.InputAudios, call.InputFiles, call.ToolsOffered})
	require.Equal(t, "json_schema", call.ResponseFormat)
	require.NotZero(t, call.PromptHash)
	require.NotZero(t, call.PromptVersion)
	require.Equal(t, []genai.Hint{
		{Attribute: "llmtap.caller.body.user", Value: "ada"}, {Attribute: "llmtap.caller.body.metadata.user_id", Value: "m1"},
	}, call.Caller.Hints)
	no := false
	require.Len(t, call.Detail.MessageHashes, 2)
	require.Positive(t, call.Detail.PromptTextBytes)
	require.False(t, call.Detail.Chain.Empty())
	require.Positive(t, call.Detail.BesideTextBytes)
	call.Detail.MessageHashes, call.Detail.PromptTextBytes, call.Detail.BesideTextBytes, call.Detail.Chain = nil, 0, 0, genai.Chain{}
	require.Equal(t, &genai.Detail{
		Tools: []genai.Tool{
			{Name: "weather", Kind: "function", Schema: []byte(`{"type":"object"}`), Strict: true},
			{Name: "sql", Kind: "custom"},
		},
		ToolChoice: genai.ToolChoice{Mode: "named", Names: []string{"weather"}}, ParallelTools: &no,
		ResponseSchema: []byte(`{"type":"object"}`), SchemaStrict: true, MaxTokens: genai.Known(10), ChoiceCount: 2,
		IncludeUsage: true, StreamAsked: true, LogprobsAsked: true,
	}, call.Detail)
}

// What the model thought comes back by many names.
func TestPastReasoning(t *testing.T) {
	f := func(want bool, message string) {
		t.Helper()
		require.Equal(t, want, readRequest(t, `{"messages":[{"role":"user","content":"Hi"},`+message+`]}`).Detail.PastReasoning, message)
	}
	f(true, `{"role":"assistant","reasoning_content":"Hm.","content":"Yes."}`)
	f(true, `{"role":"assistant","reasoning":"Hm.","content":"Yes."}`)
	f(true, `{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"text","text":"Yes."}]}`)
	f(true, `{"role":"assistant","content":[{"type":"redacted_thinking","data":"x"}]}`)
	f(true, `{"type":"reasoning","summary":[],"encrypted_content":"x"}`)
	f(false, `{"role":"assistant","reasoning_content":null,"reasoning":"","content":"Yes."}`)
	f(false, `{"role":"assistant","content":[{"type":"text","text":"thinking"}]}`)
}

func TestToolChoice(t *testing.T) {
	f := func(choice, mode string, names ...string) {
		t.Helper()
		call := readRequest(t, `{"tool_choice":`+choice+`}`)
		foreign := choice == `{"name":"c"}` // Responses
		require.Equal(t, genai.ToolChoice{Mode: mode, Names: names, Foreign: foreign}, call.Detail.ToolChoice)
	}
	f(`"auto"`, "auto")
	f(`"none"`, "none")
	f(`"required"`, "required")
	f(`"any"`, "required")
	f(`{"type":"function","function":{"name":"a"}}`, "named", "a")
	f(`{"type":"custom","custom":{"name":"b"}}`, "named", "b")
	f(`{"name":"c"}`, "named", "c")
	f(`{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"a"}},{"type":"custom","custom":{"name":"b"}}]}}`,
		"allowed", "a", "b")
	f(`null`, "")
}

// A tool that is named in the forms of both APIs is what the API asked makes of it.
func TestToolInBothForms(t *testing.T) {
	f := func(decode wiretest.Decode, tool string, want genai.Tool) {
		t.Helper()
		call := read(t, decode, 200, `{"tools":[`+tool+`]}`, `{}`)
		require.Equal(t, []genai.Tool{want}, call.Detail.Tools)
	}
	outer := `"type":"function","name":"a","strict":true`
	inner := `"function":{"name":"b","parameters":{"required":["x"]}}`
	other := genai.Tool{Kind: "function", Name: "b", Schema: []byte(`{"required":["x"]}`)}
	for _, both := range []string{`{` + outer + `,` + inner + `}`, `{` + inner + `,` + outer + `}`} {
		f(DecodeResponses, both, genai.Tool{Kind: "function", Name: "a", Strict: true})
		f(DecodeChat, both, other)
	}
	f(DecodeResponses, `{"type":"function",`+inner+`}`, other)
}

func TestToolsThatBringOthers(t *testing.T) {
	f := func(kind string, want bool) {
		t.Helper()
		call := read(t, DecodeResponses, 200, `{"tools":[{"type":"`+kind+`"}]}`, `{}`)
		require.Equal(t, want, call.Detail.MoreTools)
	}
	f("mcp", true)
	f("namespace", true)
	f("x_search", true)
	f("web_search", false)
}

func TestPromptVersion(t *testing.T) {
	version := func(system, user, tools string) uint64 {
		return readRequest(t, fmt.Sprintf(
			`{"messages":[{"role":"system","content":%q},{"content":%q,"role":"user"}],"tools":%s}`, system, user, tools)).PromptVersion
	}
	base := version("a", "b", `[]`)
	require.Equal(t, base, version("a", "other", `[]`))
	require.NotEqual(t, base, version("other", "b", `[]`))
	require.NotEqual(t, base, version("a", "b", `[{"function":{"name":"x"}}]`))
	require.Zero(t, readRequest(t, request).PromptVersion)
	swapped := readRequest(t, `{"tools":[],"messages":[{"content":"a","role":"developer"}]}`).PromptVersion
	require.Equal(t, swapped, readRequest(t, `{"messages":[{"role":"system","content":"a"}],"tools":[]}`).PromptVersion)
}

func TestDuplicateKeysLastWins(t *testing.T) {
	call := readRequest(t, `{"model":"a","messages":[{"role":"user","content":[{"type":"image_url"}]}],"tools":[{},{}],
		"model":"b","m\u006fdel":"c","messages":[{"role":"user","content":"x","content":[{"type":"file"}]}],"tools":[{}]}`)
	require.Equal(t, "c", call.RequestModel)
	require.Equal(t, []int{1, 0, 1, 1}, []int{call.Turn, call.InputImages, call.InputFiles, call.ToolsOffered})

	answer := decode(t, ok(`{"choices":[{"message":{"content":"lost"}}],"choices":[{"message":{"content":"a","content":"b",
		"tool_calls":[{"id":"x"}],"tool_calls":[{"id":"y"}]},"finish_reason":"length","finish_reason":"stop"}],
		"usage":{"prompt_tokens":1,"prompt_tokens":2,"completion_tokens":9007199254740993}}`))
	require.Equal(t, "b", answer.Detail.Choices[0].Text)
	require.Equal(t, "y", answer.Detail.Choices[0].ToolCalls[0].ID)
	require.Equal(t, 1, answer.ToolCalls)
	require.Equal(t, []string{"stop"}, answer.FinishReasons)
	require.Equal(t, genai.Known(2), answer.Usage.Input)
	require.Equal(t, genai.Known(9007199254740993), answer.Usage.Output)
}

func TestNamesAreBounded(t *testing.T) {
	f := func(length, want int) {
		t.Helper()
		require.Len(t, readRequest(t, `{"model":"`+strings.Repeat("x", length)+`"}`).RequestModel, want)
	}
	f(jsonscan.NameBytesMax, jsonscan.NameBytesMax)
	f(jsonscan.NameBytesMax+1, jsonscan.NameBytesMax)
	require.Equal(t, "a\uFFFDb", readRequest(t, "{\"model\":\"a\xffb\"}").RequestModel)
}

// What is no word of the API does not go into spans.
func TestReasonsAndFormatsAreWords(t *testing.T) {
	f := func(word, want string) {
		t.Helper()
		require.Equal(t, want, readRequest(t, `{"response_format":{"type":"`+word+`"}}`).ResponseFormat)
		require.Equal(t, want, read(t, DecodeResponses, 400, `{"text":{"format":{"type":"`+word+`"}}}`, "").ResponseFormat)
		require.Equal(t, []string{want}, decode(t, ok(`{"choices":[{"finish_reason":"`+word+`"}]}`)).FinishReasons)
		response := read(t, DecodeResponses, 200, "{}", `{"status":"incomplete","incomplete_details":{"reason":"`+word+`"}}`)
		require.Equal(t, []string{want}, response.FinishReasons)
	}
	f("new_word", "new_word")
	f("my key is sk-123", jsonscan.OtherWord)
}

func TestToolsAreBounded(t *testing.T) {
	f := func(count, want int) {
		t.Helper()
		call := readRequest(t, `{"tools":[{}`+strings.Repeat(`,{}`, count-1)+`]}`)
		require.Equal(t, count, call.ToolsOffered)
		require.Len(t, call.Detail.Tools, want)
	}
	f(prompt.ToolsMax, prompt.ToolsMax)
	f(prompt.ToolsMax+1, prompt.ToolsMax)
}

func TestChoicesAndCallsAreBounded(t *testing.T) {
	f := func(choices, calls int, wantCut bool) {
		t.Helper()
		call := decode(t, ok(`{"choices":[`+strings.Repeat(`{},`, choices-1)+
			`{"message":{"tool_calls":[{"id":"a"}`+strings.Repeat(`,{"id":"b"}`, calls-1)+`]}}]}`))
		require.Equal(t, wantCut, call.ResponseTruncated)
		require.Len(t, call.Detail.Choices, min(choices, answer.ChoicesMax))
	}
	f(answer.ChoicesMax, answer.ToolCallsMax, false)
	f(answer.ChoicesMax+1, 1, true)
	f(1, answer.ToolCallsMax+1, true)
	all := func(choices int, wantCut bool) {
		t.Helper()
		choice := `{"message":{"tool_calls":` + list(answer.ToolCallsMax, `{}`) + `}}`
		call := decode(t, ok(`{"choices":`+list(choices, choice)+`}`))
		require.Equal(t, wantCut, call.ResponseTruncated)
		require.Equal(t, min(choices*answer.ToolCallsMax, answer.CallsMax), call.ToolCalls)
	}
	all(answer.CallsMax/answer.ToolCallsMax, false)
	all(answer.CallsMax/answer.ToolCallsMax+1, true)
	stream := func(index, wantChoices int, wantCut bool) {
		t.Helper()
		call := decode(t, ok(streamed(fmt.Sprintf(`{"choices":[{"index":%d,"delta":{"content":"x"},"finish_reason":"stop"}]}`, index))))
		require.Equal(t, wantCut, call.ResponseTruncated)
		require.Len(t, call.Detail.Choices, wantChoices)
	}
	stream(answer.ChoicesMax-1, 1, false)
	stream(answer.ChoicesMax, 0, true)
	stream(-1, 0, true)
	var many []string
	for i := range answer.ToolCallsMax + 1 {
		many = append(many, fmt.Sprintf(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"id":"i%d","function":{"name":"f"}}]}}]}`, i, i))
	}
	require.False(t, decode(t, ok(streamed(many[:answer.ToolCallsMax]...))).ResponseTruncated)
	require.True(t, decode(t, ok(streamed(many...))).ResponseTruncated)
}
