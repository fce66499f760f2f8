package proxy

import (
	"bufio"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// reset closes a connection so that its peer sees an error instead of an end.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// closing asks the tap to close the connection after the answer, so that all of it can be read.
func closing(request string) string {
	return strings.Replace(request, "Host: tap", "Host: tap\r\nConnection: close", 1)
}

func TestUpstreamThatResets(t *testing.T) {
	f := func(name, beginning, want string, wantErr error) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			step := make(chan struct{})
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				_, _ = io.WriteString(conn, beginning)
				<-step
				reset(conn)
			})
			addr, rec := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, closing(post("{}")))
			expect(t, br, beginning)
			close(step)
			got, err := io.ReadAll(br)
			require.ErrorIs(t, err, wantErr)
			require.Contains(t, string(got), want)
			require.Equal(t, exchange.UpstreamBroken, rec.next(t).End)
		})
	}
	f("before the answer", "", "HTTP/1.1 502 Bad Gateway\r\n", nil)
	f("in mid-stream", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n", "", nil)
	f("in a body that looks whole when its connection ends in order", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhalf of", "", resets[0])
}

func TestUpstreamThatHangsInMidStream(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	const beginning = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n"
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, beginning)
		<-done
	})
	addr, rec := startTap(t, up, func(cfg *Config) { cfg.Limits.StallTimeout = 200 * time.Millisecond })
	conn, br := dial(t, addr)
	send(t, conn, post("{}"))
	expect(t, br, beginning)
	_, err := br.ReadByte()
	require.ErrorIs(t, err, io.EOF, "the client must see that the answer did not end")
	e := rec.next(t)
	require.Equal(t, exchange.UpstreamTimeout, e.End)
	require.Equal(t, "data", string(e.Response.Body))
}

// An upstream that closes a kept connection just when a request is written to it may have begun to work on the request.
func TestRequestOnAStaleConnectionIsRepeatedOnlyWhenThatIsSafe(t *testing.T) {
	f := func(method, request, want string, requests int32) {
		t.Helper()
		t.Run(method, func(t *testing.T) {
			var seen atomic.Int32
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				if _, _, err := readRequest(br); err != nil {
					return
				}
				seen.Add(1)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				if _, _, err := readRequest(br); err == nil {
					seen.Add(1) // taken, and the connection is closed without an answer
				}
			})
			addr, _ := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, request)
			expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			send(t, conn, request)
			expect(t, br, want)
			require.Equal(t, requests, seen.Load())
		})
	}
	f("GET", "GET /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n", "HTTP/1.1 200 OK\r\n", 3)
	f("POST", post("{}"), "HTTP/1.1 502 Bad Gateway\r\n", 2)
}

// A server that closes each connection after its answer without saying so may do it just when the next request comes. That
// is to happen once.
func TestServerThatClosesUnsaidIsFoundOut(t *testing.T) {
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		_, _ = br.ReadByte()
	})
	addr, rec := startTap(t, up, nil)
	lost := 0
	for range 10 {
		conn, _ := dial(t, addr)
		send(t, conn, closing(post("{}")))
		_, _ = io.ReadAll(conn)
		if rec.next(t).Status != 200 {
			lost++
		}
	}
	require.LessOrEqual(t, lost, 1)
}

func TestClientThatLeavesDuringUploadCancelsTheUpstream(t *testing.T) {
	f := func(name, request string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			cancelsInTime(t, func() time.Duration {
				began, gone := make(chan struct{}), make(chan time.Time, 1)
				up := rawUpstream(t, func(_ net.Conn, br *bufio.Reader) {
					_, _ = br.ReadByte()
					close(began)
					_, _ = io.Copy(io.Discard, br)
					gone <- time.Now()
				})
				addr, rec := startTap(t, up, nil)
				conn, _ := dial(t, addr)
				send(t, conn, request)
				<-began
				left := time.Now()
				require.NoError(t, conn.Close())
				cancelled := (<-gone).Sub(left)
				require.Equal(t, exchange.ClientGone, rec.next(t).End)
				return cancelled
			})
		})
	}
	f("chunked", "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	f("larger than its copy", "POST /v1/x HTTP/1.1\r\nHost: tap\r\nContent-Length: 5000000\r\n\r\nabc")
}

// A tap that waits for an upstream to take more of an upload does not read, and learns otherwise that its client has left.
func TestClientThatLeavesDuringAnUploadThatNobodyTakes(t *testing.T) {
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_, _ = br.ReadByte()
		<-t.Context().Done()
	})
	addr, rec := startTap(t, up, nil)
	conn, _ := dial(t, addr)
	const size = 64 << 20 // more than the kernel keeps
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nContent-Length: "+strconv.Itoa(size)+"\r\n\r\n")
	body := strings.Repeat("x", size)
	require.NoError(t, conn.SetWriteDeadline(time.Now().Add(300*time.Millisecond)))
	_, err := io.WriteString(conn, body)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, conn.(*net.TCPConn).SetLinger(0)) // else the end waits behind what nobody takes
	require.NoError(t, conn.Close())
	require.Equal(t, exchange.ClientGone, rec.next(t).End)
}

