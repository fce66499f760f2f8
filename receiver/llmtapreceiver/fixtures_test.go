package llmtapreceiver

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// fixtures is a folder of recorded exchanges beside the repository; it is not part of it. Each has been read by an
// independent decoder.
const fixtures = "../../../shared/fixtures"

type fixture struct {
	ID, Vendor, Method, Path, Kind, Request, Response string
	RawHTTP                                           string `json:"raw_http"`
	Status                                            int
	Stream                                            bool
	Headers                                           map[string]string
	Expect                                            struct {
		Model         *string
		Usage         map[string]any
		Status        *string
		Incomplete    map[string]any
		FinishReasons []*string         `json:"finish_reasons"`
		ToolCalls     []map[string]any  `json:"tool_calls"`
		TextSHA1      map[string]string `json:"text_sha1"`
		TextLen       map[string]int    `json:"text_len"`
		Done          bool
		Final         *string
		Error         any
	}
}

// readManifest reads what the folder's list says of each exchange.
func readManifest[T any](t testing.TB) (rows []T) {
	t.Helper()
	file, err := os.Open(filepath.Join(fixtures, "manifest.jsonl"))
	if os.IsNotExist(err) {
		t.Skip("SKIPPED: no recorded exchanges at " + fixtures)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &row))
		rows = append(rows, row)
	}
	require.NoError(t, lines.Err())
	return rows
}

func (f *fixture) exchange(t testing.TB) *exchange.Exchange {
	t.Helper()
	message := func(name string) (m exchange.Message) {
		if name == "" {
			return m
		}
		body, err := os.ReadFile(filepath.Join(fixtures, name))
		require.NoError(t, err)
		m.Body, m.Size = body, int64(len(body))
		if strings.HasSuffix(name, ".gz") {
			m.Header = exchange.Header("content-encoding: gzip\r\n")
		}
		return m
	}
	x := &exchange.Exchange{
		Method: strings.ToUpper(f.Method), Target: f.Path, Status: f.Status, Request: message(f.Request), Response: message(f.Response),
	}
	for name, value := range f.Headers {
		if name != "content-encoding" { // the bodies that are still compressed say so by their names
			x.Response.Header = append(x.Response.Header, name+": "+value+"\r\n"...)
		}
	}
	return x
}

// exceptions are rows in which we differ on purpose, with the reason, one per line: id, tab, field, tab, reason.
func exceptions(t testing.TB) map[string]bool {
	body, err := os.ReadFile("testdata/fixture_exceptions.tsv")
	require.NoError(t, err)
	out := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(body)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		require.Len(t, columns, 3, line)
		require.NotEmpty(t, columns[2])
		out[columns[0]+" "+columns[1]] = true
	}
	return out
}

func TestFixtures(t *testing.T) {
	rows := readManifest[fixture](t)
	excepted := exceptions(t)
	used := map[string]bool{}
	var wrong []string
	for _, row := range rows {
		check := func(field string, want, got any) {
			key := row.ID + " " + field
			equal := jsonText(want) == jsonText(got)
			used[key] = !equal
			if !equal && !excepted[key] {
				wrong = append(wrong, key+": want "+jsonText(want)+" got "+jsonText(got))
			}
		}
		d, failures := newDecoder()
		d.plainBytesMax = 64 << 20
		call := d.call(row.exchange(t))
		check("failures", []string{}, append([]string{}, *failures...))
		if row.Kind == "models" {
			check("operation", "", call.Operation)
			continue
		}
		if check("operation", operationOf(row.Kind, row.Path), call.Operation); call.Detail != nil {
			row.compare(call, check)
		}
	}
	for key := range excepted {
		if !used[key] {
			wrong = append(wrong, key+": listed as an exception, but equal")
		}
	}
	require.Empty(t, strings.Join(wrong, "\n"), "%d fields of %d rows", len(wrong), len(rows))
	t.Logf("%d recorded exchanges agree, %d fields excepted", len(rows), len(excepted))
}

func operationOf(kind, path string) genai.Operation {
	switch kind {
	case "completions", "ollama.generate":
		return genai.OperationTextCompletion
	case "embeddings", "ollama.embed":
		return genai.OperationEmbeddings
	case "rerank":
		return genai.OperationRerank
	case "messages.count_tokens":
		return genai.OperationCountTokens
	case "responses.item":
		switch {
		case strings.HasSuffix(path, "/compact"):
			return genai.OperationCompact
		case strings.HasSuffix(path, "/input_tokens"):
			return genai.OperationCountTokens
		}
		return genai.OperationFetchResponse
	}
	return genai.OperationChat
}

func jsonText(v any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return strings.TrimSpace(out.String())
}

func (f *fixture) compare(call *genai.Call, check func(field string, want, got any)) {
	check("model", deref(f.Expect.Model), call.ResponseModel)
	check("stream", f.Stream, call.Stream)
	if f.Status < 400 {
		check("error", f.Expect.Error != nil, call.ErrorType != "")
	} else {
		check("error", true, call.ErrorType != "")
	}
	if f.Stream && (f.Kind == "chat" || f.Kind == "completions") {
		check("done", f.Expect.Done, call.Detail.Done)
	}
	if f.Stream && f.Kind == "responses" {
		check("final", f.Expect.Final != nil, call.Detail.Done)
	}
	check("finish_reasons", f.finishReasons(), append([]string{}, call.FinishReasons...))
	f.compareChoices(call, check)
	check("usage", f.usage(), gotUsage(call))
	check("cost", f.cost(), call.Cost)
}

