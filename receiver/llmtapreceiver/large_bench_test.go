package llmtapreceiver

import (
	"strings"
	"testing"
)

// BenchmarkLargePrompt is a conversation of 256 KB about a program.
func BenchmarkLargePrompt(b *testing.B) {
	w, x := newWorker(benchRecorder(b)), typicalExchange()
	message := `,{"role":"user","content":"` + strings.Repeat(`func main() {\n\tfor range 10 {\n\t\tfmt.Println(\"hello\")\n\t}\n}\n`, 33) + `"}`
	x.Request.Body = []byte(`{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are terse."}` + strings.Repeat(message, 128) + `]}`)
	x.Request.Size = int64(len(x.Request.Body))
	b.SetBytes(x.Request.Size)
	b.ReportAllocs()
	for b.Loop() {
		if w.record(x); w.gathered.spans.Len() == w.batch.MaxSpans {
			w.handOn()
		}
	}
}
