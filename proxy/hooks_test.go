package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// dropping is a filter that takes every 'x' out and holds an 'h' back to the end.
type dropping struct{ held int }

func (d *dropping) Next(dst, piece []byte) []byte {
	for _, b := range piece {
		switch b {
		case 'h':
			d.held++
		case 'x':
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

func (d *dropping) Last(dst []byte) []byte { return append(dst, bytes.Repeat([]byte{'H'}, d.held)...) }

func rewriting(rejected *bool) func(*Config) {
	return func(cfg *Config) {
		cfg.Hooks.Rewrite = func(*Request) *Rewrite {
			return &Rewrite{
				Patch:    Patch{Text: "new "},
				Filter:   func(int, exchange.Header) Filter { return &dropping{} },
				Rejected: func() { *rejected = true },

				Irreversible: func(h exchange.Header) bool { return h.Get("x-packed") != "" },
			}
		}
	}
}

func TestRewrittenRequestAndFilteredAnswer(t *testing.T) {
	f := func(name, answer, want, recorded string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			requests := make(chan sent, 1)
			up := keeping(t, answer, requests)
			rejected := false
			addr, rec := startTap(t, up, rewriting(&rejected))
			conn, _ := dial(t, addr)
			send(t, conn, post("{}")+"GET /quit HTTP/1.0\r\n\r\n")
			got := make([]byte, len(want))
			_, err := io.ReadFull(conn, got)
			require.NoError(t, err)
			require.Equal(t, want, string(got))
			require.Equal(t, "new {}", (<-requests).body)
			e := rec.next(t)
			require.Equal(t, "{}", string(e.Request.Body))
			require.Equal(t, recorded, string(e.Response.Body))
			require.True(t, e.UsageInjected)
			require.False(t, rejected)
		})
	}
	f("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\naxbh\r\n2\r\nxx\r\n1\r\nc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n1\r\nH\r\n0\r\n\r\n", "axbhxxc")
	f("chunks of which nothing is taken out", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n003;a=b\r\nabc\r\n2\r\ndx\r\n1\r\nx\r\n0;c\r\nT: u\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n003;a=b\r\nabc\r\n1\r\nd\r\n0;c\r\nT: u\r\n\r\n", "abcdxx")
	f("until close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\naxbhc", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcH", "axbhc")
	f("with a length", "HTTP/1.1 200 OK\r\ncontent-length:  4 \r\nA: b\r\n\r\naxbh", "HTTP/1.1 200 OK\r\ncontent-length:  3 \r\nA: b\r\n\r\nabH", "axbh")
	f("with a length, nothing in it", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "")
}

// A body that is sent from where it lies has what a patch puts into it at the same place as one that is copied.
func TestPatchedRequest(t *testing.T) {
	f := func(size int) {
		t.Helper()
		text := strings.Repeat("x", size)
		requests := make(chan sent, 1)
		up := keeping(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", requests)
		addr, rec := startTap(t, up, func(cfg *Config) {
			cfg.Hooks.Rewrite = func(r *Request) *Rewrite {
				return &Rewrite{Patch: Patch{From: size, To: len(r.Body) - size, Text: "new"}}
			}
		})
		conn, br := dial(t, addr)
		send(t, conn, post(text+"former"+text))
		expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		require.Equal(t, text+"new"+text, (<-requests).body)
		require.Equal(t, text+"former"+text, string(rec.next(t).Request.Body))
	}
	f(10)
	f(joinBytesMax)
	f(16 * joinBytesMax)
}

func TestRejectedRewriteFallsBackToTheOriginal(t *testing.T) {
	const refused = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
	const taken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	f := func(name, toRewritten, toOriginal string, want bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, body, _ := readRequest(br)
				if bytes.HasPrefix(body, []byte("new")) {
					_, _ = io.WriteString(conn, toRewritten)
				} else {
					_, _ = io.WriteString(conn, toOriginal)
				}
			})
			rejected := false
			addr, rec := startTap(t, up, rewriting(&rejected))
			conn, br := dial(t, addr)
			send(t, conn, post("{}"))
			expect(t, br, toOriginal)
			require.False(t, rec.next(t).UsageInjected)
			require.Equal(t, want, rejected)
		})
	}
	f("only the rewritten one is refused", refused, taken, true)
	f("both are refused", refused, refused, false)
	f("nothing can be taken out of the answer", "HTTP/1.1 200 OK\r\nX-Packed: 1\r\nContent-Length: 900\r\n\r\n...", taken, true)
}

func TestRefusedByAHook(t *testing.T) {
	addr, rec := startTap(t, "127.0.0.1:1", func(cfg *Config) {
		cfg.Hooks.Admit = func(r *Request) *Refusal {
			return &Refusal{Status: 429, Code: "budget", Message: "spent", Cause: "daily", RetryAfter: 1500 * time.Millisecond}
		}
	})
	conn, br := dial(t, addr)
	for range 2 { // the connection stays open
		send(t, conn, post("{}"))
		const body = `{"error":{"code":"budget","message":"llmtap: spent","param":null,"type":"rate_limit_error"}}`
		expect(t, br, "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: "+itoa(len(body))+
			"\r\nx-llmtap-error: budget\r\nRetry-After: 2\r\n\r\n"+body)
		e := rec.next(t)
		require.Equal(t, exchange.Refused, e.End)
		require.Equal(t, "daily", e.Cause)
	}
}

