package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// alikeChunks are chunks that differ from each other in little.
var alikeChunks = []string{
	`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":" two"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"\n\"3\"\u00e9\\"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":" four"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a\n","refusal":"b"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":" five"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a\"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"x","tool_calls":[]},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":1,"delta":{"content":"other choice"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a","refusal":"b"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a","content":"b"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"c","content":"b"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"x","content":[{"type":"text","text":"x"}]}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"y","content":[{"type":"text","text":"x"}]}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a","reasoning_content":"b"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"c","reasoning_content":"b"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":", so"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"x","reasoning":"x"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"y","reasoning":"x"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"x","content":[{"type":"thinking","thinking":"y"}]}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"z","content":[{"type":"thinking","thinking":"y"}]}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a"},"message":{"content":"ab"}}]}`,
	`{"id":"c","choices":[{"index":0,"message":{"content":"ab"},"delta":{"content":""}}]}`,
	`{"id":"c","choices":[{"index":0,"message":{"content":"ab"},"delta":{"content":"c"}}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","top_logprobs":[1,2]}]}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"a","top_logprobs":[1,2]}]}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
	`{"id":"c\u0041","choices":[{"index":0,"delta":{"content":"a\n"}}]}`,
	`{"id":"c\u0041","choices":[{"index":0,"delta":{"content":"b\n"}}]}`,
	`{"id":"c","choices":[{"index":0,"text":"a"}]}`,
	`{"id":"c","choices":[{"index":0,"text":"b"}]}`,
	`{"id":"c","choices":[{"index":0,"text":"b"}]} {}`,
	`{"id":"c","choices":[{"index":0,"text":"c"}]} {}`,
	`{"id":"c","choices":[{"index":0,"text":"c"}],"error":{"message":"m"}}`,
	`{"id":"c","choices":[{"index":0,"text":"d"}],"error":{"message":"m"}}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a\`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"a\"},"finish_reason":null}]}`,
}

// A stream says the same whether its chunks are alike, or written so that none is like the one before.
func FuzzAlikeChunks(f *testing.F) {
	for i := range alikeChunks {
		f.Add(strings.Join(alikeChunks[i:], "\n"))
		f.Add(strings.Join(alikeChunks[:i], "\n"))
		f.Add(strings.Repeat(alikeChunks[i]+"\n", 3))
	}
	f.Fuzz(func(t *testing.T, lines string) {
		var alike, unlike strings.Builder
		for i, line := range strings.Split(lines, "\n") {
			alike.WriteString("data: " + line + "\n\n")
			if rest, isObject := strings.CutPrefix(line, "{"); isObject && i%2 > 0 {
				line = "{ " + rest
			}
			unlike.WriteString("data: " + line + "\n\n")
		}
		read := func(stream string) (*genai.Call, error) {
			call := &genai.Call{}
			x := &exchange.Exchange{Status: 200, Response: exchange.Message{Body: []byte(stream)}}
			return call, readChoices(x, withDetail(call))
		}
		want, wantErr := read(unlike.String())
		got, err := read(alike.String())
		require.Equal(t, want, got)
		require.Equal(t, wantErr, err)
	})
}

func withDetail(call *genai.Call) *genai.Call {
	call.Operation = genai.OperationChat
	call.NewDetail()
	return call
}