// Bytes that a client sends ahead, such as the next request or a stray CRLF after a body, must not hide that it leaves,
// nor be lost when it stays.
func TestClientThatSendsAheadIsWatched(t *testing.T) {
	const next = "GET /v1/models HTTP/1.1\r\nHost: tap\r\nX: "
	f := func(name, ahead string, leaves bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			began, gone, finish := make(chan struct{}), make(chan struct{}), make(chan struct{})
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				close(began)
				if leaves {
					_, _ = br.ReadByte()
					close(gone)
					return
				}
				<-finish
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
				_, _, _ = readRequest(br)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
			})
			addr, rec := startTap(t, up, nil)
			conn, br := dial(t, addr)
			send(t, conn, post("{}"))
			<-began
			send(t, conn, ahead)
			if leaves {
				require.NoError(t, conn.Close())
				<-gone
				require.Equal(t, exchange.ClientGone, rec.next(t).End)
				return
			}
			close(finish)
			expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
			send(t, conn, "y\r\n\r\n")
			expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
		})
	}
	f("a line break, and leaves", "\r\n", true)
	f("a request, and leaves", next+"y\r\n\r\n", true)
	f("a large head, and leaves", next+strings.Repeat("y", 3<<10), true)
	f("half a head", next, false)
	f("a large head", next+strings.Repeat("y", 12<<10), false)
}

// An upstream that answers before it has read the request leaves the rest of it on the client's connection, where it
// must not pass for the next request.
func TestRestOfAnUploadIsNoRequest(t *testing.T) {
	answered := make(chan struct{})
	var conns atomic.Int32
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		if conns.Add(1) > 1 {
			t.Error("the upstream got a second request")
			return
		}
		_, _ = br.ReadString('\n')
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		close(answered) // and the connection is closed with the rest unread
	})
	addr, _ := startTap(t, up, nil)
	conn, _ := dial(t, addr)
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nContent-Length: 6000000\r\n\r\n")
	<-answered
	piece := []byte(strings.Repeat("GET /admin HTTP/1.1\r\nHost: t\r\n\r\n", 1000))
	for range 6_000_000/len(piece) + 1 {
		if _, err := conn.Write(piece); err != nil {
			break
		}
	}
	_, _ = io.ReadAll(conn)
}

// A connection that did not take all of a request would take the next one for the rest of it.
func TestConnectionWithARequestUnfinishedServesNoOther(t *testing.T) {
	var conns atomic.Int32
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		if conns.Add(1) > 1 {
			_, _, _ = readRequest(br)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			return
		}
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_, _ = br.ReadString('\n')
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
		<-t.Context().Done() // and the rest is never read
	})
	const size = 32 << 20 // more than the kernel keeps
	addr, rec := startTap(t, up, func(cfg *Config) {
		cfg.Limits.BodyCopyBytes, cfg.Limits.StallTimeout = size, 500*time.Millisecond
	})
	conn, br := dial(t, addr)
	send(t, conn, post(strings.Repeat("x", size)))
	expect(t, br, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
	require.Equal(t, 413, rec.next(t).Status)
	other, otherReader := dial(t, addr)
	send(t, other, post("{}"))
	expect(t, otherReader, "HTTP/1.1 200 OK\r\n")
	require.EqualValues(t, 2, conns.Load())
}

// A client that waits with the rest of its upload, or whose upload nobody reads, gets the answer that refuses it; any other
// answer waits for the end of the upload. The rest of an upload that was not waited for ends the connection, which the answer says.
func TestAnswerBeforeTheEndOfAnUpload(t *testing.T) {
	const refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"
	const last = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
	const success = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	f := func(name, request, rest, answer, want string, reads bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			bodies := make(chan int, 1)
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				if !reads {
					_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
				}
				head, _ := br.ReadString('\n')
				_, _ = io.WriteString(conn, answer)
				if !reads {
					<-t.Context().Done()
					return
				}
				_, body, _ := readRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), br)))
				bodies <- len(body)
			})
			addr, rec := startTap(t, up, nil)
			conn, br := dial(t, addr)
			go func() { _, _ = io.WriteString(conn, request+rest) }()
			expect(t, br, want)
			if reads && rest != "" {
				require.Equal(t, strings.Count(rest, "x"), <-bodies)
			}
			e := rec.next(t)
			require.Equal(t, exchange.Completed, e.End)
			if rest == "" {
				require.Less(t, e.Duration, lingerTime) // which is not the call's
			}
		})
	}
	const chunked = "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n"
	const long = "POST /v1/x HTTP/1.1\r\nHost: tap\r\nContent-Length: 67108864\r\n\r\n"
	f("client waits, chunked", chunked, "", refusal, last, true)
	f("client waits", long, "", refusal, last, true)
	f("client waits in mid-chunk", chunked+"9\r\nabc", "", refusal, last, true)
	f("client waits, behind interim answers", chunked, "", hints+refusal, hints+last, true)
	f("nobody reads", long, strings.Repeat("x", 64<<20), refusal, last, false)
	f("interim", chunked, "4\r\nxxxx\r\n0\r\n\r\n", hints+success, hints+success, true)
	f("success", long, strings.Repeat("x", 64<<20), success, success, true)
}

