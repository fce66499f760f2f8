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
	_, err := Options("http://store:%zz")
	require.Error(t, err)
}
