package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

func readTranscriptMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	if string(key) == "response_format" {
		p.Detail.Transcript = &genai.Transcript{Asked: jsonscan.Word(r.Name())}
		return
	}
	readMember(p, key, r)
}

// format gives that of a transcript; empty where nothing was said, or nothing tells it.
func (a *mediaAnswer) format(body []byte) string {
	text := bytes.TrimLeft(body, "\ufeff \t\r\n")
	switch {
	case len(text) == 0:
		return ""
	case a.inJSON && a.verbose:
		return "verbose_json"
	case a.inJSON:
		return "json"
	case text[0] == '{': // JSON without text, or a text that looks like it
		return ""
	case bytes.HasPrefix(text, []byte("WEBVTT")):
		return "vtt"
	case bytes.Contains(text, []byte("-->")):
		return "srt"
	}
	return "text"
}
