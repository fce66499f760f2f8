package proxy

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/freeport"
)

func TestAnswerBytesAreThoseOfTheUpstream(t *testing.T) {
	f := func(name, answer string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			addr, rec := startTap(t, answering(t, answer), nil)
			conn, br := dial(t, addr)
			send(t, conn, post(`{"model":"m"}`))
			expect(t, br, answer)
			e := rec.next(t)
			require.Equal(t, exchange.Completed, e.End)
			require.Equal(t, `{"model":"m"}`, string(e.Request.Body))
		})
	}
	f("odd case, order and an empty field", "HTTP/1.1 200 OK\r\nx-ODD:  two  spaces \r\nAccess-Control-Allow-Origin: \r\n"+
		"content-type: application/json\r\nServer: s\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\ncontent-length: 2\r\nDate: never\r\n\r\n{}")
	f("chunked with extension and trailer", "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n"+
		"5;a=b\r\nhello\r\n00A\r\n0123456789\r\n0\r\nx: 1\r\n\r\n")
	f("closed by the upstream", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end")
	f("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")
	f("redirect, which is the client's to follow", "HTTP/1.1 307 Moved\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n")
	f("no content", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n")
	f("interim answer", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
	f("head larger than the first buffer", "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 20<<10)+"\r\nContent-Length: 1\r\n\r\nx")
	f("body larger than a piece", "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"+strings.Repeat("0123456789", 30000))
}

func TestRequestBytesReachTheUpstream(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	requests := make(chan sent, 1)
	up := keeping(t, ok, requests)
	addr, rec := startTap(t, up, nil)
	conn, br := dial(t, addr)

	send(t, conn, "POST /v1/x?a=%20b&c HTTP/1.1\r\nHOST: tap\r\nx-lower: 1\r\nX-Odd:no-space\r\nKeep-Alive: 5\r\n"+
		"Accept-Encoding: gzip, br\r\ncontent-length: 3\r\n\r\nabc")
	expect(t, br, ok)
	require.Equal(t, sent{"POST /v1/x?a=%20b&c HTTP/1.1\r\nHOST: " + up + "\r\nx-lower: 1\r\nX-Odd:no-space\r\n" +
		"Accept-Encoding: gzip, br\r\ncontent-length: 3\r\n\r\n", "abc"}, <-requests)
	e := rec.next(t)
	require.Equal(t, "1", e.Request.Header.Get("X-Lower"))
	require.Equal(t, "abc", string(e.Request.Body))

	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n3;ext\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n")
	expect(t, br, ok)
	chunked := <-requests
	require.Contains(t, chunked.head, "Transfer-Encoding: chunked")
	require.Equal(t, "abcde", chunked.body)
	require.Equal(t, "abcde", string(rec.next(t).Request.Body))

	big := make([]byte, 6<<20)
	_, _ = rand.Read(big)
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nExpect: 100-continue\r\nContent-Length: 6291456\r\n\r\n")
	expect(t, br, "HTTP/1.1 100 Continue\r\n\r\n")
	send(t, conn, string(big))
	expect(t, br, ok)
	expected := <-requests
	require.NotContains(t, expected.head, "Expect")
	require.Equal(t, string(big), expected.body)
	e = rec.next(t)
	require.Equal(t, big[:4<<20], e.Request.Body)
	require.True(t, e.Request.Truncated)
	require.EqualValues(t, 6<<20, e.Request.Size)
}

func TestEventsPassAsTheyArrive(t *testing.T) {
	step := make(chan struct{})
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 3 {
			<-step
			_, _ = io.WriteString(conn, "9\r\ndata: x\n\n\r\n")
		}
		<-step
		_, _ = io.WriteString(conn, "0\r\n\r\n")
		<-step
	})
	addr, rec := startTap(t, up, nil)
	conn, br := dial(t, addr)
	send(t, conn, post("{}"))
	expect(t, br, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 3 {
		step <- struct{}{}
		expect(t, br, "9\r\ndata: x\n\n\r\n") // the next one is sent only after this one was read
	}
	step <- struct{}{}
	expect(t, br, "0\r\n\r\n")
	e := rec.next(t)
	close(step)
	require.Equal(t, strings.Repeat("data: x\n\n", 3), string(e.Response.Body))
	require.Len(t, e.Marks, 4)
	require.EqualValues(t, 27, e.Marks[3].Offset)
}

func TestClientThatLeavesCancelsTheUpstream(t *testing.T) {
	f := func(name, requests, beginning string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			cancelsInTime(t, func() time.Duration {
				began, gone := make(chan struct{}), make(chan time.Time, 1)
				up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
					_, _, _ = readRequest(br)
					_, _ = io.WriteString(conn, beginning)
					close(began)
					_, _ = br.ReadByte()
					gone <- time.Now()
				})
				addr, rec := startTap(t, up, nil)
				conn, br := dial(t, addr)
				send(t, conn, requests)
				<-began
				expect(t, br, beginning)
				left := time.Now()
				require.NoError(t, conn.Close())
				cancelled := (<-gone).Sub(left)
				require.Equal(t, exchange.ClientGone, rec.next(t).End)
				return cancelled
			})
		})
	}
	f("before the first byte", post("{}"), "")
	f("with another request on its way", post("{}")+post("{}"), "")
	f("after an upload", "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "")
	f("in mid-stream", post("{}"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n")
}

func TestFaultsOfTheUpstream(t *testing.T) {
	f := func(name, answer, want string, end exchange.End) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				_, _ = io.WriteString(conn, answer)
			})
			addr, rec := startTap(t, up, nil)
			conn, _ := dial(t, addr)
			send(t, conn, strings.Replace(post("{}"), "Host: tap", "Host: tap\r\nConnection: close", 1))
			got, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Contains(t, string(got), want)
			require.Equal(t, end, rec.next(t).End)
		})
	}
	const broken = `"code":"upstream_broken"`
	f("closes at once", "", broken, exchange.UpstreamBroken)
	f("half a head", "HTTP/1.1 200 OK\r\nContent-Le", broken, exchange.UpstreamBroken)
	f("no HTTP", "SSH-2.0-x\r\n\r\n", broken, exchange.UpstreamBroken)
	f("lies about the length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "10\r\n\r\nabc", exchange.UpstreamBroken)
	const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	f("without a last chunk", chunks+"2\r\nok\r\n", chunks+"2\r\nok\r\n", exchange.UpstreamBroken)
	f("without a last line", chunks+"2\r\nok\r\n0\r\n", chunks+"2\r\nok\r\n0\r\n", exchange.UpstreamBroken)
	f("negative chunk size", chunks+"-2\r\nok\r\n0\r\n\r\n", chunks, exchange.UpstreamBroken)
	f("chunk size over 63 bits", chunks+"ffffffffffffffff\r\nok", chunks, exchange.UpstreamBroken)
	f("chunk ended by a bare line feed", chunks+"2\nok\n0\n\n", chunks, exchange.UpstreamBroken)
	f("chunk longer than its size", chunks+"2\r\nokay\r\n0\r\n\r\n", chunks+"2\r\nok", exchange.UpstreamBroken)
	f("closes after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", broken, exchange.UpstreamBroken)
	f("HTTP/0.9", "hello", broken, exchange.UpstreamBroken)
	f("closes in mid-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "9\r\nabc", exchange.UpstreamBroken)
}

func TestUpstreamUnreachable(t *testing.T) {
	addr, rec := startTap(t, freeport.Address(t), nil)
	conn, _ := dial(t, addr)
	send(t, conn, strings.Replace(post("{}"), "Host: tap", "Host: tap\r\nConnection: close", 1))
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(got), "HTTP/1.1 502 Bad Gateway\r\n")
	require.Contains(t, string(got), "x-llmtap-error: upstream_unreachable\r\n")
	require.Contains(t, string(got), `{"error":{"code":"upstream_unreachable","message":"llmtap: the model server cannot be reached",`)
	e := rec.next(t)
	require.Equal(t, exchange.UpstreamUnreachable, e.End)
	require.Equal(t, 502, e.Status)
}

