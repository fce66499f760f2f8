package clickhousedb

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

// The password is for the server whose address was given, and for no other that this one names.
func TestRedirectsAreRefused(t *testing.T) {
	f := func(status int, serve func(http.Handler) *httptest.Server, setting string) {
		t.Helper()
		reached := false
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		t.Cleanup(elsewhere.Close)
		from := serve(http.RedirectHandler(elsewhere.URL+"/login?key=secret", status))
		t.Cleanup(from.Close)
		options, err := Options(from.URL + setting)
		require.NoError(t, err)
		options.Auth = clickhouse.Auth{Username: "user", Password: "secret"}
		conn, err := clickhouse.Open(options)
		require.NoError(t, err)
		defer conn.Close()
		err = conn.Ping(t.Context())
		require.ErrorContains(t, err, "it redirects to "+elsewhere.URL+", which is not followed")
		require.NotContains(t, err.Error(), "secret")
		require.False(t, reached)
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		f(status, httptest.NewServer, "")
		f(status, httptest.NewTLSServer, "?skip_verify=true")
	}
}
