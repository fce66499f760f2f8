package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesThatServeNobody(t *testing.T) {
	f := func(endpoint string, upstream UpstreamConfig, problem string) {
		t.Helper()
		config := createDefaultConfig().(*Config)
		config.Endpoint, config.Upstreams = endpoint, []UpstreamConfig{upstream}
		err := config.Validate()
		if err == nil {
			err = upstream.Validate()
		}
		if problem == "" {
			require.NoError(t, err)
			return
		}
		require.ErrorContains(t, err, problem)
	}
	endpoint := func(endpoint, problem string) {
		t.Helper()
		f(endpoint, UpstreamConfig{Name: "up", URL: "http://models:8000"}, problem)
	}
	endpoint("localhost:0", "")
	endpoint(":65535", "")
	endpoint("[::1]:4000", "")
	endpoint("localhost:65536", "endpoint: is no address")
	endpoint("localhost:40oo", "endpoint: is no address")

	base := func(base, problem string) {
		t.Helper()
		f("localhost:0", UpstreamConfig{Name: "up", URL: base}, problem)
	}
	base("https://models", "")
	base("http://[::1]:8000/base/", "")
	base("http://models:65536", "url: is no base address")
	base("http://models:0", "url: is no base address")
	base("http://:8000", "url: is no base address")
	base("http://models/v1", "") // a warning, as clients may leave it out
	base("http://models/embeddings", "")
	base("http://models/v1/mine", "")
	base("http://models/v1/chat/completions", "url: ends with the path of an API")
	base("https://models/openai/v1/embeddings/", "url: ends with the path of an API")

	prefix := func(prefix, problem string) {
		t.Helper()
		f("localhost:0", UpstreamConfig{Name: "up", URL: "http://models", Prefix: prefix}, problem)
	}
	prefix("", "")
	prefix("/team-a/gpu:1", "")
	prefix("/a%20b", "")
	prefix("/a b", "prefix: is no path")
	prefix("/a?b", "prefix: is no path")
	prefix("/\u00e4", "prefix: is no path")
	prefix("/a/../b", "prefix: is no path")
	prefix("/a%zz", "prefix: is no path")
}
