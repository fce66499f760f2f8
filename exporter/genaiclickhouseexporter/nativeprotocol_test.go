package genaiclickhouseexporter

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/consumer/consumererror"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// certificate is one for 127.0.0.1, and its PEM.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, string(text)
}

// Over the native protocol, with each compression, with TLS and without it, a call gets the row that it gets over HTTP.
func TestNativeProtocolWritesWhatHTTPWrites(t *testing.T) {
	engine := clickhouseembeddedtest.Start(t)
	encryption, authority := certificate(t)
	plain, secure := clickhouseembeddedtest.StartNative(t, engine, nil), clickhouseembeddedtest.StartNative(t, engine, encryption)
	config := configFor("http://" + engine)
	config.Database, config.Detection.Enabled = testDatabase, false
	conn := connect(t, config)
	calls := append(manyCalls(100), fullCall())
	require.NoError(t, newExporter(t, config).push(t.Context(), tell(spansOf(calls...), 1, 7)))
	rows := func(database string) [3]string {
		return [3]string{
			ask(t, conn, "SELECT toString(tuple(* EXCEPT inserted_at REPLACE mapSort(labels) AS labels)) FROM %s.calls ORDER BY ALL", database),
			ask(t, conn, "SELECT toString(tuple(*)) FROM %s.content ORDER BY ALL", database),
			ask(t, conn, "SELECT toString(tuple(*)) FROM %s.unrecorded", database),
		}
	}
	want := rows(config.Database)
	secured := configtls.NewDefaultClientConfig()
	secured.CAPem = configopaque.String(authority)
	for _, way := range []struct {
		compression string
		server      *clickhouseembeddedtest.Native
		tls         configoptional.Optional[configtls.ClientConfig]
	}{
		{"none", plain, configoptional.None[configtls.ClientConfig]()},
		{"lz4", secure, configoptional.Some(secured)},
		{"zstd", plain, configoptional.None[configtls.ClientConfig]()},
	} {
		own := *config
		own.Database, own.Compression, own.TLS = "native_"+way.compression, way.compression, way.tls
		own.Endpoints = []string{"clickhouse://" + way.server.Addr()}
		e := newExporter(t, &own)
		for range 2 { // the second changes nothing
			require.NoError(t, e.push(t.Context(), tell(spansOf(calls...), 1, 7)), own.Database)
		}
		require.Equal(t, want, rows(own.Database), own.Database)
		stored, cost1h, _ := sums(t, conn, own.Database)
		require.Equal(t, stored, cost1h, own.Database)
	}
}

// A server that ends, and one that takes a batch and dies before it says so: the next one gets the batch, which counts once.
func TestNativeProtocolFailsOver(t *testing.T) {
	engine := clickhouseembeddedtest.Start(t)
	first, second := clickhouseembeddedtest.StartNative(t, engine, nil), clickhouseembeddedtest.StartNative(t, engine, nil)
	config := configFor("clickhouse://"+first.Addr(), "clickhouse://"+second.Addr())
	config.Database, config.Detection.Enabled = testDatabase, false
	conn := connect(t, config)
	e := newExporter(t, config)
	calls := manyCalls(40)
	count := func() string { return ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database) }
	require.NoError(t, e.push(t.Context(), spansOf(calls[:20]...)))

	var dies atomic.Bool
	dies.Store(true)
	first.Cut = func(statement string) bool { return dies.Load() && strings.Contains(statement, ".calls (") }
	err := e.push(t.Context(), spansOf(calls[20:]...))
	require.Error(t, err)
	require.False(t, consumererror.IsPermanent(err))
	first.Close()
	require.Equal(t, "40", count(), "it had landed")
	require.NoError(t, e.push(t.Context(), spansOf(calls[20:]...)))
	require.Equal(t, "40", count())
	stored, cost1h, _ := sums(t, conn, config.Database)
	require.Equal(t, stored, cost1h)
}

// What the engine refuses over the native protocol is told apart as over HTTP.
func TestNativeProtocolRefusals(t *testing.T) {
	engine := clickhouseembeddedtest.Start(t, func(embedded *clickhouseembeddedextension.Config) {
		embedded.Username, embedded.Password = "writer", "right"
	})
	config := configFor("clickhouse://" + clickhouseembeddedtest.StartNative(t, engine, nil).Addr())
	config.Username, config.Password = "writer", "wrong"
	err := newExporter(t, config).push(t.Context(), spansOf(fullCall()))
	require.False(t, consumererror.IsPermanent(err), "%v", err)
	require.True(t, denied(err), "%v", err)
	require.ErrorContains(t, err, "516")
	config.Password = "right"
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.NoError(t, connect(t, config).Exec(t.Context(), "ALTER TABLE llmtap.calls DROP COLUMN turn"))
	err = e.push(t.Context(), spansOf(manyCalls(1)...))
	require.False(t, consumererror.IsPermanent(err), "%v", err)
	require.True(t, unfit(err), "%v", err)
	require.ErrorContains(t, err, "turn")
}

// A newer schema may have wider numbers, which over this protocol the client has to send.
func TestNativeProtocolTakesWiderNumbers(t *testing.T) {
	engine := clickhouseembeddedtest.Start(t)
	config := configFor("clickhouse://" + clickhouseembeddedtest.StartNative(t, engine, nil).Addr())
	config.Database, config.Detection.Enabled = testDatabase, false
	e, conn := newExporter(t, config), connect(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(1)...)))
	for _, change := range []string{"chunks UInt64", "history_tokens Nullable(UInt64)"} {
		require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE "+config.Database+".calls MODIFY COLUMN "+change))
	}
	known, unknown := fullCall(), manyCalls(2)[1]
	unknown.HistoryTokens = genai.Count{}
	require.NoError(t, e.push(t.Context(), spansOf(known, unknown)))
	require.Equal(t, "17\t\n17\t77\n17\t77", ask(t, conn, "SELECT toString(chunks), ifNull(toString(history_tokens), '') FROM %s.calls ORDER BY ALL", config.Database))
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE "+config.Database+".calls MODIFY COLUMN chunks UInt16"))
	require.ErrorContains(t, e.push(t.Context(), spansOf(manyCalls(3)[2])), "chunks", "no number is cut")
}