func TestUpstreamThatHangsTimesOut(t *testing.T) {
	done := make(chan struct{})
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		<-done
	})
	defer close(done)
	addr, rec := startTap(t, up, func(cfg *Config) { cfg.Limits.ResponseTimeout = 50 * time.Millisecond })
	conn, _ := dial(t, addr)
	send(t, conn, "POST /v1/messages HTTP/1.1\r\nHost: tap\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(got), "HTTP/1.1 504 Gateway Timeout\r\n")
	require.Contains(t, string(got), `{"error":{"message":"llmtap: the model server did not answer in time","type":"api_error"},"type":"error"}`)
	require.Equal(t, exchange.UpstreamTimeout, rec.next(t).End)
}

func TestConnectionsAreReused(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	var conns atomic.Int32
	closed := make(chan struct{})
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		conns.Add(1)
		for range 2 { // then the upstream closes the idle connection
			if _, _, err := readRequest(br); err != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
		}
		_ = conn.Close()
		closed <- struct{}{}
	})
	addr, rec := startTap(t, up, nil)
	conn, br := dial(t, addr)
	for range 3 {
		for range 2 {
			send(t, conn, post("{}"))
			expect(t, br, answer)
			require.Equal(t, exchange.Completed, rec.next(t).End)
		}
		<-closed
	}
	require.EqualValues(t, 3, conns.Load())
}

