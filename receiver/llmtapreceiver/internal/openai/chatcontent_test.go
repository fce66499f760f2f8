package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Pictures are an answer, too.
func TestPictures(t *testing.T) {
	picture := `{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}`
	for _, message := range []string{`"content":"","images":[` + picture + `]`, `"content":[` + picture + `]`} {
		whole := decode(t, ok(`{"choices":[{"index":0,"message":{"role":"assistant",`+message+`},"finish_reason":"stop"}]}`))
		require.True(t, whole.Detail.Choices[0].Other, message)
		require.Equal(t, genai.Usage{Input: genai.Known(1), Source: genai.UsageEstimated}, whole.Usage, "no text tells how many tokens they are")
		stream := decode(t, ok(streamed(`{"choices":[{"index":0,"delta":{"role":"assistant",`+message+`}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)))
		require.True(t, stream.Detail.Choices[0].Other, message)
		require.Equal(t, 1, stream.Chunks)
		require.Equal(t, whole.Usage, stream.Usage)
	}
	require.False(t, decode(t, ok(`{"choices":[{"index":0,"message":{"content":"x","images":[]},"finish_reason":"stop"}]}`)).Detail.Choices[0].Other)
}

// Of a model that draws, FastDeploy gives text and pictures beside the content, which it leaves out.
func TestContentOfTextAndPictures(t *testing.T) {
	const text, picture = `{"type":"text","text":"Here it is"}`, `{"type":"image","url":"http://x/a.png"}`
	for _, body := range []string{
		`{"choices":[{"index":0,"message":{"role":"assistant","content":null,"multimodal_content":[` + text + `,` + picture + `]},"finish_reason":"stop"}]}`,
		streamed(`{"choices":[{"index":0,"delta":{"role":"assistant","multimodal_content":[{"type":"text","text":""}]}}]}`,
			`{"choices":[{"index":0,"delta":{"multimodal_content":[`+text+`]}}]}`, `{"choices":[{"index":0,"delta":{"multimodal_content":[`+picture+`]},"finish_reason":"stop"}]}`),
	} {
		call := decode(t, ok(body))
		require.Equal(t, "Here it is", call.Detail.Choices[0].Text, body)
		require.True(t, call.Detail.Choices[0].Other, body)
		if call.Stream {
			require.Equal(t, 2, call.Chunks)
		}
	}
}