// A body that is recorded as a whole is read before the upstream hears of it: nothing is to be cancelled.
func TestClientThatLeavesBeforeItsRequestIsWholeNeverReachesTheUpstream(t *testing.T) {
	up := rawUpstream(t, func(net.Conn, *bufio.Reader) { t.Error("the upstream was asked") })
	addr, rec := startTap(t, up, nil)
	conn, _ := dial(t, addr)
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nContent-Length: 50\r\n\r\nabc")
	require.NoError(t, conn.Close())
	require.Equal(t, exchange.ClientGone, rec.next(t).End)
}

// A client that resets its connection in the middle of a head has sent nothing that is no HTTP.
func TestResetInAHeadIsNotMalformed(t *testing.T) {
	addr, p := serveTap(t, answering(t, "HTTP/1.1 204 No Content\r\n\r\n"), nil, recorder{})
	conn, br := dial(t, addr)
	send(t, conn, "GET / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHo")
	expect(t, br, "HTTP/1.1 204 ") // so half of the next head has been read with it
	reset(conn)
	require.Eventually(t, func() bool { return p.Stats().Connections == 0 }, 5*time.Second, time.Millisecond)
	require.Zero(t, p.Stats().Malformed)
}

func TestConnectionsAreLimited(t *testing.T) {
	f := func(name string, change func(*Limits)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			addr, _ := startTap(t, answering(t, "HTTP/1.1 204 No Content\r\n\r\n"), func(cfg *Config) { change(&cfg.Limits) })
			get := func() (net.Conn, error) {
				conn, br := dial(t, addr)
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: t\r\n\r\n")
				_, err := br.ReadByte()
				return conn, err
			}
			first, err := get()
			require.NoError(t, err)
			second, err := get()
			require.NoError(t, err)
			_, err = get()
			require.Error(t, err)
			require.NoError(t, first.Close())
			require.Eventually(t, func() bool { // a place is free again
				_, err := get()
				return err == nil
			}, 5*time.Second, 10*time.Millisecond)
			require.NoError(t, second.Close())
		})
	}
	f("all together", func(l *Limits) { l.Connections = 2 })
	f("of one address", func(l *Limits) { l.ConnectionsPerAddress = 2 })
}

func TestSlowClientsAreCutOff(t *testing.T) {
	f := func(name, beginning string, change func(*Limits)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			addr, _ := startTap(t, answering(t, "HTTP/1.1 204 No Content\r\n\r\n"), func(cfg *Config) { change(&cfg.Limits) })
			conn, br := dial(t, addr)
			send(t, conn, beginning)
			begin := time.Now()
			_, err := io.ReadAll(br)
			require.NoError(t, err)
			require.Less(t, time.Since(begin), 5*time.Second)
		})
	}
	const wait = 200 * time.Millisecond
	f("no request", "", func(l *Limits) { l.IdleTimeout = wait })
	f("half a head", "GET / HTTP/1.1\r\nHost: t\r\nX", func(l *Limits) { l.HeaderTimeout = wait })
	f("half a head behind empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\nX", func(l *Limits) { l.HeaderTimeout = wait })
	f("half a head with an empty line that ends none", "GET / HTTP/1.1\r\nHost: t\n\nX", func(l *Limits) { l.HeaderTimeout = wait })
	f("half a body", "POST /v1/x HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc", func(l *Limits) { l.StallTimeout = wait })
	f("half a chunk", "POST /v1/x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", func(l *Limits) { l.StallTimeout = wait })
}

// A client that does not read its answer holds no more than the buffers on the way, and not for ever.
func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	ended := make(chan struct{})
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		defer close(ended)
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
		piece := make([]byte, 1<<20)
		for {
			if _, err := conn.Write(piece); err != nil {
				return
			}
		}
	})
	addr, rec := startTap(t, up, func(cfg *Config) { cfg.Limits.StallTimeout = 100 * time.Millisecond })
	conn, _ := dial(t, addr)
	send(t, conn, post("{}"))
	<-ended
	e := rec.next(t)
	require.NotEqual(t, exchange.Completed, e.End)
	require.Less(t, e.Response.Size, int64(100<<20))
}