// Admit sees requests of every framing before the upstream does, with as much of the body as the copy holds, and what it
// admits arrives as it was sent.
func TestAdmitSeesEveryBody(t *testing.T) {
	long := strings.Repeat("0123456789", 10)
	chunked := func(chunks ...string) string {
		wire := "POST /v1/chat/completions HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n"
		for _, chunk := range append(chunks, "") {
			wire += strconv.FormatInt(int64(len(chunk)), 16) + "\r\n" + chunk + "\r\n"
		}
		return wire
	}
	f := func(name, wire, body, seen string, size int64, budget int64) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
			arrived := make(chan sent, 1)
			up := keeping(t, answer, arrived)
			var refuse atomic.Bool
			requests := make(chan Request, 2)
			addr, rec := startTap(t, up, func(cfg *Config) {
				cfg.Limits.BodyCopyBytes = 32
				cfg.Limits.CopyBytesTotal = budget
				cfg.Hooks.Admit = func(r *Request) *Refusal {
					r.Body = bytes.Clone(r.Body)
					requests <- *r
					r.Ticket = 7
					if refuse.Load() {
						return &Refusal{Status: 429, Code: "budget"}
					}
					return nil
				}
			})
			conn, br := dial(t, addr)
			send(t, conn, wire)
			expect(t, br, answer)
			require.Equal(t, body, (<-arrived).body)
			r := <-requests
			require.Equal(t, seen, string(r.Body))
			require.Equal(t, size, r.BodySize)
			e := rec.next(t)
			require.EqualValues(t, 7, e.Ticket)
			require.EqualValues(t, len(body), e.Request.Size)
			require.Equal(t, seen, string(e.Request.Body))

			refuse.Store(true)
			conn, br = dial(t, addr)
			send(t, conn, wire)
			head, err := br.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "HTTP/1.1 429 Too Many Requests\r\n", head)
			require.Equal(t, exchange.Refused, rec.next(t).End)
			require.Empty(t, arrived, "the upstream is not asked")
		})
	}
	const enough = 1 << 20
	f("with a length", post("{}"), "{}", "{}", 2, enough)
	f("longer than the copy", post(long), long, long[:32], 100, enough)
	f("chunked", chunked("{", "}"), "{}", "{}", 2, enough)
	f("chunked, as long as the copy", chunked(long[:20], long[20:32]), long[:32], long[:32], -1, enough)
	f("chunked, longer than the copy", chunked(long[:20], long[20:]), long, long[:32], -1, enough)
	f("without memory for a copy", chunked(long), long, "", -1, 10)
	f("no body", "POST /v1/chat/completions HTTP/1.1\r\nHost: tap\r\nContent-Length: 0\r\n\r\n", "", "", 0, enough)
}

// written is a client's connection that keeps what is written to it.
type written struct {
	net.Conn
	bytes.Buffer
}

func (w *written) Write(b []byte) (int, error) { return w.Buffer.Write(b) }
func (w *written) Read([]byte) (int, error)    { return 0, io.EOF }

// Wherever the network cuts an answer into pieces, the same bytes come out; only a chunk that comes in two pieces may
// go on as two.
func TestFilteredAnswerCutAnywhere(t *testing.T) {
	const wire = "2;a\r\nab\r\n1\r\nx\r\n00001\r\nc\r\n0\r\nT: u\r\n\r\n"
	const want = "2;a\r\nab\r\n00001\r\nc\r\n0\r\nT: u\r\n\r\n"
	const inTwo = "1\r\na\r\n1\r\nb\r\n00001\r\nc\r\n0\r\nT: u\r\n\r\n"
	for at := range wire {
		client := new(written)
		session := &session{p: new(Proxy), c: &clientConn{timedConn: timedConn{Conn: client}}}
		progress := progress{record: new(recording), body: framing{remaining: -1, chunked: true}}
		to := &filtered{t: &transfer{session: session, progress: progress}, filter: new(dropping)}
		for _, piece := range []string{wire[:at], wire[at:] + "next"} {
			n, err := to.forward([]byte(piece), 0, time.Time{})
			require.NoError(t, err)
			require.Equal(t, len(strings.TrimSuffix(piece, "next")), n)
		}
		require.True(t, to.t.body.done())
		if at == len("2;a\r\na") {
			require.Equal(t, inTwo, client.String())
		} else {
			require.Equal(t, want, client.String(), "cut at %d", at)
		}
	}
}

