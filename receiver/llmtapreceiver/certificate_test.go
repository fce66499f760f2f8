package llmtapreceiver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// writeCertificate writes a certificate and its key as files, as a configuration names them.
func writeCertificate(t *testing.T, certificate tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	folder := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("cert.pem", "CERTIFICATE", certificate.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
}

// newCertificate makes one for 127.0.0.1 that signs itself.
func newCertificate(t *testing.T, serial int64) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A certificate that is replaced on disk is served without a restart, and connections that are open stay.
func TestCertificateIsReadAnew(t *testing.T) {
	certFile, keyFile := writeCertificate(t, newCertificate(t, 1))
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		section := cfg.TLS.GetOrInsertDefault()
		section.CertFile, section.KeyFile, section.ReloadInterval = certFile, keyFile, time.Millisecond
	})
	connect := func() *tls.Conn {
		t.Helper()
		conn, err := tls.Dial("tcp", r.tap.listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	before := connect()
	require.EqualValues(t, 1, before.ConnectionState().PeerCertificates[0].SerialNumber.Int64())
	newCert, newKey := writeCertificate(t, newCertificate(t, 2))
	require.NoError(t, os.Rename(newKey, keyFile))
	require.NoError(t, os.Rename(newCert, certFile))
	require.Eventually(t, func() bool {
		return connect().ConnectionState().PeerCertificates[0].SerialNumber.Int64() == 2
	}, 10*time.Second, 5*time.Millisecond)
	_, err := io.WriteString(before, "GET /v1/models HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(before)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(answer), "HTTP/1.1 200 "))
}

// breakFiles gives ways to break a certificate and its key, of which each leaves the other file as it is.
func breakFiles(t *testing.T, certFile, keyFile string) map[string]func() {
	_, otherKey := writeCertificate(t, newCertificate(t, 9))
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	return map[string]func(){
		"broken":    func() { write(certFile, "-----BEGIN CERT") },
		"empty":     func() { write(keyFile, "") },
		"missing":   func() { require.NoError(t, os.Remove(certFile)) },
		"other key": func() { require.NoError(t, os.Rename(otherKey, keyFile)) },
	}
}

// A certificate is replaced in steps, and not always well: the tap goes on with the last good one, and says so once.
func TestLastGoodCertificateIsServed(t *testing.T) {
	f := func(name string) {
		t.Helper()
		certFile, keyFile := writeCertificate(t, newCertificate(t, 1))
		r := startBefore(t, testUpstream(t), func(cfg *Config) {
			section := cfg.TLS.GetOrInsertDefault()
			section.CertFile, section.KeyFile, section.ReloadInterval = certFile, keyFile, time.Nanosecond
		})
		serial := func() int64 {
			conn, err := tls.Dial("tcp", r.tap.listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
			require.NoError(t, err, name)
			defer func() { require.NoError(t, conn.Close()) }()
			return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		}
		breakFiles(t, certFile, keyFile)[name]()
		for range 3 {
			require.EqualValues(t, 1, serial(), name)
		}
		require.Equal(t, 1, r.logs.FilterMessageSnippet("certificate cannot be read").Len(), name)
		newCert, newKey := writeCertificate(t, newCertificate(t, 2))
		require.NoError(t, os.Rename(newKey, keyFile))
		require.NoError(t, os.Rename(newCert, certFile))
		for range 3 {
			require.EqualValues(t, 2, serial(), name)
		}
		require.Equal(t, 1, r.logs.FilterMessageSnippet("certificate can be read again").Len(), name)
	}
	f("broken")
	f("empty")
	f("missing")
	f("other key")
}

// The same holds for the certificate that the tap shows to a model server.
func TestLastGoodClientCertificateIsShown(t *testing.T) {
	own := newCertificate(t, 1)
	certFile, keyFile := writeCertificate(t, own)
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	require.NoError(t, err)
	trust := x509.NewCertPool()
	trust.AddCert(leaf)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // so that each call begins with a handshake
		_, _ = io.WriteString(w, chatAnswer)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trust}
	server.StartTLS()
	t.Cleanup(server.Close)
	r := startBefore(t, server.URL, func(cfg *Config) {
		section := &cfg.Upstreams[0].TLS
		section.InsecureSkipVerify = true
		section.CertFile, section.KeyFile, section.ReloadInterval = certFile, keyFile, time.Nanosecond
	})
	for _, name := range []string{"missing", "broken", "other key"} {
		breakFiles(t, certFile, keyFile)[name]()
		status, _ := r.post(t, "/v1/chat/completions", chatRequest)
		require.Equal(t, http.StatusOK, status, name)
	}
	warnings := r.logs.FilterMessageSnippet("certificate cannot be read")
	require.Equal(t, 1, warnings.Len())
	require.Equal(t, "upstreams::0::tls", warnings.All()[0].ContextMap()["section"])
}

// A certificate that cannot be read is told when the receiver is made, which the command validate does, too.
func TestMissingCertificateIsToldBeforeTheStart(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		cfg.Upstreams = []UpstreamConfig{{Name: "a", URL: "https://127.0.0.1:1"}}
		change(cfg)
		factory := NewFactory()
		_, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), cfg, consumertest.NewNop())
		require.ErrorContains(t, err, want)
	}
	f("upstreams::0::tls: failed to load TLS config", func(cfg *Config) { cfg.Upstreams[0].TLS.CAFile = "missing.pem" })
	f("tls: failed to load TLS config", func(cfg *Config) { cfg.TLS.GetOrInsertDefault().CertFile = "missing.pem" })
}

