package llmtapreceiver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// replayer is a server that answers the request that names an answer in x-answer with its exact bytes, cut into pieces.
type replayer struct {
	address string
	mu      sync.Mutex
	answers map[string][]string
}

func newReplayer(t *testing.T) *replayer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &replayer{address: ln.Addr().String(), answers: map[string][]string{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		serving.Wait()
	})
	return p
}

func (p *replayer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	br := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		p.mu.Lock()
		pieces := p.answers[request.Header.Get("x-answer")]
		p.mu.Unlock()
		for _, piece := range pieces {
			_, _ = io.WriteString(conn, piece)
		}
		head, _, _ := strings.Cut(strings.Join(pieces, ""), "\r\n\r\n")
		if strings.Contains(strings.ToLower(head), "connection: close") {
			return
		}
	}
}

// get sends a recorded request to the tap and gives the bytes that come back for the answer in pieces.
func (p *replayer) get(t *testing.T, tap, user string, row *fixture, pieces []string) string {
	t.Helper()
	p.mu.Lock()
	key := fmt.Sprint(len(p.answers))
	p.answers[key] = pieces
	p.mu.Unlock()
	conn, err := net.Dial("tcp", tap)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	x := row.exchange(t)
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\nx-answer: %s\r\nx-llmtap-user: %s\r\n%s\r\n",
		x.Method, x.Target, len(x.Request.Body), key, user, x.Request.Header)
	_, err = conn.Write(append([]byte(head), x.Request.Body...))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	all, err := io.ReadAll(conn)
	require.NoError(t, err, row.ID)
	return string(all)
}

// wire gives the exact bytes of a recorded answer; where only its body was recorded, with a head and framing made up.
func (f *fixture) wire(t *testing.T) string {
	t.Helper()
	if f.RawHTTP != "" {
		raw, err := os.ReadFile(filepath.Join(fixtures, f.RawHTTP))
		require.NoError(t, err)
		return string(raw)
	}
	x := f.exchange(t)
	return f.framed(x.Response.Body, x.Response.Header)
}

// framed gives an answer on the wire: a stream in chunks of a line each, anything else with its length.
func (f *fixture) framed(body []byte, header exchange.Header) string {
	var out strings.Builder
	fmt.Fprintf(&out, "HTTP/1.1 %d Recorded\r\n", f.Status)
	for name, value := range header.Lines {
		switch strings.ToLower(string(name)) {
		case "transfer-encoding", "content-length", "connection":
		default:
			fmt.Fprintf(&out, "%s: %s\r\n", name, value)
		}
	}
	if !f.Stream {
		fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n%s", len(body), body)
		return out.String()
	}
	out.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	for line := range bytes.Lines(body) {
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(line), line)
	}
	return out.String() + "0\r\n\r\n"
}

// cutAt gives the pieces of a text between the offsets.
func cutAt(text string, offsets ...int) (pieces []string) {
	from := 0
	for _, offset := range append(offsets, len(text)) {
		if offset > from {
			pieces = append(pieces, text[from:offset])
			from = offset
		}
	}
	return pieces
}

// randomCuts gives up to ten offsets in order.
func randomCuts(random *rand.Rand, length int) (offsets []int) {
	at := 0
	for range random.IntN(10) {
		at += random.IntN(length - at + 1)
		offsets = append(offsets, at)
	}
	return offsets
}

// everyOffsetBytes is up to what size an answer is cut at every offset.
const everyOffsetBytes = 350

// Every recording passes the tap byte by byte, however it is cut, framed and commented, and is the call that it is to
// the decoder, which TestFixtures compares with what others read.
func TestFixturesThroughTheTap(t *testing.T) {
	rows := readManifest[fixture](t)
	replay := newReplayer(t)
	spans := map[string]*genai.Call{}
	r := startBefore(t, "http://"+replay.address, func(cfg *Config) {
		cfg.Usage = UsageObserve
		cfg.Limits.PlainBodyBytes = 64 << 20
	})
	tap := strings.TrimPrefix(r.url, "http://")
	random := rand.New(rand.NewPCG(1, 1))
	known, _ := newDecoder()
	known.plainBytesMax = 64 << 20
	isCall := func(row *fixture) bool { return known.paths.isModelCall(strings.ToUpper(row.Method), row.Path) }
	sent, calls := 0, 0
	for i := range rows {
		row := &rows[i]
		wire := row.wire(t)
		pass := func(wire string, offsets ...int) {
			require.Equal(t, wire, replay.get(t, tap, row.ID, row, cutAt(wire, offsets...)), "%s cut at %v", row.ID, offsets)
			sent++
			if isCall(row) {
				calls++
			}
		}
		pass(wire)
		pass(wire, randomCuts(random, len(wire))...)
		if len(wire) <= everyOffsetBytes {
			for offset := range wire {
				pass(wire, offset)
			}
		}
		if row.Stream && !strings.HasSuffix(row.Response, ".gz") {
			x := row.exchange(t)
			for _, variant := range []func([]byte) []byte{
				func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) },
				func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("data: "), []byte(": keep\ndata: ")) },
			} {
				other := row.framed(variant(x.Response.Body), x.Response.Header)
				pass(other, randomCuts(random, len(other))...)
			}
		}
	}
	t.Logf("%d answers of %d recordings passed as they were", sent, len(rows))
	for _, call := range r.calls(t, calls) {
		spans[call.Caller.Hint("llmtap.caller.header.x-llmtap-user")] = &call
	}
	for i := range rows {
		row := &rows[i]
		if isCall(row) {
			require.Equal(t, summary(throughSpan(t, known.call(row.exchange(t)))), summary(spans[row.ID]), row.ID)
		}
	}
}

// throughSpan gives what is left of a call when it was a span.
func throughSpan(t *testing.T, call *genai.Call) *genai.Call {
	t.Helper()
	span := ptrace.NewSpan()
	genai.PutSpan(call, span)
	var read genai.Call
	require.True(t, genai.ReadSpan(span, &read))
	return &read
}

// summary is what a recording decides of its call.
func summary(c *genai.Call) string {
	text, _ := json.Marshal([]any{
		c.Operation, c.Provider, c.RequestModel, c.ResponseModel, c.Stream, c.HTTPStatus, c.Outcome, c.ErrorType, c.FinishReasons,
		c.ResponseID, c.SystemFingerprint, c.Usage, c.ToolsOffered, c.ToolCalls, c.ToolNames, c.ToolCallHash, c.PromptHash,
		c.PromptVersion, c.Turn, c.RequestTruncated, c.ResponseTruncated,
	})
	return string(text)
}

// unaskedUsage are recordings of servers that send usage unasked in the form in which others send it when asked, with
// what is taken out. Nobody can tell them apart; the README says usage: observe for these.
var unaskedUsage = map[string]string{
	"e70b14e0e7-chat": "Hugging Face's router ends every stream with an event that has only usage",
}

// A server that takes no notice of being asked for usage is not altered: what was recorded for a client that did not ask
// passes byte by byte in spite of the filter.
func TestFixturesWithInjectedUsage(t *testing.T) {
	replay := newReplayer(t)
	r := startBefore(t, "http://"+replay.address, nil)
	tap := strings.TrimPrefix(r.url, "http://")
	altered := map[string]string{}
	for _, row := range readManifest[fixture](t) {
		wire := row.wire(t)
		if body(wire) != body(replay.get(t, tap, row.ID, &row, cutAt(wire))) {
			altered[row.ID] = unaskedUsage[row.ID]
		}
	}
	require.Equal(t, unaskedUsage, altered)
}
