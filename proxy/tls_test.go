package proxy

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// certificate makes a certificate for 127.0.0.1, and a pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// A client that leaves is noticed through TLS on either side, before the first byte, in mid-stream and during upload.
func TestClientThatLeavesOverTLS(t *testing.T) {
	cert, pool := certificate(t)
	const streaming = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n"
	f := func(name, request, beginning string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			cancelsInTime(t, func() time.Duration {
				began, gone := make(chan struct{}), make(chan time.Time, 1)
				up := rawUpstream(t, func(raw net.Conn, _ *bufio.Reader) {
					conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}})
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = io.WriteString(conn, beginning)
					close(began)
					_, _ = io.Copy(io.Discard, conn)
					gone <- time.Now()
				})
				addr, rec := startTap(t, up, func(cfg *Config) {
					cfg.Upstreams[0].URL.Scheme = "https"
					cfg.Upstreams[0].TLS = &tls.Config{RootCAs: pool}
					cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
				})
				conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
				require.NoError(t, err)
				send(t, conn, request)
				<-began
				expect(t, conn, beginning)
				left := time.Now()
				require.NoError(t, conn.Close())
				cancelled := (<-gone).Sub(left)
				require.Equal(t, exchange.ClientGone, rec.next(t).End)
				return cancelled
			})
		})
	}
	f("before the first byte", post("{}"), "")
	f("in mid-stream", post("{}"), streaming)
	f("during upload", "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "")
}

// Whoever calls learns that TLS is what failed, but no name of a host or an authority.
func TestUpstreamWithWhichTLSFails(t *testing.T) {
	cert, pool := certificate(t)
	f := func(name, cause string, change func(*tls.Config), upstream func(net.Conn)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(raw net.Conn, _ *bufio.Reader) { upstream(raw) })
			told := make(chan error, 1)
			addr, rec := startTap(t, up, func(cfg *Config) {
				cfg.Upstreams[0].URL.Scheme = "https"
				cfg.Upstreams[0].TLS = &tls.Config{RootCAs: pool}
				change(cfg.Upstreams[0].TLS)
				cfg.Unreachable = func(_ string, err error) { told <- err }
			})
			conn, br := dial(t, addr)
			send(t, conn, closing(post("{}")))
			got, err := io.ReadAll(br)
			require.NoError(t, err)
			require.Contains(t, string(got), "HTTP/1.1 502 Bad Gateway\r\n")
			require.Contains(t, string(got), `{"error":{"code":"upstream_unreachable","message":"llmtap: the model server cannot be reached (`+cause+`)",`)
			e := rec.next(t)
			require.Equal(t, exchange.UpstreamUnreachable, e.End)
			require.Equal(t, cause, e.Cause)
			require.Equal(t, cause, dialCause(<-told))
		})
	}
	serve := func(raw net.Conn) {
		_ = tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
	}
	const untrusted, failed = "certificate of the model server not trusted", "TLS handshake failed"
	f("unknown authority", untrusted, func(cfg *tls.Config) { cfg.RootCAs = x509.NewCertPool() }, serve)
	f("other name", untrusted, func(cfg *tls.Config) { cfg.ServerName = "secret.example" }, serve)
	f("expired", untrusted, func(cfg *tls.Config) { cfg.Time = func() time.Time { return time.Now().Add(2 * time.Hour) } }, serve)
	f("no common version", failed, func(cfg *tls.Config) { cfg.MaxVersion = tls.VersionTLS12 }, func(raw net.Conn) {
		_ = tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}).Handshake()
	})
	f("asks for a certificate after its handshake", failed, func(*tls.Config) {}, func(raw net.Conn) {
		conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13})
		_ = conn.Handshake()
		_, _ = io.Copy(io.Discard, raw)
	})
	f("no TLS", failed, func(*tls.Config) {}, func(raw net.Conn) { _, _ = io.WriteString(raw, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	f("closes", failed, func(*tls.Config) {}, func(raw net.Conn) { _, _ = raw.Read(make([]byte, 4096)) })
}

func TestClientThatLeavesDuringTheHandshakeIsNoFailureOfTheServer(t *testing.T) {
	began := make(chan struct{})
	up := rawUpstream(t, func(raw net.Conn, br *bufio.Reader) {
		_, _ = br.ReadByte()
		close(began)
		_, _ = io.Copy(io.Discard, br)
	})
	addr, rec := startTap(t, up, func(cfg *Config) {
		cfg.Upstreams[0].URL.Scheme = "https"
		cfg.Unreachable = func(_ string, err error) { t.Error(err) }
	})
	conn, _ := dial(t, addr)
	send(t, conn, post("{}"))
	<-began
	require.NoError(t, conn.Close())
	require.Equal(t, exchange.ClientGone, rec.next(t).End)
}

func TestClientWithoutCertificateIsTurnedAway(t *testing.T) {
	cert, pool := certificate(t)
	up := rawUpstream(t, func(net.Conn, *bufio.Reader) { t.Error("the upstream was asked") })
	addr, p := serveTap(t, up, func(cfg *Config) {
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	}, releasing{})
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
	if err == nil { // TLS 1.3 tells the client only when it reads
		_, _ = io.WriteString(conn, post("{}"))
		_, err = conn.Read(make([]byte, 1))
	}
	require.Error(t, err)
	require.Eventually(t, func() bool { return p.Stats().Handshakes == 1 }, 10*time.Second, time.Millisecond)
}

// A health check that only opens a connection has failed in no handshake; a client that does not trust the tap has.
func TestHandshakesThatFailedAreCounted(t *testing.T) {
	cert, _ := certificate(t)
	addr, p := serveTap(t, "127.0.0.1:1", func(cfg *Config) { cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} }, releasing{})
	f := func(leave func(net.Conn), want int64) {
		t.Helper()
		conn, _ := dial(t, addr)
		require.Eventually(t, func() bool { return p.Stats().Connections == 1 }, 10*time.Second, time.Millisecond)
		leave(conn)
		require.Eventually(t, func() bool { return p.Stats().Connections == 0 }, 10*time.Second, time.Millisecond)
		require.Equal(t, want, p.Stats().Handshakes)
	}
	f(func(conn net.Conn) { _ = conn.Close() }, 0)
	f(reset, 0)
	f(func(conn net.Conn) {
		send(t, conn, "\x16\x03\x01")
		_ = conn.Close()
	}, 1)
	f(func(conn net.Conn) { require.Error(t, tls.Client(conn, &tls.Config{ServerName: "tap"}).Handshake()) }, 2)
}

func TestPlainRequestAtATLSPortIsToldSo(t *testing.T) {
	cert, _ := certificate(t)
	addr, _ := startTap(t, "127.0.0.1:1", func(cfg *Config) { cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} })
	for _, method := range []string{"GET", "POST", "OPTIONS"} {
		conn, br := dial(t, addr)
		send(t, conn, method+" /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
		expect(t, br, "HTTP/1.1 400 Bad Request\r\n")
	}
	conn, br := dial(t, addr)
	send(t, conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: tap\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100_000))
	answer, err := io.ReadAll(br) // which a reset would have cut off
	require.NoError(t, err)
	require.Contains(t, string(answer), "x-llmtap-error: bad_request\r\n")
	require.Contains(t, string(answer), `{"error":{"code":"bad_request","message":"llmtap: an HTTP request was sent to an HTTPS port"`)
}

