package dashboardextension

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// dayRange is the last 24 of the 48 hours.
const dayRange = "from=1794916800&to=1795003200"

// start serves the page of an engine, as a user of it who can only read.
func start(t *testing.T, engine string) string {
	t.Helper()
	config := createDefaultConfig().(*Config)
	config.Endpoint = "127.0.0.1:0"
	config.ClickHouse.Endpoint = "http://" + engine
	config.ClickHouse.Username, config.ClickHouse.Password = "dashboards", "a'b&c"
	require.NoError(t, config.Validate())
	created, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(componentType), config)
	require.NoError(t, err)
	require.NoError(t, created.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, created.Shutdown(context.Background())) })
	return "http://" + created.(*Extension).Addr()
}

// filled gives an engine with calls, and the page of it.
func filled(t *testing.T) (engine, page string) {
	t.Helper()
	engine = clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) {
		config.ReadonlyUsername, config.ReadonlyPassword = "dashboards", "a'b&c"
	})
	dashboardstest.Fill(t, engine, dashboardstest.Small)
	return engine, start(t, engine)
}

func get(t *testing.T, address string, header ...string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

type answer struct {
	Data [][]any
	Meta []struct{ Name, Type string }
}

// answerOf is what the page answers at an address.
func answerOf(t *testing.T, address string) (got answer) {
	t.Helper()
	status, body := get(t, address)
	require.Equal(t, http.StatusOK, status, body)
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	return got
}

// columnOf is a column of what a panel shows.
func columnOf(t *testing.T, page, panel, column, query string) (values []any) {
	t.Helper()
	got := answerOf(t, page+"/api/panels/"+panel+"?"+query)
	i := slices.IndexFunc(got.Meta, func(meta struct{ Name, Type string }) bool { return meta.Name == column })
	require.GreaterOrEqual(t, i, 0, column)
	for _, row := range got.Data {
		values = append(values, row[i])
	}
	return values
}

// csvOf is what a panel shows, as CSV.
func csvOf(t *testing.T, page, panel, query string) string {
	t.Helper()
	status, body := get(t, page+"/api/panels/"+panel+"?format=csv&"+query)
	require.Equal(t, http.StatusOK, status, body)
	return body
}
