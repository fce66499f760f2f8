package llmtapreceiver

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/llmtap/llmtap/proxy"
)

// largePrompts are conversations of 256 KB: about a program, and of an agent whose tools answer with JSON.
var largePrompts = func() map[string][]byte {
	user := `,{"role":"user","content":"` + strings.Repeat(`func main() {\n\tfor range 10 {\n\t\tfmt.Println(\"hello\")\n\t}\n}\n`, 33) + `"}`
	result, _ := json.Marshal(strings.Repeat(`{"id":12,"name":"ab","tags":["x","y"],"ok":true},`, 40)) // a text cannot fail
	tool := `,{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":` +
		`"{\"a\":1,\"city\":\"Paris\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":` + string(result) + `}`
	prompt := func(more string, times int) []byte {
		return []byte(`{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are terse."}` + strings.Repeat(more, times) + `]}`)
	}
	return map[string][]byte{"program": prompt(user, 128), "tools": prompt(tool, 96)}
}()

func BenchmarkLargePrompt(b *testing.B) {
	for name, body := range largePrompts {
		b.Run(name, func(b *testing.B) {
			w, x := newWorker(benchRecorder(b)), typicalExchange()
			x.Request.Body, x.Request.Size = body, int64(len(body))
			b.SetBytes(x.Request.Size)
			b.ReportAllocs()
			for b.Loop() {
				if w.record(x); w.gathered.spans.Len() == w.batch.MaxSpans {
					w.flush()
				}
			}
		})
	}
}

// BenchmarkWorstCase is what a call with a large prompt waits for when a ledger is asked.
func BenchmarkWorstCase(b *testing.B) {
	a := newAdmission(nil, benchRecorder(b).decoder)
	for name, body := range largePrompts {
		b.Run(name, func(b *testing.B) {
			r := &proxy.Request{Method: "POST", Target: "/v1/chat/completions", Body: body, BodySize: int64(len(body))}
			b.SetBytes(r.BodySize)
			b.ReportAllocs()
			for b.Loop() {
				a.worstCase(r)
			}
		})
	}
}
