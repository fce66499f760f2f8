package openai

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// uploadOf gives a form with a file of that content between its fields.
func uploadOf(content string) string {
	field := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	return field("model", "whisper-1") + field("user", "ada") + field("stream", "True") +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n" + content + "\r\n" +
		field("language", "de") + "--b--\r\n"
}

func uploadExchange(body, mediaType, answer string) *exchange.Exchange {
	return &exchange.Exchange{
		Status:   200,
		Request:  exchange.Message{Header: exchange.Header("Content-Type: " + form + "\r\n"), Body: []byte(body)},
		Response: exchange.Message{Header: exchange.Header("Content-Type: " + mediaType + "\r\n"), Body: []byte(answer)},
	}
}

func TestUploads(t *testing.T) {
	fields := caller.NewFields([]string{"user"})
	f := func(body string) *genai.Call {
		t.Helper()
		x := uploadExchange(body, "application/json", `{"text":"hello"}`)
		x.Request.Truncated = len(body) < len(uploadOf("abc"))
		call := &genai.Call{}
		require.NoError(t, DecodeTranscription(x, fields, call))
		require.Equal(t, genai.OutcomeOK, call.Outcome)
		return call
	}
	call := f(uploadOf("abc"))
	require.Equal(t, "whisper-1", call.RequestModel)
	require.Equal(t, 1, call.InputAudios)
	require.True(t, call.Detail.StreamAsked)
	require.Equal(t, []genai.Hint{{Attribute: "llmtap.caller.body.user", Value: "ada"}}, call.Caller.Hints)
	require.Equal(t, "hello", call.Detail.Choices[0].Text)
	require.Equal(t, genai.UsageNone, call.Usage.Source)
	require.Zero(t, call.PromptHash)

	cut := strings.Index(uploadOf("abc"), "abc") + 1
	require.Equal(t, call.Caller, f(uploadOf("abc")[:cut]).Caller, "a copy that ends within the file")
	for i := range uploadOf("abc") {
		f(uploadOf("abc")[:i])
	}
}

// As many parts as a server takes stand before the one that counts.
func TestModelBehindManyFields(t *testing.T) {
	const most = 2000
	body := strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n", most-5) + uploadOf("abc") // of 5 parts
	call := &genai.Call{}
	require.NoError(t, DecodeTranscription(uploadExchange(body, "application/json", `{"text":"hello"}`), nil, call))
	require.Equal(t, "whisper-1", call.RequestModel)
	require.Equal(t, 1, call.InputAudios)
}

func TestTranscripts(t *testing.T) {
	f := func(mediaType, answer, wantText string, want genai.Usage) {
		t.Helper()
		call := &genai.Call{}
		require.NoError(t, DecodeTranscription(uploadExchange(uploadOf("x"), mediaType, answer), nil, call))
		require.Equal(t, wantText, call.Detail.Choices[0].Text)
		require.Equal(t, want, call.Usage)
	}
	none := genai.Usage{Source: genai.UsageNone}
	lasts := func(d time.Duration) genai.Usage { return genai.Usage{AudioTime: d, Source: genai.UsageReported} }
	f("application/json", `{"text":"hi","usage":{"type":"duration","seconds":3}}`, "hi", lasts(3*time.Second))
	f("application/json", `{"task":"transcribe","duration":1.5,"text":"hi","segments":[{"id":0,"text":"hi"}],"words":[]}`, "hi", lasts(1500*time.Millisecond))
	f("application/json", `{"duration":"1.5","language":"en","text":"hi","segments":null,"words":null}`, "hi", lasts(1500*time.Millisecond)) // vLLM
	f("application/json", `{"duration":"NaN","language":"en","text":"hi"}`, "hi", none)
	f("application/json", `{"text":"hi","usage":{"type":"duration","seconds":2592000}}`, "hi", lasts(audioTimeMax))
	f("application/json", `{"text":"hi","usage":{"type":"duration","seconds":2592000.1}}`, "hi", none)
	f("application/json", `{"text":"hi","usage":{"type":"duration","seconds":-1}}`, "hi", none)
	f("text/plain; charset=utf-8", "hi\n", "hi\n", none)
	f("text/vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n", "WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n", none)
	f("application/json", `{"text":"hi","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}`,
		"hi", genai.Usage{Input: genai.Known(14), AudioInput: genai.Known(14), Output: genai.Known(45), Source: genai.UsageReported})
	f("text/event-stream", "data: {\"type\":\"transcript.text.segment\",\"text\":\"hi\"}\n\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n"+
		"data: {\"type\":\"transcript.text.done\",\"text\":\"hi\"}\n\n", "hi", none)
}

