package proxy

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// counting is an upstream that counts the requests that it sees, by the most lenient reading: each line that looks like
// a request line begins one.
type counting struct {
	mu    sync.Mutex
	bytes strings.Builder
}

func (c *counting) serve(conn net.Conn, br *bufio.Reader) {
	for {
		line, err := br.ReadString('\n')
		c.mu.Lock()
		c.bytes.WriteString(line)
		c.mu.Unlock()
		if err != nil {
			return
		}
		if strings.Trim(line, "\r\n") == "" {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}
}

// seen gives all bytes so far.
func (c *counting) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes.String()
}

func requestLines(seen string) (n int) {
	for line := range strings.SplitSeq(strings.ReplaceAll(seen, "\r", "\n"), "\n") {
		if strings.Contains(line, " HTTP/") {
			n++
		}
	}
	return n
}

// The upstream never sees more requests than the client has sent by HTTP's rules.
func TestRequestsCannotBeSmuggled(t *testing.T) {
	f := func(name, request string, atMost int) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := new(counting)
			addr, _ := startTap(t, rawUpstream(t, up.serve), nil)
			conn, _ := dial(t, addr)
			send(t, conn, request)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			got, err := io.ReadAll(conn)
			require.NoError(t, err)
			seen := up.seen()
			require.LessOrEqual(t, requestLines(seen), atMost, "%s\nanswer: %s", seen, got)
			require.LessOrEqual(t, strings.Count(string(got), "HTTP/1.1 "), max(atMost, 1))
			if atMost == 0 {
				require.Regexp(t, `^HTTP/1\.1 4(00|31) `, string(got))
			}
		})
	}
	const inner = "GET /admin HTTP/1.1\r\nHost: t\r\n\r\n"
	head := func(fields string) string { return "POST /v1/x HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n\r\n" }

	f("CL.TE", head("Content-Length: 38\r\nTransfer-Encoding: chunked")+"0\r\n\r\n"+inner, 0)
	f("TE.CL", head("Transfer-Encoding: chunked\r\nContent-Length: 3")+"5\r\nhello\r\n0\r\n\r\n"+inner, 0)
	f("TE.TE, odd case", head("Transfer-Encoding: chunked\r\ntransfer-encoding: identity")+"0\r\n\r\n"+inner, 0)
	f("TE with a tab", head("Transfer-Encoding:\tchunked\r\nContent-Length: 4")+"0\r\n\r\n"+inner, 0)
	f("TE with a vertical tab", head("Transfer-Encoding: \x0bchunked\r\nContent-Length: 5")+"0\r\n\r\n"+inner, 0)
	f("TE with a space before the colon", head("Transfer-Encoding : chunked\r\nContent-Length: 5")+"0\r\n\r\n"+inner, 0)
	f("TE in a folded line", head("X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5")+"0\r\n\r\n"+inner, 0)
	f("TE unknown", head("Transfer-Encoding: xchunked")+"0\r\n\r\n", 0)
	f("TE of identity", head("Transfer-Encoding: identity\r\nContent-Length: 1")+"a", 0)
	f("TE list", head("Transfer-Encoding: gzip, chunked")+"0\r\n\r\n"+inner, 0)
	f("TE quoted", head("Transfer-Encoding: \"chunked\"\r\nContent-Length: 5")+"0\r\n\r\n"+inner, 0)
	f("equal lengths", head("Content-Length: 0\r\nContent-Length: 0")+inner, 0)
	f("two lengths", head("Content-Length: 1\r\nContent-Length: 2")+"ab", 0)
	f("list of lengths", head("Content-Length: 0, 0")+inner, 0)
	f("length with a sign", head("Content-Length: +0")+inner, 0)
	f("negative length", head("Content-Length: -1")+inner, 0)
	f("hexadecimal length", head("Content-Length: 0x0")+inner, 0)
	f("length over 63 bits", head("Content-Length: 18446744073709551617")+"a"+inner, 0)
	f("length with an inner space", head("Content-Length: 1 0")+inner, 0)
	f("empty length", head("Content-Length: ")+inner, 0)
	f("bare CR in a value", head("X: a\rContent-Length: 5")+inner, 0)
	f("bare LF in a value", head("X: a\nContent-Length: 5")+inner, 0)
	f("zero byte", head("X: a\x00b")+inner, 0)
	f("zero byte in a name", head("X\x00Y: b")+inner, 0)
	f("line without a colon", head("nonsense")+inner, 0)
	f("empty name", head(": x")+inner, 0)
	f("request line with a bare CR", "GET / HTTP/1.1\rHost: a\r\nHost: t\r\n\r\n", 0)
	f("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 0)
	f("no host", "GET / HTTP/1.1\r\n\r\n", 0)
	f("space in the target", "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("request line in the target", "GET /a%0d%0aX:%20b HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("control byte in the target", "GET /a\x01b HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("authority without a path", "GET http://evil HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("no authority", "GET http:///v1/models HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0)
	f("unknown version", "GET / HTTP/1.2\r\nHost: t\r\n\r\n", 0)
	f("HTTP/0.9", "GET /\r\n\r\n", 0)
	f("chunk size too long", head("Transfer-Encoding: chunked")+"00000000000000000000\r\n\r\n"+inner, 1)
	f("chunk size with a sign", head("Transfer-Encoding: chunked")+"-1\r\n"+inner, 1)
	f("chunk ended by a bare LF", head("Transfer-Encoding: chunked")+"0\n\n"+inner, 1)
	f("chunk extension with a bare LF", head("Transfer-Encoding: chunked")+"0;a\n\r\n"+inner, 1)
	f("pipelined behind a length", head("Content-Length: 3")+"abc"+inner, 2)
	f("pipelined behind chunks", head("Transfer-Encoding: chunked")+"3\r\nabc\r\n0\r\n\r\n"+inner, 2)
	f("hidden in a trailer", head("Transfer-Encoding: chunked")+"0\r\nX: y\r\n\r\n", 1)
	f("unknown upgrade with a body", head("Upgrade: x\r\nConnection: Upgrade\r\nContent-Length: 35")+inner+"xx", 2)
	f("websocket upgrade with a body", head("Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 33")+inner, 0)
	f("chunks in HTTP/1.0", "POST /v1/x HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+inner, 0)
	f("CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 0)
	f("CONNECT to a path", "CONNECT /x HTTP/1.1\r\nHost: t\r\n\r\n"+inner, 0)
	f("CONNECT to an absolute target", "CONNECT http://evil/x HTTP/1.1\r\nHost: t\r\n\r\n"+inner, 0)
	f("TE with a space in its name", head("Transfer Encoding: chunked")+"0\r\n\r\n"+inner, 0)
	f("length behind a space in its name", head("X Content-Length: 5")+inner, 0)
	f("TE alone with a vertical tab", head("Transfer-Encoding: \x0bchunked")+"0\r\n\r\n"+inner, 0)
	f("TE alone with a letter that folds", head("Transfer-Encoding: chun\u212aed")+"0\r\n\r\n"+inner, 0)
	f("TE alone with a space of another kind", head("Transfer-Encoding: chunked\u00a0")+"0\r\n\r\n"+inner, 0)
	f("TE with a comma", head("Transfer-Encoding: chunked,")+"0\r\n\r\n"+inner, 0)
	f("TE with a parameter", head("Transfer-Encoding: chunked;q=1")+"0\r\n\r\n"+inner, 0)
	f("TE that the connection is to drop", head("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked")+"5\r\nhello\r\n0\r\n\r\n"+inner, 2)
	f("length with leading zeros", head("Content-Length: 005")+"hello"+inner, 2)
	f("length in a trailer", head("Transfer-Encoding: chunked")+"0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n"+inner, 2)
	f("trailer with a bare LF", head("Transfer-Encoding: chunked")+"0\r\nX: y\n\r\n"+inner, 1)
	f("trailer with a bare CR", head("Transfer-Encoding: chunked")+"0\r\nX: y\rz\r\n\r\n"+inner, 1)
	f("trailers ended by a bare LF", head("Transfer-Encoding: chunked")+"0\r\n\n"+inner, 1)
	f("announced length in a trailer", head("Transfer-Encoding: chunked\r\nTrailer: Content-Length")+"0\r\n\r\n"+inner, 0)
	f("chunk extension with a bare CR", head("Transfer-Encoding: chunked")+"5;a\rb\r\nhello\r\n0\r\n\r\n"+inner, 1)
	f("chunk extension", head("Transfer-Encoding: chunked")+"5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"+inner, 1)
	f("chunk size in hexadecimal notation", head("Transfer-Encoding: chunked")+"0x5\r\nhello\r\n0\r\n\r\n"+inner, 1)
	f("chunk size over 63 bits", head("Transfer-Encoding: chunked")+"10000000000000005\r\nhello\r\n0\r\n\r\n"+inner, 1)
	f("chunk data longer than its size", head("Transfer-Encoding: chunked")+"2\r\nhello\r\n0\r\n\r\n"+inner, 1)
	f("body of a GET", "GET /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc"+inner, 2)
	f("body of a HEAD", "HEAD /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"+inner, 2)
	f("expectation of another kind", head("Expect: y 100-continue\r\nContent-Length: 5")+"hello"+inner, 0)
	f("two expectations", head("Expect: 100-continue\r\nExpect: y\r\nContent-Length: 5")+"hello"+inner, 0)
	f("two spaces before the target", "GET  /x HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("tabs in the request line", "GET\t/x\tHTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("space after the version", "GET /x HTTP/1.1 \r\nHost: t\r\n\r\n", 0)
	f("version in small letters", "GET /x http/1.1\r\nHost: t\r\n\r\n", 0)
	f("two CRs", "GET /x HTTP/1.1\r\nHost: t\r\r\n\r\n", 0)
	f("head ended by a bare LF", "GET /x HTTP/1.1\r\nHost: t\r\n\n"+inner, 0)
	f("request line ended by a bare LF", "GET /x HTTP/1.1\nHost: t\r\n\r\n", 1)
	f("empty host in HTTP/1.1", "GET /x HTTP/1.1\r\nHost: \r\n\r\n", 0)
	f("method that is no token", "GE(T /x HTTP/1.1\r\nHost: t\r\n\r\n", 0)
	f("HTTP/1.0 that ends after its answer", "GET /x HTTP/1.0\r\nHost: t\r\n\r\n"+inner, 1)
	f("upgrade to h2c", "GET / HTTP/1.1\r\nHost: t\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n\r\n"+inner, 2)
}

func TestHeaderFieldsAreCounted(t *testing.T) {
	up := answering(t, "HTTP/1.1 204 No Content\r\n\r\n")
	addr, _ := startTap(t, up, func(cfg *Config) { cfg.Limits.HeaderFields = 10 })
	f := func(fields int, want string) {
		t.Helper()
		conn, br := dial(t, addr)
		send(t, conn, "GET / HTTP/1.1\r\nHost: t\r\n"+strings.Repeat("X: y\r\n", fields-1)+"\r\n")
		expect(t, br, want)
	}
	f(10, "HTTP/1.1 204 ")
	f(11, "HTTP/1.1 431 ")
}

func TestOnlyWebSocketsAreTunnelled(t *testing.T) {
	requests := make(chan sent, 1)
	up := keeping(t, "HTTP/1.1 204 No Content\r\n\r\n", requests)
	addr, _ := startTap(t, up, nil)
	conn, br := dial(t, addr)
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: t\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"+
		"Content-Length: 2\r\n\r\n{}")
	expect(t, br, "HTTP/1.1 204 No Content\r\n\r\n")
	require.Equal(t, sent{"POST /v1/x HTTP/1.1\r\nHost: " + up + "\r\nContent-Length: 2\r\n\r\n", "{}"}, <-requests)
}

// What the connection is for may stand in several lines, or in one list.
func TestUpgradeAmongOtherOptionsOfTheConnection(t *testing.T) {
	f := func(fields, want string) {
		t.Helper()
		up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
			if head, _, _ := readRequest(br); strings.Contains(head, "Upgrade: websocket") && strings.Contains(head, fields) {
				_, _ = io.WriteString(conn, upgraded)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n")
		})
		addr, _ := startTap(t, up, nil)
		conn, br := dial(t, addr)
		send(t, conn, "GET /v1/realtime HTTP/1.1\r\nHost: tap\r\nUpgrade: websocket\r\n"+fields+"\r\n")
		expect(t, br, want)
	}
	f("Connection: keep-alive\r\nConnection: Upgrade\r\n", upgraded)
	f("Connection: Upgrade\r\nConnection: keep-alive\r\n", upgraded)
	f("Connection: keep-alive , upgrade\r\n", upgraded)
	f("Connection: keep-alive\r\nConnection: Upgrades\r\n", "HTTP/1.1 426 ")
	f("Connection: Upgrade\r\nConnection: close\r\n", "HTTP/1.1 426 ")
}

// How a body is framed goes on in one form, not in another that a server could read otherwise.
func TestFramingIsSentInOneForm(t *testing.T) {
	f := func(field, body, want string) {
		t.Helper()
		requests := make(chan sent, 1)
		up := keeping(t, "HTTP/1.1 204 No Content\r\n\r\n", requests)
		addr, _ := startTap(t, up, nil)
		conn, br := dial(t, addr)
		send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: t\r\n"+field+"\r\nX: y\r\n\r\n"+body)
		expect(t, br, "HTTP/1.1 204 ")
		require.Equal(t, sent{"POST /v1/x HTTP/1.1\r\nHost: " + up + "\r\n" + want + "\r\nX: y\r\n\r\n", "hello, hi"}, <-requests)
	}
	const chunks = "9\r\nhello, hi\r\n0\r\n\r\n"
	f("Transfer-Encoding: chunked\t", chunks, "Transfer-Encoding: chunked")
	f("transfer-encoding:\t Chunked ", chunks, "transfer-encoding: chunked")
	f("Content-Length: 9\t", "hello, hi", "Content-Length: 9")
	f("content-length:009", "hello, hi", "content-length: 9")
}

// A host without a name is HTTP/1.0's to leave out; the upstream is told its own, once.
func TestEmptyHostIsReplaced(t *testing.T) {
	up := new(counting)
	addr, _ := startTap(t, rawUpstream(t, up.serve), nil)
	conn, br := dial(t, addr)
	send(t, conn, "GET / HTTP/1.0\r\nHost:\r\n\r\n")
	expect(t, br, "HTTP/1.1 200 ")
	require.Equal(t, 1, strings.Count(up.seen(), "Host:"), up.seen())
}

// Of several protocols the upstream could choose one through which requests could be hidden.
func TestSeveralUpgradesAreNotForwarded(t *testing.T) {
	f := func(fields string) {
		t.Helper()
		up := new(counting)
		addr, _ := startTap(t, rawUpstream(t, up.serve), nil)
		conn, br := dial(t, addr)
		send(t, conn, "GET /v1/realtime HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\n"+fields+"\r\n")
		expect(t, br, "HTTP/1.1 200 ")
		require.NotContains(t, up.seen(), "Upgrade")
	}
	f("Upgrade: h2c\r\nUpgrade: websocket\r\n")
	f("Upgrade: websocket\r\nUpgrade: h2c\r\n")
	f("Upgrade: websocket, h2c\r\n")
}

// What names another server in the request changes nothing about where it goes.
func TestOnlyTheConfiguredUpstreamIsReached(t *testing.T) {
	f := func(request string) {
		t.Helper()
		requests := make(chan sent, 1)
		up := keeping(t, "HTTP/1.1 204 No Content\r\n\r\n", requests)
		addr, _ := startTap(t, up, nil)
		conn, br := dial(t, addr)
		send(t, conn, request)
		expect(t, br, "HTTP/1.1 204 No Content\r\n\r\n")
		head := (<-requests).head
		require.Contains(t, head, " /x HTTP/1.1\r\nHost: "+up+"\r\n")
		require.NotContains(t, head, "evil")
	}
	f("GET http://evil.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	f("GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	f("GET /x HTTP/1.1\r\nHost: a@evil.example:1\r\n\r\n")
	f("GET http://user:evil@evil.example:1/x HTTP/1.1\r\nHost: t\r\n\r\n")
}

func TestPathTricksAreRefused(t *testing.T) {
	f := func(target string) {
		t.Helper()
		up := rawUpstream(t, func(net.Conn, *bufio.Reader) { t.Error("the upstream was asked") })
		addr, _ := startTap(t, up, func(cfg *Config) { cfg.Upstreams[0].URL = cfg.Upstreams[0].URL.JoinPath("/base") })
		conn, br := dial(t, addr)
		send(t, conn, "GET "+target+" HTTP/1.1\r\nHost: t\r\n\r\n")
		expect(t, br, "HTTP/1.1 400 ")
	}
	f("/../admin")
	f("/v1/..")
	f("/v1/./x")
	f("/v1/.%2e/x")
	f("/v1/%2E%2e")
	f("/v1/..%2fadmin")
	f("/v1/%2e%2e%2Fadmin")
	f("/v1\\..\\admin")
	f("/v1/..%5cadmin")
	f("/v1/..;/admin")
	f("/v1/%2e/x")
	f("/v1/..;x=%2f/admin")
	f("/v1/x/..")
	f("/v1/models%0a")
	f("http://t/../admin")
	f("http://t/v1/%2e%2e/admin")
	f("http://t?/x")
	f("http://t?x=/y")
	f("http://t#/x")
	f("file:///etc/passwd")
	f("/v1/chat/completions#x") // a server that cuts the fragment off would see a call that the tap does not
	f("/openai/deployments/gpt%zz/chat/%63ompletions")
	f("/v1/chat/%63ompletions%")
	f("/v1/chat/%63ompletions%6")
	f("/v1/chat/%u0063ompletions")
	f("*")
	f("admin")
}