// With client_ca_file only clients with a certificate of that authority reach the model server.
func TestClientCertificatesAreAsked(t *testing.T) {
	own, known, unknown := newCertificate(t, 1), newCertificate(t, 2), newCertificate(t, 3)
	certFile, keyFile := writeCertificate(t, own)
	authority, _ := writeCertificate(t, known)
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		section := cfg.TLS.GetOrInsertDefault()
		section.CertFile, section.KeyFile, section.ClientCAFile = certFile, keyFile, authority
	})
	trust := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	require.NoError(t, err)
	trust.AddCert(leaf)
	f := func(allowed bool, certificates ...tls.Certificate) {
		t.Helper()
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, Certificates: certificates}}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport}).Get(strings.Replace(r.url, "http://", "https://", 1) + "/v1/models")
		if !allowed {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	f(true, known)
	f(false, unknown)
	f(false)
}

func TestWarnsWhenOthersCanReachTheTap(t *testing.T) {
	f := func(endpoint string, warnings int) {
		t.Helper()
		require.Equal(t, warnings, warningsAtStart(t, endpoint, "http://127.0.0.1:1").FilterMessageSnippet("open to other machines").Len())
	}
	f("127.0.0.1:0", 0)
	f("0.0.0.0:0", 1)
}

func TestTellsOfAnAddressOfClients(t *testing.T) {
	f := func(url string, warnings int) {
		t.Helper()
		require.Equal(t, warnings, warningsAtStart(t, "127.0.0.1:0", url).FilterMessageSnippet("url ends with /v1").Len())
	}
	f("http://127.0.0.1:1", 0)
	f("http://127.0.0.1:1/openai", 0)
	f("http://127.0.0.1:1/v1", 1)
	f("http://127.0.0.1:1/openai/v1/", 1)
}

func warningsAtStart(t *testing.T, endpoint, upstream string) *observer.ObservedLogs {
	t.Helper()
	core, logs := observer.New(zap.WarnLevel)
	set := receivertest.NewNopSettings(componentType)
	set.Logger = zap.New(core)
	tap := newTap(t, set, consumertest.NewNop(), upstream, func(cfg *Config) { cfg.Endpoint = endpoint })
	require.NoError(t, tap.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, tap.Shutdown(t.Context()))
	return logs
}
