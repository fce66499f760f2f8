//go:build linux

package main

import (
	_ "embed" // for program
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// plainAnswer is an answer of about 1 KB as OpenAI gives it.
var plainAnswer = func() []byte {
	body := `{"id":"chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat(`The quick brown fox jumps.\n`, 16) +
		`","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":123,` +
		`"completion_tokens":45,"total_tokens":168,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},` +
		`"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,` +
		`"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"}`
	return []byte("HTTP/1.1 200 OK\r\ndate: Mon, 01 Jun 2026 00:00:00 GMT\r\nserver: uvicorn\r\ncontent-type: application/json\r\n" +
		"content-length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}()

const streamHead = "HTTP/1.1 200 OK\r\ndate: Mon, 01 Jun 2026 00:00:00 GMT\r\nserver: uvicorn\r\n" +
	"content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"

const (
	eventHead = `data: {"id":"chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW","object":"chat.completion.chunk","created":1760000000,` +
		`"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" `
	eventTail  = `"},"logprobs":null,"finish_reason":null}]}` + "\n\n"
	stampBytes = 20
	eventBytes = len(eventHead) + stampBytes + len(eventTail)
	usageEvent = `data: {"id":"chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW","object":"chat.completion.chunk","created":1760000000,` +
		`"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":123,"completion_tokens":64,"total_tokens":187}}` +
		"\n\ndata: [DONE]\n\n"
)

var (
	eventSize = strconv.FormatInt(int64(eventBytes), 16) + "\r\n"
	streamEnd = strconv.FormatInt(int64(len(usageEvent)), 16) + "\r\n" + usageEvent + "\r\n0\r\n\r\n"
)

var origin = time.Now()

// appendEvent appends a chunk with one event, which says when it was due.
func appendEvent(dst []byte, due time.Time) []byte {
	dst = append(append(dst, eventSize...), eventHead...)
	dst = fmt.Appendf(dst, "%0*d", stampBytes, due.Sub(origin).Nanoseconds())
	return append(append(dst, eventTail...), '\r', '\n')
}

// delayOf tells how late an event is at now, and whether it is one of those that say so.
func delayOf(event []byte, now time.Time) (time.Duration, bool) {
	if len(event) != eventBytes {
		return 0, false
	}
	due, err := strconv.ParseInt(string(event[len(eventHead):len(eventHead)+stampBytes]), 10, 64)
	return now.Sub(origin) - time.Duration(due), err == nil
}

// program is what prompts are made of: text of the kind that agents send, with as many quotes and line feeds.
//
//go:embed load.go
var program string

// messageBytes is the text of one message.
const messageBytes = 2 << 10

// makeRequest gives a request as OpenAI's Python client sends it, with a body of about size bytes.
func makeRequest(host string, size int, b behaviour) []byte {
	const head = `{"model":"gpt-4o-mini","user":"ada","messages":[{"role":"system","content":"You are terse."}`
	var body strings.Builder
	body.WriteString(head)
	for text := program; body.Len() < size; {
		n := min(messageBytes, size-body.Len(), len(text))
		message, _ := json.Marshal(text[:n]) // plain ASCII cannot fail
		body.WriteString(`,{"role":"user","content":` + string(message) + `}`)
		if text = text[n:]; text == "" {
			text = program
		}
	}
	if b.events > 0 {
		body.WriteString(`],"stream":true,"stream_options":{"include_usage":true}}`)
	} else {
		body.WriteString(`]}`)
	}
	return []byte("POST /v1/chat/completions?" + b.query() + " HTTP/1.1\r\nHost: " + host + "\r\nAccept-Encoding: gzip, deflate\r\n" +
		"Connection: keep-alive\r\nAccept: application/json\r\nContent-Type: application/json\r\nUser-Agent: OpenAI/Python 2.6.1\r\n" +
		"X-Stainless-Lang: python\r\nX-Stainless-Package-Version: 2.6.1\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\n" +
		"X-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.12.3\r\nAuthorization: Bearer sk-bench-0123456789abcdef\r\n" +
		"X-Stainless-Async: false\r\nx-stainless-retry-count: 0\r\nx-stainless-read-timeout: 600\r\n" +
		"Content-Length: " + strconv.Itoa(body.Len()) + "\r\n\r\n" + body.String())
}
