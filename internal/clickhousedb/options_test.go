package clickhousedb

import (
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	f := func(address string, protocol clickhouse.Protocol, secure bool) {
		t.Helper()
		options, err := Options(address)
		require.NoError(t, err, address)
		require.Equal(t, protocol, options.Protocol)
		require.Equal(t, secure, options.TLS != nil, address)
		require.Equal(t, []string{"store:8443"}, options.Addr)
	}
	f("https://store:8443", clickhouse.HTTP, true)
	f("https://store:8443/llmtap?dial_timeout=3s", clickhouse.HTTP, true)
	f("http://store:8443", clickhouse.HTTP, false)
	f("clickhouse://user:secret@store:8443", clickhouse.Native, false)
	f("clickhouse://store:8443?secure=true", clickhouse.Native, true)
	g := func(address string, addrs ...string) {
		t.Helper()
		options, err := Options(address)
		require.NoError(t, err, address)
		require.Equal(t, addrs, options.Addr)
	}
	g("http://store", "store:8123")
	g("https://store/", "store:8443")
	g("clickhouse://user@store", "store:9000")
	g("clickhouse://store?secure=true", "store:9440")
	g("http://[::1]", "[::1]:8123")
	g("http://[::1]:1", "[::1]:1")
	g("clickhouse://a,b:1", "a:9000", "b:1")
	_, err := Options("http://store:%zz")
	require.Error(t, err)
}

func TestIsEndpoint(t *testing.T) {
	f := func(want bool, addresses ...string) {
		t.Helper()
		for _, address := range addresses {
			require.Equal(t, want, IsEndpoint(address), address)
		}
	}
	f(true, "http://store", "https://store:8443/", "clickhouse://a:9000,b:9000", "clickhouse://store:9440?secure=true", "http://[::1]:8123")
	f(false, "", "store:8123", "tcp://store:9000", "http://", "http://user@store", "clickhouse://user:secret@store", "http://store/llmtap", "http://%zz",
		"http://store?username=reader", "clickhouse://store?secure=true&password=secret", "http://store?database=llmtap")
}