func TestFilteredAnswerOverTheCopyLimitPassesUnfiltered(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
			_, _, _ = readRequest(br)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+itoa(len(body))+"\r\n\r\n"+body)
		})
		addr, _ := startTap(t, up, func(cfg *Config) {
			rewriting(new(bool))(cfg)
			cfg.Limits.BodyCopyBytes = 10
		})
		conn, br := dial(t, addr)
		send(t, conn, post("{}"))
		expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: "+itoa(len(want))+"\r\n\r\n"+want)
	}
	f("0123456x89", "012345689")
	f("0123456x89a", "0123456x89a")
}

// What the filter holds back of an answer that breaks off is passed on before the client's connection ends too, also when
// the upstream hangs: the time for writing has passed with that for reading.
func TestFilteredAnswerThatDoesNotEnd(t *testing.T) {
	f := func(hangs bool, end exchange.End, wire, want string) {
		t.Helper()
		up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
			_, _, _ = readRequest(br)
			_, _ = io.WriteString(conn, wire)
			if hangs {
				<-t.Context().Done()
			}
		})
		addr, rec := startTap(t, up, func(cfg *Config) {
			rewriting(new(bool))(cfg)
			if hangs {
				cfg.Limits.StallTimeout = 200 * time.Millisecond
			}
		})
		conn, br := dial(t, addr)
		send(t, conn, post("{}"))
		got, err := io.ReadAll(br)
		if framed(wire) {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, resets[0])
		}
		require.Equal(t, want, string(got))
		require.Equal(t, end, rec.next(t).End)
	}
	f(false, exchange.UpstreamBroken, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabh", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nH\r\n")
	f(false, exchange.UpstreamBroken, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nah\r\nzz", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nH\r\n")
	f(false, exchange.UpstreamBroken, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nh\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nH\r\n")
	f(false, exchange.UpstreamBroken, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nH\r\n")
	f(false, exchange.UpstreamBroken, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nahxb", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabH")
	f(true, exchange.UpstreamTimeout, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nah", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\naH")
	f(true, exchange.UpstreamTimeout, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nah\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nH\r\n")
	f(true, exchange.UpstreamTimeout, "HTTP/1.1 200 OK\r\n\r\nah", "HTTP/1.1 200 OK\r\n\r\naH")
}

// A hook at fault takes no part in the call, and the call goes on.
func TestHookThatPanicsCostsNoCall(t *testing.T) {
	f := func(name string, change func(*Hooks)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
			addr, rec := startTap(t, answering(t, answer), func(cfg *Config) { change(&cfg.Hooks) })
			conn, br := dial(t, addr)
			for range 2 {
				send(t, conn, post("{}"))
				expect(t, br, answer)
				e := rec.next(t)
				require.Equal(t, exchange.Completed, e.End)
				require.EqualValues(t, 7, e.Ticket)
				require.Equal(t, "{}", string(e.Request.Body))
			}
		})
	}
	admit := func(r *Request) *Refusal { r.Ticket = 7; return nil }
	f("Admit", func(h *Hooks) { h.Admit = func(r *Request) *Refusal { _ = admit(r); panic("at fault") } })
	f("Rewrite", func(h *Hooks) { h.Admit, h.Rewrite = admit, func(*Request) *Rewrite { panic("at fault") } })
}

// What became of a rewrite is told to it when the answer is there, which goes on whatever it makes of it.
func TestRewriteThatPanicsAtTheAnswerCostsNoCall(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	f := func(name, first string, rewrite Rewrite) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				if asked.Add(1) == 1 {
					_, _ = io.WriteString(conn, first)
					return
				}
				_, _ = io.WriteString(conn, answer)
			})
			addr, rec := startTap(t, up, func(cfg *Config) { cfg.Hooks.Rewrite = func(*Request) *Rewrite { return &rewrite } })
			conn, br := dial(t, addr)
			send(t, conn, post("{}"))
			expect(t, br, answer)
			require.Equal(t, exchange.Completed, rec.next(t).End)
		})
	}
	f("Rejected", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", Rewrite{Rejected: func() { panic("at fault") }})
	f("Filter", answer, Rewrite{Filter: func(int, exchange.Header) Filter { panic("at fault") }})
}

// faulty is a filter that panics.
type faulty struct{ dropping }

func (*faulty) Next([]byte, []byte) []byte { panic("at fault") }

// What a filter held back nobody can pass on when it is at fault: the answer breaks off, and is recorded as far as it came.
func TestFilterThatPanicsCostsOneCall(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	var calls atomic.Int32
	addr, rec := startTap(t, answering(t, answer), func(cfg *Config) {
		cfg.Hooks.Rewrite = func(*Request) *Rewrite {
			if calls.Add(1) > 1 {
				return nil
			}
			return &Rewrite{Filter: func(int, exchange.Header) Filter { return &faulty{} }}
		}
	})
	conn, br := dial(t, addr)
	send(t, conn, post("{}"))
	_, err := io.ReadAll(br)
	require.NoError(t, err)
	e := rec.next(t)
	require.Equal(t, exchange.TapFailed, e.End)
	require.Equal(t, "ok", string(e.Response.Body))
	conn, br = dial(t, addr)
	send(t, conn, post("{}"))
	expect(t, br, answer)
	require.Equal(t, exchange.Completed, rec.next(t).End)
}