func TestTranscriptInChunks(t *testing.T) {
	x := uploadExchange(uploadOf("x"), "text/event-stream", streamed(
		`{"id":"trsc-1","object":"transcription.chunk","created":1,"model":"whisper","choices":[{"delta":{"content":" And"},"finish_reason":null,"stop_reason":null}]}`,
		`{"id":"trsc-1","object":"transcription.chunk","created":1,"model":"whisper","choices":[{"delta":{"content":" so"},"finish_reason":null,"stop_reason":null}]}`,
		`{"id":"trsc-1","object":"transcription.chunk","created":1,"model":"whisper","choices":[{"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}`,
		`{"id":"trsc-1","object":"transcription.chunk","created":1,"model":"whisper","choices":[],"usage":{"prompt_tokens":200,"completion_tokens":3,"total_tokens":203}}`))
	x.Marks = []exchange.Mark{{Offset: 200, At: time.Second}, {Offset: 9999, At: 2 * time.Second}}
	call := &genai.Call{}
	require.NoError(t, DecodeTranscription(x, nil, call))
	require.Equal(t, " And so", call.Detail.Choices[0].Text)
	require.Equal(t, []string{"stop"}, call.FinishReasons)
	require.Equal(t, time.Second, call.TimeToFirstChunk)
	require.Equal(t, 2, call.Chunks)
	require.Equal(t, genai.Usage{Input: genai.Known(200), Output: genai.Known(3), Source: genai.UsageReported}, call.Usage)
}

// Mistral calls a delta text, and repeats the text in segments.
func TestTranscriptOfMistral(t *testing.T) {
	events := `data: {"type":"transcription.language","audio_language":"en"}

data: {"type":"transcription.text.delta","text":" And"}

data: {"type":"transcription.text.delta","text":" so"}

data: {"type":"transcription.segment","text":" And so","start":0,"end":1.5}

`
	done := `data: {"type":"transcription.done","model":"voxtral","text":" And so","segments":[],"usage":{"prompt_audio_seconds":2,"prompt_tokens":4,"completion_tokens":3,"total_tokens":380}}

`
	for _, body := range []string{events, events + done} {
		call := &genai.Call{}
		x := uploadExchange(uploadOf("x"), "text/event-stream", body)
		x.Marks = []exchange.Mark{{Offset: 100, At: time.Second}, {Offset: 130, At: 2 * time.Second}, {Offset: 9999, At: 5 * time.Second}}
		require.NoError(t, DecodeTranscription(x, nil, call))
		require.Equal(t, " And so", call.Detail.Choices[0].Text)
		require.Equal(t, 3, call.Chunks)
		require.Equal(t, 3*time.Second, call.MaxGap)
		require.Equal(t, len(body) > len(events), call.Outcome == genai.OutcomeOK)
	}
}

// Speaches gave each segment as an answer of its own, and no last event.
func TestTranscriptInAnswers(t *testing.T) {
	f := func(end exchange.End, wantText string, want genai.Outcome, events ...string) {
		t.Helper()
		body := ""
		for _, event := range events {
			body += "data: " + event + "\n\n"
		}
		x := uploadExchange(uploadOf("x"), "text/event-stream; charset=utf-8", body)
		x.End = end
		call := &genai.Call{}
		require.NoError(t, DecodeTranscription(x, nil, call))
		require.Equal(t, wantText, call.Detail.Choices[0].Text)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, 2, call.Chunks)
	}
	f(exchange.Completed, " And so", genai.OutcomeOK, `{"text":" And"}`, `{"text":" so"}`)
	f(exchange.Completed, " And so", genai.OutcomeOK, `{"task":"transcribe","duration":9,"text":" And","words":null}`, `{"task":"transcribe","duration":9,"text":" so","words":null}`)
	f(exchange.UpstreamBroken, " And so", genai.OutcomeUpstreamError, `{"text":" And"}`, `{"text":" so"}`)
	f(exchange.Completed, " And so", genai.OutcomeUpstreamError, `{"text":" And"}`, `{"text":" so"}`, `{"error":{"message":"out of memory"}}`)
	f(exchange.Completed, " And so", genai.OutcomeUpstreamError, `{"type":"transcript.text.delta","delta":" And"}`, `{"type":"transcript.text.delta","delta":" so"}`)
}

