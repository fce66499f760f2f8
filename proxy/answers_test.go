package proxy

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

func TestInterimAnswersPass(t *testing.T) {
	const answers = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" +
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	addr, rec := startTap(t, answering(t, answers), nil)
	conn, br := dial(t, addr)
	for range 2 {
		send(t, conn, post("{}"))
		expect(t, br, answers)
		require.Equal(t, 200, rec.next(t).Status)
	}
}

// What a proxy may not pass on in a head is mended without moving what stands around it.
func TestHeadsAreMended(t *testing.T) {
	f := func(name, answer, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			addr, rec := startTap(t, answering(t, answer), nil)
			conn, br := dial(t, addr)
			for range 2 {
				send(t, conn, post("{}"))
				expect(t, br, want)
				require.Equal(t, "ok", string(rec.next(t).Response.Body))
			}
		})
	}
	f("folded length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length:   2\r\n\r\nok")
	f("folded twice", "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\n c\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nX: a  \tb   c\r\nContent-Length: 2\r\n\r\nok")
	f("folded last", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n b\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a   b\r\n\r\nok")
	f("folded after a line feed", "HTTP/1.1 200 OK\r\nX: a\n b\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nX: a  b\r\nContent-Length: 2\r\n\r\nok")
	f("interim", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 103 Early Hints\r\nLink: a   b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	f("space before the colon", "HTTP/1.1 200 OK\r\nContent-Length \t:2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: \t2\r\n\r\nok")
	const once = "Content-Length: 2" // clients differ in whether they take it twice
	f("length twice", "HTTP/1.1 200 OK\r\n"+once+"\r\n"+once+"\r\n\r\nok", "HTTP/1.1 200 OK\r\n"+once+strings.Repeat(" ", 19)+"\r\n\r\nok")
	f("length three times", "HTTP/1.1 200 OK\r\n"+once+"\r\nX: y\r\ncontent-length:\r\n 2 \r\n"+once+"\r\nY: z\r\n\r\nok",
		"HTTP/1.1 200 OK\r\n"+once+"\r\nX: y"+strings.Repeat(" ", 2+20+19)+"\r\nY: z\r\n\r\nok")
	f("colon in the reason", "HTTP/1.1 200 OK :\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK :\r\nContent-Length: 2\r\n\r\nok")
}

// An upstream that changes the protocol unasked would make a tunnel of a connection that others may share.
func TestUnaskedUpgradeIsNoTunnel(t *testing.T) {
	addr, rec := startTap(t, answering(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nContent-Length: 0\r\n\r\n"), nil)
	conn, br := dial(t, addr)
	send(t, conn, closing(post("{}")))
	expect(t, br, "HTTP/1.1 502 Bad Gateway\r\n")
	require.Equal(t, exchange.UpstreamBroken, rec.next(t).End)
}

// An upstream that answers both framings is understood as HTTP says, by the tap; the client may see it otherwise.
func TestAnswerOfTwoFramingsIsTheLast(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	addr, rec := startTap(t, answering(t, answer), nil)
	conn, br := dial(t, addr)
	send(t, conn, post("{}")+post("{}"))
	got, err := io.ReadAll(br)
	require.NoError(t, err)
	require.Equal(t, answer, string(got))
	require.Equal(t, "ok", string(rec.next(t).Response.Body))
}

// In HTTP/1.0 chunks do not count, but many clients count them (RFC 9112, section 6.1).
func TestOldAnswerWithChunksIsTheLast(t *testing.T) {
	const answer = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	addr, _ := startTap(t, answering(t, answer), nil)
	conn, br := dial(t, addr)
	send(t, conn, post("{}")+post("{}"))
	got, err := io.ReadAll(br)
	require.NoError(t, err)
	require.Equal(t, answer, string(got))
}

// A head that the parser waits for and the upstream has sent in its own way must not hold the call until it times out.
func TestHeadsThatCannotBeReadAreAnsweredAtOnce(t *testing.T) {
	f := func(name, answer, cause string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			addr, rec := startTap(t, answering(t, answer), nil)
			conn, br := dial(t, addr)
			send(t, conn, closing(post("{}")))
			expect(t, br, "HTTP/1.1 502 Bad Gateway\r\n")
			e := rec.next(t)
			require.Equal(t, exchange.UpstreamBroken, e.End)
			require.Equal(t, cause, e.Cause)
		})
	}
	const length = "Content-Length: 2"
	malformed, large := "malformed head of the answer", "head of the answer larger than 65536 bytes"
	f("bare line feeds", "HTTP/1.1 200 OK\n"+length+"\n\nok", malformed)
	f("ended by a bare line feed", "HTTP/1.1 200 OK\r\n"+length+"\r\n\nok", malformed)
	f("line ended by a bare line feed", "HTTP/1.1 200 OK\r\n"+length+"\n\r\nok", malformed)
	const more = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" // where some see the head's end
	f("line ended by a bare line feed, an empty line in the body", "HTTP/1.1 200 OK\r\nContent-Length: 42\n\r\n"+more, malformed)
	f("ended by a bare line feed, an empty line in the body", "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\n"+more, malformed)
	f("bare line feeds, an empty line in the body", "HTTP/1.1 200 OK\nContent-Length: 42\n\n"+more, malformed)
	f("status line ended by a bare line feed", "HTTP/1.1 200 OK\n"+length+"\r\n\r\nok", malformed)
	f("bare line feed between fields", "HTTP/1.1 200 OK\r\nX: a\n"+length+"\r\n\r\nok", malformed)
	f("bare carriage return in the status line", "HTTP/1.1 200 OK\rX: y\r\n"+length+"\r\n\r\nok", malformed)
	f("bare carriage return", "HTTP/1.1 200 OK\r\nX: a\rY: b\r\n"+length+"\r\n\r\nok", malformed)
	f("interim answer ended by a bare line feed", "HTTP/1.1 103 X\n\r\nHTTP/1.1 200 OK\r\n"+length+"\r\n\r\nok", malformed)
	f("status below 100", "HTTP/1.1 099 X\r\n"+length+"\r\n\r\nok", malformed)
	f("status of two digits", "HTTP/1.1 20 X\r\n"+length+"\r\n\r\nok", malformed)
	f("zero byte", "HTTP/1.1 200 OK\r\nX: \x00\r\n"+length+"\r\n\r\nok", malformed)
	f("two lengths", "HTTP/1.1 200 OK\r\n"+length+"\r\nContent-Length: 3\r\n\r\nok", malformed)
	f("two lengths that are none", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\nContent-Length: +2\r\n\r\nok", malformed)
	f("three lengths, two alike", "HTTP/1.1 200 OK\r\n"+length+"\r\nContent-Length: 3\r\n"+length+"\r\n\r\nok", malformed)
	f("list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", malformed)
	f("length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", malformed)
	f("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", malformed)
	f("unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", malformed)
	f("status line without an end", "HTTP/1.1 200 "+strings.Repeat("x", 70<<10)+"\r\n"+length+"\r\n\r\nok", large)
	f("fields without an end", "HTTP/1.1 200 OK\r\n"+strings.Repeat("X: y\r\n", 20<<10)+length+"\r\n\r\nok", large)
}

// What speaks another protocol, as at a wrong port, often stays open and says no more.
func TestServersThatSpeakNoHTTPAreToldAtOnce(t *testing.T) {
	f := func(name, banner string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _ = io.WriteString(conn, banner)
				_, _ = io.Copy(io.Discard, br)
			})
			addr, rec := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, closing(post("{}")))
			expect(t, br, "HTTP/1.1 502 Bad Gateway\r\n")
			e := rec.next(t)
			require.Equal(t, exchange.UpstreamBroken, e.End)
			require.Equal(t, "the answer is not HTTP", e.Cause)
		})
	}
	f("SSH", "SSH-2.0-OpenSSH_9.6\r\n")
	f("ZeroMQ", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f")
	f("TLS", "\x15\x03\x01\x00\x02\x02\x46")
	f("HTTP/2", "\x00\x00\x06\x04\x00\x00\x00\x00\x00")
	f("Redis", "-ERR unknown command\r\n")
	f("HTTP/0.9", "<html>")
	f("one byte", "h")
	f("almost", "HTTP 200 OK\r\n")
}

