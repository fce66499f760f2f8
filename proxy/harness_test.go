package proxy

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/llmtap/llmtap/internal/exchange"
)

// cancelMax is how long an upstream may work on for a client that has left.
const cancelMax = 100 * time.Millisecond

// cancelsInTime tries until cancelMax is kept: a machine that is busy with something else may hinder some tries, not all.
func cancelsInTime(t *testing.T, try func() time.Duration) {
	t.Helper()
	var took [10]time.Duration
	for i := range took {
		if took[i] = try(); took[i] < cancelMax {
			return
		}
	}
	t.Fatalf("the upstream learns that its client has left after %v", took)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder keeps what is offered.
type recorder struct{ got chan *exchange.Exchange }

func (r recorder) Offer(e *exchange.Exchange) bool {
	select {
	case r.got <- e:
		return true
	default:
		return false
	}
}

func (r recorder) next(t *testing.T) *exchange.Exchange {
	t.Helper()
	select {
	case e := <-r.got:
		return e
	case <-time.After(30 * time.Second):
		t.Fatal("no exchange was recorded")
		return nil
	}
}

// startTap runs a tap before the upstream and gives its address.
func startTap(t *testing.T, upstream string, change func(*Config)) (string, recorder) {
	t.Helper()
	rec := recorder{got: make(chan *exchange.Exchange, 100)}
	return startTapWith(t, upstream, change, rec), rec
}

func startTapWith(t testing.TB, upstream string, change func(*Config), sink exchange.Sink) string {
	t.Helper()
	addr, _ := serveTap(t, upstream, change, sink)
	return addr
}

func serveTap(t testing.TB, upstream string, change func(*Config), sink exchange.Sink) (string, *Proxy) {
	t.Helper()
	base, err := url.Parse("http://" + upstream)
	require.NoError(t, err)
	cfg := NewConfig()
	cfg.Upstreams = []Upstream{{Name: "up", URL: base}}
	cfg.Record = func(method, path string) bool { return method == "POST" && strings.HasPrefix(path, "/v1/") }
	if change != nil {
		change(&cfg)
	}
	p, err := New(cfg, sink)
	require.NoError(t, err)
	ln := listen(t)
	served := make(chan error, 1)
	go func() { served <- p.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, p.Shutdown(context.Background()))
		require.NoError(t, <-served)
	})
	return ln.Addr().String(), p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return ln
}

// rawUpstream serves each connection with the function, on the bytes of the wire.
func rawUpstream(t testing.TB, serve func(net.Conn, *bufio.Reader)) string {
	t.Helper()
	ln := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn, bufio.NewReader(conn))
			}()
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return ln.Addr().String()
}

// readRequest reads one request from the wire and gives its head as sent and its body.
func readRequest(br *bufio.Reader) (head string, body []byte, err error) {
	var b strings.Builder
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", nil, err
		}
		b.WriteString(line)
		if line == "\r\n" {
			break
		}
	}
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(b.String()), br)))
	if err != nil {
		return "", nil, err
	}
	if strings.Contains(strings.ToLower(b.String()), "content-length") {
		body = make([]byte, req.ContentLength)
		_, err = io.ReadFull(br, body)
		return b.String(), body, err
	}
	if len(req.TransferEncoding) > 0 {
		req, err = http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(b.String()), br)))
		if err == nil {
			body, err = io.ReadAll(req.Body)
		}
	}
	return b.String(), body, err
}

// answering gives an upstream that answers every request with these bytes.
func answering(t *testing.T, answer string) string {
	return keeping(t, answer, make(chan sent))
}

// sent is a request as an upstream got it.
type sent struct{ head, body string }

// keeping is answering that keeps the requests for which there is room.
func keeping(t *testing.T, answer string, requests chan<- sent) string {
	return rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		for {
			head, body, err := readRequest(br)
			if err != nil {
				return
			}
			select {
			case requests <- sent{head, string(body)}:
			default:
			}
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
			if strings.Contains(strings.ToLower(answer), "connection: close") || !framed(answer) {
				return
			}
		}
	})
}

func framed(answer string) bool {
	low := strings.ToLower(answer)
	return strings.Contains(low, "content-length") || strings.Contains(low, "chunked") || strings.Contains(low, " 204 ")
}

func dial(t *testing.T, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn, bufio.NewReader(conn)
}

func send(t *testing.T, w io.Writer, s string) {
	t.Helper()
	_, err := io.WriteString(w, s)
	require.NoError(t, err)
}

// expect reads exactly these bytes.
func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(r, got)
	require.Equal(t, want, string(got[:n]))
	require.NoError(t, err)
}

func post(body string) string {
	return "POST /v1/chat/completions HTTP/1.1\r\nHost: tap\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}

func itoa(n int) string { return strconv.Itoa(n) }