func TestFilesAndPictures(t *testing.T) {
	call := &genai.Call{}
	x := &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte(`{"model":"tts-1","input":"hello","voice":"alloy"}`)},
		Response: exchange.Message{Body: []byte("\xff\xfb\x90\x00")}}
	require.NoError(t, DecodeSpeech(x, nil, call))
	require.Equal(t, genai.OperationSpeech, call.Operation)
	require.Equal(t, "tts-1", call.RequestModel)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
	require.True(t, call.Detail.Choices[0].Other)
	require.Empty(t, call.Detail.Choices[0].Text)

	call = &genai.Call{}
	x = &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte(`{"model":"gpt-image-1","prompt":"a cat","n":2}`)},
		Response: exchange.Message{Body: []byte(`{"created":1,"data":[{"b64_json":"AA"},{"b64_json":"BB"}],"usage":{"input_tokens":50,
		"input_tokens_details":{"image_tokens":40,"text_tokens":10},"output_tokens":60,"total_tokens":110}}`)}}
	require.NoError(t, DecodeImages(x, nil, call))
	require.Equal(t, genai.OperationImage, call.Operation)
	require.Len(t, call.Detail.Choices, 2)
	require.Equal(t, genai.Usage{
		Input: genai.Known(50), ImageInput: genai.Known(40), Output: genai.Known(60), Source: genai.UsageReported,
	}, call.Usage)

	call = &genai.Call{}
	x.Status, x.Response.Body = 400, []byte(`{"error":{"message":"rejected by the safety system","type":"image_generation_user_error","code":"content_policy_violation"}}`)
	require.NoError(t, DecodeImages(x, nil, call))
	require.Equal(t, genai.ErrorContentFilter, call.ErrorType)
	require.Empty(t, call.Detail.Choices)
}

// Sound without a head, as PCM is, may begin with any byte.
func TestSoundThatBeginsLikeText(t *testing.T) {
	f := func(body string, want genai.Outcome, wantStream bool) {
		t.Helper()
		call := &genai.Call{}
		x := &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte(`{"model":"tts-1","input":"hello","response_format":"pcm"}`)},
			Response: exchange.Message{Header: exchange.Header("Content-Type: audio/pcm\r\n"), Body: []byte(body)}}
		require.NoError(t, DecodeSpeech(x, nil, call))
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantStream, call.Stream)
		require.Equal(t, want == genai.OutcomeOK, len(call.Detail.Choices) == 1)
	}
	f(":\x01\x02\xff", genai.OutcomeOK, false)
	f("\n\n:\x00\x02\xff", genai.OutcomeOK, false)
	f("{\x00\x01\x02", genai.OutcomeOK, false)
	f("id:\x00", genai.OutcomeOK, false)
	f(`{"error":{"message":"out of memory"}}`, genai.OutcomeUpstreamError, false)
	f(": keep-alive\n\ndata: {\"type\":\"speech.audio.delta\",\"audio\":\"AA==\"}\r\n\r\ndata: {\"type\":\"speech.audio.done\"}\n\n", genai.OutcomeOK, true)
}

func TestPicturesInJSON(t *testing.T) {
	f := func(body string, want int) {
		t.Helper()
		call := &genai.Call{}
		x := &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte(body)}, Response: exchange.Message{Body: []byte(`{"data":[{"b64_json":"AA"}]}`)}}
		require.NoError(t, DecodeImages(x, nil, call))
		require.Equal(t, want, call.InputImages)
		require.Equal(t, "m", call.RequestModel)
	}
	f(`{"model":"m","images":[{"image_url":"data:image/png;base64,AA"},{"file_id":"f"}],"mask":{"file_id":"k"}}`, 3)
	f(`{"model":"m","image":{"type":"image_url","url":"https://x/a.png"}}`, 1) // xAI
	f(`{"model":"m","image":["a","b"]}`, 2)
	f(`{"model":"m","image":null,"images":[],"mask":null}`, 0)
}

// Python's servers read a boundary whose characters should be quoted but are not.
func TestBoundaryWithoutQuotes(t *testing.T) {
	f := func(parameter, boundary string) {
		t.Helper()
		call := &genai.Call{}
		x := uploadExchange(strings.ReplaceAll(uploadOf("x"), "--b", "--"+boundary), "application/json", `{"text":"hello"}`)
		x.Request.Header = exchange.Header("Content-Type: multipart/form-data; " + parameter + "\r\n")
		require.NoError(t, DecodeTranscription(x, nil, call))
		require.Equal(t, "whisper-1", call.RequestModel)
		require.Equal(t, 1, call.InputAudios)
	}
	f(`boundary="----=_Part_1"`, "----=_Part_1")
	f(`boundary=----=_Part_1`, "----=_Part_1")
	f(`charset=utf-8; Boundary===123==; x=y`, "==123==")
	f(`boundary=a/b:c`, "a/b:c")
	f(`boundary="b"; name=a/b`, "b")
}
