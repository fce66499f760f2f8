package openai

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/coding"
)

// fixtures is a folder of recorded exchanges beside the repository; it is not part of it.
const fixtures = "../../../../../shared/fixtures"

type fixture struct {
	ID, Vendor, Kind, Request, Response string
	Status                              int
	Stream                              bool
	Headers                             map[string]string
	Expect                              struct {
		Model         *string
		Usage         map[string]any
		FinishReasons []*string                           `json:"finish_reasons"`
		ToolCalls     []struct{ ID, Name, Arguments any } `json:"tool_calls"`
		TextSHA1      map[string]string                   `json:"text_sha1"`
		ReasoningLen  map[string]int                      `json:"reasoning_len"`
		Done          bool
		Error         any
	}
}

func readFixtures(t testing.TB, kind string) (rows []fixture) {
	file, err := os.Open(filepath.Join(fixtures, "manifest.jsonl"))
	if os.IsNotExist(err) {
		t.Skip("SKIPPED: no recorded exchanges at " + fixtures)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row fixture
		require.NoError(t, json.Unmarshal(lines.Bytes(), &row))
		if row.Kind == kind {
			rows = append(rows, row)
		}
	}
	require.NoError(t, lines.Err())
	return rows
}

func (f *fixture) exchange(t testing.TB) *exchange.Exchange {
	t.Helper()
	read := func(name string) []byte {
		if name == "" {
			return nil
		}
		body, err := os.ReadFile(filepath.Join(fixtures, name))
		require.NoError(t, err)
		if strings.HasSuffix(name, ".gz") {
			body, _, _, err = coding.Decode("gzip", body, nil, 64<<20)
			require.NoError(t, err)
		}
		return body
	}
	var header strings.Builder
	for name, value := range f.Headers {
		header.WriteString(name + ": " + value + "\r\n")
	}
	body := read(f.Response)
	return &exchange.Exchange{
		Method: "POST", Target: "/v1/chat/completions", Status: f.Status,
		Request:  exchange.Message{Body: read(f.Request)},
		Response: exchange.Message{Header: exchange.Header(header.String()), Body: body, Size: int64(len(body))},
	}
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
	rows := readFixtures(t, "chat")
	excepted := exceptions(t)
	var wrong []string
	for _, row := range rows {
		var call genai.Call
		x := row.exchange(t)
		if err := DecodeChat(x, nil, &call); err != nil && !excepted[row.ID+" json"] {
			wrong = append(wrong, row.ID+" json: "+err.Error())
		}
		check := func(field string, want, got any) {
			key := row.ID + " " + field
			if equal := jsonText(want) == jsonText(got); equal && excepted[key] {
				wrong = append(wrong, key+": listed as an exception, but equal")
			} else if !equal && !excepted[key] {
				wrong = append(wrong, key+": want "+jsonText(want)+" got "+jsonText(got))
			}
		}
		row.compare(&call, check)
	}
	require.Empty(t, strings.Join(wrong, "\n"), "%d fields of %d rows", len(wrong), len(rows))
	t.Logf("%d recorded exchanges agree", len(rows))
}

func jsonText(v any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return strings.TrimSpace(out.String())
}

func (f *fixture) compare(call *genai.Call, check func(field string, want, got any)) {
	want := ""
	if f.Expect.Model != nil {
		want = *f.Expect.Model
	}
	check("model", want, call.ResponseModel)
	check("stream", f.Stream, call.Stream)
	check("error", f.Expect.Error != nil, call.ErrorType != "" && call.ErrorType != genai.ErrorStreamBroken)
	if f.Stream {
		check("done", f.Expect.Done, call.Detail.Done)
	}

	reasons := []string{}
	for _, reason := range f.Expect.FinishReasons {
		if reason != nil {
			reasons = append(reasons, *reason)
		}
	}
	check("finish_reasons", reasons, append([]string{}, call.FinishReasons...))

	type toolCall struct{ ID, Name, Arguments any }
	wantCalls, gotCalls := []toolCall{}, []toolCall{}
	for _, c := range f.Expect.ToolCalls {
		wantCalls = append(wantCalls, toolCall{orEmpty(c.ID), orEmpty(c.Name), orEmpty(c.Arguments)})
	}
	texts := map[string]string{}
	for _, choice := range call.Detail.Choices {
		for _, c := range choice.ToolCalls {
			gotCalls = append(gotCalls, toolCall{c.ID, c.Name, c.Arguments})
		}
		if choice.Text != "" || f.Expect.TextSHA1[strconv.Itoa(choice.Index)] == emptySHA1 {
			sum := sha1.Sum([]byte(choice.Text))
			texts[strconv.Itoa(choice.Index)] = hex.EncodeToString(sum[:])[:12]
		}
	}
	check("tool_calls", wantCalls, gotCalls)
	if f.Stream {
		check("text", f.Expect.TextSHA1, texts)
	}
	check("usage", wantUsage(f.Expect.Usage), gotUsage(call))
}

// emptySHA1 is what the recordings have for a choice whose text is there and empty.
const emptySHA1 = "da39a3ee5e6b"

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// wantUsage gives the counts that the wire has, under the names of the wire.
func wantUsage(wire map[string]any) map[string]int64 {
	want := map[string]int64{}
	at := func(name string, path ...string) {
		var v any = wire
		for _, step := range path {
			object, _ := v.(map[string]any)
			v = object[step]
		}
		if n, ok := v.(float64); ok {
			want[name] = int64(n)
		}
	}
	at("input", "prompt_tokens")
	at("output", "completion_tokens")
	at("cached", "prompt_cache_hit_tokens")
	at("cached", "num_cached_tokens")
	at("cached", "cached_tokens")
	at("cached", "prompt_tokens_details", "cached_tokens")
	at("cache_write", "prompt_tokens_details", "cache_write_tokens")
	at("audio_in", "prompt_tokens_details", "audio_tokens")
	at("image_in", "prompt_tokens_details", "image_tokens")
	at("reasoning", "completion_tokens_details", "reasoning_tokens")
	at("audio_out", "completion_tokens_details", "audio_tokens")
	at("image_out", "completion_tokens_details", "image_tokens")
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
