package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// strict stands before a store as a profile that holds to the SQL standard: a sum of nothing is NULL, and columns hold it.
func strict(t *testing.T, store string) string {
	t.Helper()
	to, err := url.Parse(store)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		settings := r.Out.URL.Query()
		for _, name := range []string{"join_use_nulls", "aggregate_functions_null_for_empty", "data_type_default_nullable"} {
			if !settings.Has(name) {
				settings.Set(name, "1")
			}
		}
		r.Out.URL.RawQuery = settings.Encode()
	}})
	t.Cleanup(func() { http.DefaultClient.CloseIdleConnections(); proxy.Close() })
	return proxy.URL
}

func TestProfilesWithNULLs(t *testing.T) {
	store, conn := filled(t)
	within := []string{"-url", strict(t, store), "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T12:00:00Z"}
	said, err := call(t, append([]string{"audit"}, within...)...)
	require.NoError(t, err, said)

	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.cost_1h (t, user_id, calls) VALUES ('2026-11-20 11:00:00', 'nobody', 5)"))
	said, err = call(t, append([]string{"audit"}, within...)...)
	require.ErrorIs(t, err, errDiffers)
	require.Contains(t, said, "1 groups", "a group that no call is of has NULL on one side")
	said, err = call(t, append([]string{"reprice", "-prices", priceFile(t, "prices: [{model: m, per_call: 1}]")}, within...)...)
	require.NoError(t, err, said)
	require.Equal(t, "(200,200)", ask(t, conn, "SELECT (sum(calls), toUInt32(sum(cost_usd))) FROM llmtap.cost_1h"))
}