func TestPrefixesSelectUpstreams(t *testing.T) {
	other := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
	addr, rec := startTap(t, answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmain"), func(cfg *Config) {
		cfg.Upstreams = append(cfg.Upstreams, Upstream{Name: "other", URL: cfg.Upstreams[0].URL.JoinPath("base"), Prefix: "/other"})
		u := *cfg.Upstreams[1].URL
		u.Host = other
		cfg.Upstreams[1].URL = &u
	})
	conn, br := dial(t, addr)
	send(t, conn, strings.Replace(post("{}"), "/v1", "/other/v1", 1))
	expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
	e := rec.next(t)
	require.Equal(t, []string{"other", "/v1/chat/completions"}, []string{e.Upstream, e.Target})
	send(t, conn, post("{}"))
	expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmain")
	require.Equal(t, "up", rec.next(t).Upstream)
}

// What is left of a target that is all prefix is still a target.
func TestTargetThatIsAllPrefix(t *testing.T) {
	f := func(target, want string) {
		t.Helper()
		requests := make(chan sent, 1)
		addr, _ := startTap(t, keeping(t, "HTTP/1.1 204 No Content\r\n\r\n", requests), func(cfg *Config) {
			cfg.Upstreams[0].Prefix = "/pre"
		})
		conn, br := dial(t, addr)
		send(t, conn, "GET "+target+" HTTP/1.1\r\nHost: t\r\n\r\n")
		expect(t, br, "HTTP/1.1 204 No Content\r\n\r\n")
		require.Regexp(t, "^GET "+regexp.QuoteMeta(want)+" HTTP/1.1\r\n", (<-requests).head)
	}
	f("/pre", "/")
	f("/pre?x=1", "/?x=1")
	f("http://host/pre", "/")
	f("/pre/", "/")
	f("/pre/v1", "/v1")
}

// HTTP/1.0 knows neither expectations nor interim answers, and a WebSocket needs the connection's consent.
func TestWhatOldClientsDoNotKnow(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	requests := make(chan sent, 1)
	addr, _ := startTap(t, keeping(t, "HTTP/1.1 103 Early Hints\r\n\r\n"+answer, requests), nil)
	f := func(request, want string) {
		t.Helper()
		conn, br := dial(t, addr)
		send(t, conn, request)
		expect(t, br, want)
		require.NotContains(t, (<-requests).head, "Upgrade")
	}
	f("POST /v1/x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", answer)
	f("GET /v1/x HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", answer)
	f("GET /v1/x HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"+answer)
}

func TestCopiesStayWithinTheirBudget(t *testing.T) {
	body := strings.Repeat("x", 8<<10)
	addr, rec := startTap(t, answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 8192\r\n\r\n"+body), func(cfg *Config) {
		cfg.Limits.CopyBytesTotal = 12 << 10
	})
	conn, br := dial(t, addr)
	for range 2 {
		send(t, conn, post(body))
		expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 8192\r\n\r\n"+body)
		e := rec.next(t)
		require.False(t, e.Request.Truncated)
		require.True(t, e.Response.Truncated)
		require.EqualValues(t, 8192, e.Response.Size)
		e.Release() // or the second request would not fit
	}
}

func TestLargeHeadersAreOfTheSameBudget(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	addr, rec := startTap(t, answering(t, answer), func(cfg *Config) {
		cfg.Limits.CopyBytesTotal = 20 << 10
	})
	conn, br := dial(t, addr)
	f := func(lines int) *exchange.Exchange {
		t.Helper()
		fields := strings.Repeat("X-Pad: "+strings.Repeat("x", 1015)+"\r\n", lines) // of 1 KiB
		send(t, conn, "POST /v1/chat/completions HTTP/1.1\r\n"+fields+"Host: tap\r\nContent-Length: 0\r\n\r\n")
		expect(t, br, answer)
		e := rec.next(t)
		e.Request.Header = bytes.Clone(e.Request.Header)
		return e
	}
	one, two := f(17), f(17)
	require.Equal(t, "tap", one.Request.Header.Get("host"))
	require.Equal(t, "tap", two.Request.Header.Get("host"))
	third := f(17).Request.Header
	require.Len(t, third, 8<<10, "the first lines are all that is kept")
	require.True(t, bytes.HasSuffix(third, []byte("x\r\n")))
	require.Equal(t, "tap", f(7).Request.Header.Get("host"), "what most requests have is always kept")
	one.Release()
	require.Equal(t, "tap", f(17).Request.Header.Get("host"))
}