// The limit of heads holds to the byte, in both directions, below the size of the buffers too.
func TestHeadsAreLimited(t *testing.T) {
	padded := func(head string, size int) string {
		return strings.Replace(head, "PAD", strings.Repeat("x", size-len(head)+len("PAD")), 1)
	}
	f := func(name string, limit, request, answer int, want string) {
		t.Helper()
		t.Run(name+" of "+itoa(limit), func(t *testing.T) {
			up := answering(t, padded("HTTP/1.1 200 OK\r\nX: PAD\r\nContent-Length: 0\r\n\r\n", answer))
			addr, _ := startTap(t, up, func(cfg *Config) { cfg.Limits.HeaderBytes = limit })
			conn, br := dial(t, addr)
			send(t, conn, padded("GET / HTTP/1.1\r\nHost: t\r\nX: PAD\r\n\r\n", request))
			expect(t, br, want)
		})
	}
	for _, limit := range []int{10_000, 6000, 1000} {
		f("at the limit", limit, limit, limit, "HTTP/1.1 200 ")
		f("request one beyond the limit", limit, limit+1, 100, "HTTP/1.1 431 ")
		f("answer one beyond the limit", limit, 100, limit+1, "HTTP/1.1 502 ")
	}
}

// What an upstream sends beyond its answer must never reach anybody: it could pass for the answer of the next request.
func TestBytesAfterTheAnswerReachNobody(t *testing.T) {
	f := func(name, method, answer, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			var served atomic.Int32
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				if _, _, err := readRequest(br); err != nil {
					return
				}
				if served.Add(1) == 1 {
					_, _ = io.WriteString(conn, answer)
					_, _, _ = readRequest(br)
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
			})
			addr, _ := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, method+" /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
			expect(t, br, want)
			send(t, conn, "GET /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
			expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
		})
	}
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	f("longer than its length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"+evil, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	f("after the last chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+evil,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	f("a body for HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n"+evil, "HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n")
	f("a body with 204", "GET", "HTTP/1.1 204 No Content\r\n\r\n"+evil, "HTTP/1.1 204 No Content\r\n\r\n")
	f("a body with 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 43\r\n\r\n"+evil,
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 43\r\n\r\n")
}

// A body that comes where there is none may come late, when the connection has the request of another client.
func TestLateBodyReachesNobody(t *testing.T) {
	f := func(method, head string, conns int32) {
		t.Helper()
		t.Run(method+" "+head, func(t *testing.T) {
			var opened atomic.Int32
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				opened.Add(1)
				for {
					asked, _, err := readRequest(br)
					if err != nil {
						return
					}
					if !strings.Contains(asked, "/other") {
						_, _ = io.WriteString(conn, head)
						continue
					}
					if opened.Load() < conns { // the body of the answer before
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
				}
			})
			addr, _ := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, method+" /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
			expect(t, br, head)
			send(t, conn, "GET /other HTTP/1.1\r\nHost: tap\r\n\r\n")
			expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
			require.Equal(t, conns, opened.Load())
		})
	}
	f("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n", 2)
	f("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 2)
	f("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1)
	f("HEAD", "HTTP/1.1 200 OK\r\n\r\n", 1)
	f("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n", 2)
	f("GET", "HTTP/1.1 304 Not Modified\r\n\r\n", 1)
	f("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 42\r\n\r\n", 2)
	f("GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 2)
	f("GET", "HTTP/1.1 204 No Content\r\n\r\n", 1)
}

// What an answer says of its connection decides, also where the upstream leaves it open.
func TestConnectionsAreReusedAsTheUpstreamSays(t *testing.T) {
	f := func(name, answer string, want int32) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			var conns atomic.Int32
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				conns.Add(1)
				for {
					if _, _, err := readRequest(br); err != nil {
						return
					}
					_, _ = io.WriteString(conn, answer)
				}
			})
			addr, rec := startTap(t, up, nil)
			for range 2 {
				conn, br := dial(t, addr)
				send(t, conn, post("{}"))
				expect(t, br, answer)
				require.Equal(t, exchange.Completed, rec.next(t).End) // and the connection is given back
			}
			require.Equal(t, want, conns.Load())
		})
	}
	const end = "Content-Length: 2\r\n\r\nok"
	f("nothing", "HTTP/1.1 200 OK\r\n"+end, 1)
	f("keep-alive", "HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5, max=2\r\n"+end, 1)
	f("close", "HTTP/1.1 200 OK\r\nConnection: close\r\n"+end, 2)
	f("close in capitals and a list", "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\n"+end, 2)
	f("both, close last", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n"+end, 2)
	f("both, close first", "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\n"+end, 2)
	f("HTTP/1.0", "HTTP/1.0 200 OK\r\n"+end, 2)
	f("HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"+end, 1)
	const chunked = "Transfer-Encoding: chunked\r\nKeep-Alive: timeout=5, max=100\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	f("chunked", "HTTP/1.1 200 OK\r\n"+chunked, 1)
	f("llama.cpp", "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\n"+end, 1)
	f("llama.cpp, chunked", "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\n"+chunked, 2)
}

// Empty lines before an answer are none of it: the parser would pass over them.
func TestEmptyLinesBeforeAnAnswer(t *testing.T) {
	f := func(name, first, rest string) {
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				_, _ = io.WriteString(conn, first)
				_, _ = io.WriteString(conn, rest)
				_, _, _ = readRequest(br)
			})
			addr, rec := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, closing(post("{}")))
			expect(t, br, "HTTP/1.1 502 Bad Gateway\r\n")
			require.Equal(t, exchange.UpstreamBroken, rec.next(t).End)
		})
	}
	f("in one piece", "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "")
	f("in two pieces", "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	f("in two pieces, long body", "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nokokokokokok")
	f("line feed", "\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "")
}
