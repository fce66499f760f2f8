package llmtapreceiver

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

var (
	benchFields = caller.NewFields([]string{"safety_identifier", "user", "metadata.user_id"})
	benchPaths  = newPaths(createDefaultConfig().(*Config).PathPrefixes)
)

// measured is an exchange that a decoder is measured by.
type measured struct {
	name string
	x    *exchange.Exchange
}

// plainAnswers are answers of about a kilobyte of decoders that do not stream.
var plainAnswers = []struct{ name, method, path, body string }{
	{"embeddings, 1,536 numbers", "POST", "/v1/embeddings", `{"object":"list","model":"m","data":[{"index":0,"embedding":[` + strings.Repeat("-0.0123456,", 1535) +
		`0.5]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`},
	{"embeddings, 1,536 numbers in base64", "POST", "/v1/embeddings", `{"object":"list","model":"m","data":[{"index":0,"embedding":"` + strings.Repeat("mpkZ", 2048) +
		`"}],"usage":{"prompt_tokens":3,"total_tokens":3}}`},
	{"Ollama embed, 1,536 numbers", "POST", "/api/embed", `{"model":"m","embeddings":[[` + strings.Repeat("-0.0123456,", 1535) + `0.5]],"prompt_eval_count":3}`},
	{"Ollama embeddings, 1,536 numbers", "POST", "/api/embeddings", `{"embedding":[` + strings.Repeat("-0.0123456,", 1535) + `0.5]}`},
	{"rerank, 31 results", "POST", "/v1/rerank", `{"results":[` + strings.Repeat(`{"index":1,"relevance_score":0.5},`, 30) +
		`{"index":0,"relevance_score":0.1}],"usage":{"total_tokens":4}}`},
	{"score, 31 results", "POST", "/v1/score", `{"object":"list","data":[` + strings.Repeat(`{"index":0,"object":"score","score":0.5},`, 31) + `{}],"usage":{"prompt_tokens":4}}`},
	{"classify, 31 results", "POST", "/classify", `{"object":"list","data":[` + strings.Repeat(`{"index":0,"label":"a","probs":[0.5,0.5]},`, 31) + `{}],"usage":{"prompt_tokens":4}}`},
	{"pooling, 1,536 numbers", "POST", "/pooling", `{"object":"list","model":"m","data":[{"index":0,"object":"pooling","data":[` + strings.Repeat("-0.0123456,", 1535) +
		`0.5]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`},
	{"embed, 1,536 numbers", "POST", "/v2/embed", `{"id":"e","embeddings":{"float":[[` + strings.Repeat("-0.0123456,", 1535) + `0.5]]},"meta":{"tokens":{"input_tokens":3}}}`},
	{"encode, 1,536 numbers", "POST", "/encode", `{"embedding":[` + strings.Repeat("-0.0123456,", 1535) + `0.5],"meta_info":{"id":"a","prompt_tokens":3}}`},
	{"decisions, 15 answers", "POST", "/v1/decisions", `{"model":"m","answers":[` + strings.Repeat(`{"type":"predicate","name":"is_it","probability":0.9},`, 15) +
		`{}],"usage":{"input_tokens":9,"output_tokens":16}}`},
	{"systemone, 15 answers", "POST", "/v1/systemone", `{"model":"m","answers":{` + strings.Repeat(`"is_it":{"type":"noul","noul":0.9,"confidence":0.9},`, 15) +
		`"a":{}},"usage":{"input_tokens":9,"output_tokens":16}}`},
	{"chat/completions/batch", "POST", "/v1/chat/completions/batch", answeredChat}, {"invocations", "POST", "/invocations", answeredChat},
	{"count_tokens", "POST", "/v1/messages/count_tokens", `{"input_tokens":14}`},
	{"chat/completions/input_tokens", "POST", "/v1/chat/completions/input_tokens", `{"object":"response.input_tokens","input_tokens":14}`},
	{"responses/input_tokens", "POST", "/v1/responses/input_tokens", `{"object":"response.input_tokens","input_tokens":14}`},
	{"responses/compact", "POST", "/v1/responses/compact", `{"id":"r","object":"response.compaction","output":[{"type":"compaction","encrypted_content":"` +
		strings.Repeat("gAAA", 200) + `"}],"usage":{"input_tokens":9,"output_tokens":9,"total_tokens":18}}`},
	{"responses, fetched", "GET", "/v1/responses/r1", fetchedResponse}, {"responses, cancelled", "POST", "/v1/responses/r1/cancel", fetchedResponse},
	{"translation", "POST", "/v1/audio/translations", `{"text":"` + textOfAnswer + `"}`},
	{"agents/completions", "POST", "/v1/agents/completions", answeredChat}, {"fim/completions", "POST", "/v1/fim/completions", answeredChat},
	{"infill", "POST", "/infill", `{"content":"` + textOfAnswer + `","timings/prompt_n":7,"timings/predicted_n":145,"tokens_cached":200}`},
	{"generate", "POST", "/generate", `{"text":"` + textOfAnswer + `","meta_info":{"id":"a","finish_reason":{"type":"stop","matched":2},"prompt_tokens":9,` +
		`"completion_tokens":145,"cached_tokens":8}}`},
	{"generate_stream", "POST", "/generate_stream", "data:" + `{"index":1,"token":{"id":1,"text":"` + textOfAnswer + `","special":false},"generated_text":"` + textOfAnswer +
		`","details":{"finish_reason":"eos_token","generated_tokens":145,"input_length":9}}` + "\n\n"},
	{"image of 1 MB", "POST", "/v1/images/edits", `{"created":1,"data":[{"b64_json":"` + strings.Repeat("iVBORw0K", 1<<17) + `"}]}`},
}