// cost is what the server states of it: OpenRouter in dollars, xAI in ticks. No recording is of a caller's own key.
func (f *fixture) cost() genai.Cost {
	usd, ok := f.Expect.Usage["cost"].(float64)
	if ticks, isTicks := f.Expect.Usage["cost_in_usd_ticks"].(float64); isTicks {
		usd, ok = ticks/1e10, true
	}
	if !ok {
		return genai.Cost{}
	}
	return genai.Cost{Amount: genai.NanoUSDFrom(usd), Known: true, Source: genai.CostReported}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// finishReasons gives those that the recording has; the Responses API has a status and a reason in their place.
func (f *fixture) finishReasons() []string {
	reasons := []string{}
	for _, reason := range f.Expect.FinishReasons {
		if reason != nil {
			reasons = append(reasons, *reason)
		}
	}
	status := deref(f.Expect.Status)
	if status == "" || status == "queued" || status == "in_progress" {
		return reasons
	}
	if reason, ok := f.Expect.Incomplete["reason"].(string); ok {
		status = reason
	}
	return append(reasons, status)
}

func (f *fixture) compareChoices(call *genai.Call, check func(field string, want, got any)) {
	type toolCall struct{ ID, Name, Arguments any }
	wantCalls, gotCalls := []toolCall{}, []toolCall{}
	for _, c := range f.Expect.ToolCalls {
		if function, ok := c["function"].(map[string]any); ok {
			c["name"], c["arguments"] = function["name"], function["arguments"]
		}
		wantCalls = append(wantCalls, toolCall{orEmpty(c["id"]), orEmpty(c["name"]), canonical(c["arguments"])})
	}
	hashes, lengths := map[string]string{}, map[string]int{}
	for _, choice := range call.Detail.Choices {
		for _, c := range append(choice.ToolCalls, choice.ServerCalls...) {
			if strings.HasPrefix(c.ID, "mcptoolu_") { // which the fixtures leave out
				continue
			}
			gotCalls = append(gotCalls, toolCall{c.ID, c.Name, canonical(c.Arguments)})
		}
		index := strconv.Itoa(choice.Index)
		if choice.Text != "" || f.Expect.TextSHA1[index] == emptySHA1 {
			sum := sha1.Sum([]byte(choice.Text))
			hashes[index] = hex.EncodeToString(sum[:])[:12]
		}
		if choice.Text != "" {
			lengths[index] = len([]rune(choice.Text))
		}
	}
	for _, calls := range [][]toolCall{wantCalls, gotCalls} {
		slices.SortStableFunc(calls, func(a, b toolCall) int { return strings.Compare(jsonText(a), jsonText(b)) })
	}
	check("tool_calls", wantCalls, gotCalls)
	if f.Expect.TextSHA1 != nil {
		check("text", f.Expect.TextSHA1, hashes)
	}
	if f.Expect.TextLen != nil {
		maps.DeleteFunc(f.Expect.TextLen, func(_ string, length int) bool { return length == 0 })
		check("text_len", f.Expect.TextLen, lengths)
	}
}

// emptySHA1 is what the recordings have for a choice whose text is there and empty.
const emptySHA1 = "da39a3ee5e6b"

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// canonical gives arguments, JSON or a text of it, in one form.
func canonical(arguments any) string {
	text, ok := arguments.(string)
	if !ok && arguments != nil {
		text = jsonText(arguments)
	}
	if out, ok := jsonscan.AppendCanonical(nil, []byte(text)); ok {
		return string(out)
	}
	return text
}

// usage gives the counts that the wire has, by the meaning that a Call gives them.
func (f *fixture) usage() map[string]int64 {
	want := map[string]int64{}
	if f.Kind == "responses.item" && !strings.HasSuffix(f.Path, "/compact") {
		return want // the tokens are those of the call that made the response
	}
	at := func(name string, path ...string) {
		var v any = f.Expect.Usage
		for _, step := range path {
			object, _ := v.(map[string]any)
			v = object[step]
		}
		if n, ok := v.(float64); ok {
			want[name] = int64(n)
		}
	}
	if f.Kind == "embeddings" || f.Kind == "rerank" {
		at("input", "total_tokens")
	}
	for _, input := range []string{"prompt_tokens", "input_tokens"} {
		at("input", input)
		at("cached", input+"_details", "cached_tokens")
		at("cache_write", input+"_details", "cache_write_tokens")
		at("audio_in", input+"_details", "audio_tokens")
		at("image_in", input+"_details", "image_tokens")
	}
	for _, output := range []string{"completion_tokens", "output_tokens"} {
		at("output", output)
		at("reasoning", output+"_details", "reasoning_tokens")
		at("reasoning", output+"_details", "thinking_tokens")
		at("audio_out", output+"_details", "audio_tokens")
		at("image_out", output+"_details", "image_tokens")
	}
	for _, cached := range []string{"prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens", "cache_read_input_tokens"} {
		if _, ok := want["cached"]; !ok {
			at("cached", cached)
		}
	}
	at("cache_write", "cache_creation_input_tokens")
	at("input", "prompt_eval_count")
	at("output", "eval_count")
	if f.Kind == "messages" {
		if _, ok := want["input"]; ok {
			want["input"] += want["cached"] + want["cache_write"]
		}
	}
	return want
}

func gotUsage(call *genai.Call) map[string]int64 {
	got := map[string]int64{}
	if call.Usage.Source != genai.UsageReported {
		return got
	}
	put := func(name string, c genai.Count) {
		if c.Known {
			got[name] = c.N
		}
	}
	u := &call.Usage
	put("input", u.Input)
	put("output", u.Output)
	put("cached", u.CacheRead)
	put("cache_write", u.CacheWrite)
	put("audio_in", u.AudioInput)
	put("image_in", u.ImageInput)
	put("reasoning", u.Reasoning)
	put("audio_out", u.AudioOutput)
	put("image_out", u.ImageOutput)
	return got
}
