//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// playOllama answers as Ollama does: streams unless told not to, one JSON object per line, counts in the last.
func playOllama(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Model  string
		Stream *bool
	}
	_ = json.NewDecoder(r.Body).Decode(&request)
	if request.Model == "missing" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"error":"model 'missing' not found"}`)
		return
	}
	const head = `{"model":"llama3.2","created_at":"2026-11-01T10:00:00.123456789Z",`
	const counts = `"done_reason":"stop","done":true,"total_duration":5191566416,"load_duration":2154458,"prompt_eval_count":26,` +
		`"prompt_eval_duration":383809000,"eval_count":3,"eval_duration":4799921000}`
	said := func(text string) string {
		if r.URL.Path == "/api/chat" {
			return fmt.Sprintf(`"message":{"role":"assistant","content":%q},`, text)
		}
		return fmt.Sprintf(`"response":%q,`, text)
	}
	switch {
	case r.URL.Path == "/api/embed":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = fmt.Fprint(w, `{"model":"llama3.2","embeddings":[[0.1,-0.2]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":2}`)
	case request.Stream != nil && !*request.Stream:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = fmt.Fprint(w, head+said("Hello to you")+counts)
	default:
		w.Header().Set("Content-Type", "application/x-ndjson")
		for _, word := range strings.SplitAfter("Hello to you", " ") {
			_, _ = fmt.Fprintln(w, head+said(word)+`"done":false}`)
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = fmt.Fprintln(w, head+said("")+counts)
	}
}