var (
	answeredChat = `{"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + textOfAnswer +
		`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":145,"total_tokens":154}}`
	textOfAnswer    = strings.Repeat(`The quick brown fox jumps.\n`, 25)
	fetchedResponse = `{"id":"r1","object":"response","model":"m","status":"completed","output":[{"id":"m1","type":"message","role":"assistant",` +
		`"content":[{"type":"output_text","text":"` + textOfAnswer + `"}]}],"usage":{"input_tokens":9,"output_tokens":9,"total_tokens":18}}`
)

// measuredAnswers are answers of about a kilobyte to every API, whole and in a stream.
func measuredAnswers() (list []measured) {
	answer := wiretest.Answer{
		ID: "chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW", Model: "qwen3-32b", Text: strings.Repeat("The quick brown fox jumps.\n", 25),
		Usage: &wiretest.Usage{Input: 123, Cached: 64, Output: 45},
	}
	add := func(name, method, path, mediaType, body string) {
		x := answerExchange(path, mediaType, body)
		x.Method, x.Request.Body = method, nil
		list = append(list, measured{name, x})
	}
	for i, api := range streamed {
		if i > 0 && api.path == streamed[i-1].path {
			continue // the same answer framed otherwise
		}
		whole, stream := api.encode(rand.New(rand.NewPCG(1, 1)), answer)
		name := strings.TrimPrefix(strings.TrimPrefix(api.path, "/v1/"), "/")
		add(name, "POST", api.path, "application/json", whole)
		add(fmt.Sprintf("%s, stream of %d events", name, strings.Count(stream, "\n{")+strings.Count(stream, "data: {")), "POST", api.path, api.mediaType, stream)
	}
	for _, p := range plainAnswers {
		add(p.name, p.method, p.path, "application/json", p.body)
	}
	return list
}

// measuredRequests are requests of about 256 KB.
func measuredRequests() (list []measured) {
	message := `{"role":"user","content":"` + strings.Repeat(`The quick brown fox said: \"jumps over\".\n`, 50) + `"}`
	messages := message + strings.Repeat(","+message, 256<<10/len(message))
	tools := `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`
	for _, api := range []struct{ path, list string }{
		{"/v1/chat/completions", "messages"}, {"/v1/responses", "input"}, {"/v1/messages", "messages"}, {"/api/chat", "messages"}, {"/v1/embeddings", "input"},
	} {
		x := answerExchange(api.path, "application/json", `{}`)
		x.Status = 400
		x.Request.Body = []byte(`{"model":"qwen3-32b","user":"ada",` + tools + `,"` + api.list + `":[` + messages + `]}`)
		list = append(list, measured{strings.TrimPrefix(strings.TrimPrefix(api.path, "/v1/"), "/"), x})
	}
	return list
}

func benchmarkDecoders(b *testing.B, list []measured) {
	b.Helper()
	for _, m := range list {
		found, _ := benchPaths.api(m.x.Method, m.x.Target)
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.x.Request.Body) + len(m.x.Response.Body)))
			var call genai.Call // a worker's, which each call becomes
			call.Reuse()
			for b.Loop() {
				call.Become(genai.Call{})
				if err := found.decode(m.x, benchFields, &call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) { benchmarkDecoders(b, measuredAnswers()) }

func BenchmarkRequest(b *testing.B) { benchmarkDecoders(b, measuredRequests()) }

// Every decoder is measured but that of sockets, which reads nothing.
func TestEveryDecoderIsMeasured(t *testing.T) {
	seen := map[uintptr]bool{}
	decoder := func(a *api) uintptr { return reflect.ValueOf(a.decode).Pointer() }
	for _, m := range measuredAnswers() {
		found, _ := benchPaths.api(m.x.Method, m.x.Target)
		require.NotNil(t, found, m.name)
		seen[decoder(found)] = true
	}
	for i := range apis {
		require.True(t, seen[decoder(&apis[i])] || apis[i].socket(), apis[i].path)
	}
}
