package ollama

import (
	"testing"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

const lineStream = "application/x-ndjson"

func FuzzDecodeChat(f *testing.F) {
	wiretest.Fuzz(f, DecodeChat, lineStream, wiretest.OllamaChat, "{\"message\":{\"content\":\"a\"},\"done\":false}\r\n{\"error\":\"m\"}\r\n")
}

func FuzzDecodeGenerate(f *testing.F) {
	wiretest.Fuzz(f, DecodeGenerate, lineStream, wiretest.OllamaGenerate)
}

func FuzzDecodeEmbed(f *testing.F) {
	wiretest.Fuzz(f, DecodeEmbed, "application/json", wiretest.OllamaGenerate, `{"model":"m","embeddings":[[0.1,0.2]],"prompt_eval_count":2}`)
}

func FuzzDecodeEmbeddings(f *testing.F) {
	wiretest.Fuzz(f, DecodeEmbeddings, "application/json", wiretest.OllamaGenerate, `{"embedding":[0.1,0.2]}`)
}