func TestHandshakeThatHangsIsCutOff(t *testing.T) {
	cert, _ := certificate(t)
	addr, _ := startTap(t, "127.0.0.1:1", func(cfg *Config) {
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		cfg.Limits.HeaderTimeout = 50 * time.Millisecond
	})
	conn, br := dial(t, addr)
	send(t, conn, "\x16\x03\x01")
	_, err := io.ReadAll(br)
	require.NoError(t, err)
}

// TLS takes whole records from the kernel: what follows an answer in its last one is neither in the buffer nor there.
func TestBytesAfterTheAnswerOverTLSReachNobody(t *testing.T) {
	cert, pool := certificate(t)
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	const good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
	body := strings.Repeat("x", 200_000)
	answer := "HTTP/1.1 200 OK\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
	var served, accepted atomic.Int32
	up := rawUpstream(t, func(raw net.Conn, _ *bufio.Reader) {
		accepted.Add(1)
		conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}})
		br := bufio.NewReader(conn)
		for {
			if _, _, err := readRequest(br); err != nil {
				return
			}
			if served.Add(1) == 1 {
				_, _ = io.WriteString(conn, answer+evil)
				continue
			}
			_, _ = io.WriteString(conn, good)
		}
	})
	addr, rec := startTap(t, up, func(cfg *Config) {
		cfg.Upstreams[0].URL.Scheme = "https"
		cfg.Upstreams[0].TLS = &tls.Config{RootCAs: pool}
	})
	for _, want := range []string{answer, good, good, good} {
		conn, br := dial(t, addr)
		send(t, conn, post("{}"))
		expect(t, br, want)
		require.Equal(t, exchange.Completed, rec.next(t).End)
	}
	require.EqualValues(t, 2, accepted.Load(), "connections of which all was read are kept")
}
