package e2e

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// Values that lie very deep in each other take so much stack to be read that the process would end: the configurations
// refuse bodies that have room for them.
func TestDeepValuesDoNotEndTheProcess(t *testing.T) {
	upstream := simulator(t, "m")
	for _, config := range []string{"server.yaml", "local.yaml"} {
		c := start(t, config, t.TempDir(), freeport.Address(t), upstream.URL)
		body := spanWithDepth(1_500_000)
		require.Less(t, len(body), 20<<20)
		resp, err := http.Post(c.otlp+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
		if err == nil { // else the answer was lost because the body was not read to its end
			require.NoError(t, resp.Body.Close())
			require.GreaterOrEqual(t, resp.StatusCode, 400)
		}
		resp, err = http.Post(c.otlp+"/v1/traces", "application/x-protobuf", bytes.NewReader(spanWithDepth(400_000)))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.True(t, listens(strings.TrimPrefix(c.tap, "http://")))
		c.stop()
	}
}

// spanWithDepth gives an OTLP request with one span, whose one attribute is arrays within arrays.
func spanWithDepth(depth int) []byte {
	const key, value, attributes, spans, scopes, resources = 0x0a, 0x12, 0x4a, 0x12, 0x12, 0x0a
	const element, array = 0x0a, 0x2a
	var backwards []byte // the length of what is around something is known after it
	put := func(b []byte) {
		for _, c := range slices.Backward(b) {
			backwards = append(backwards, c)
		}
	}
	wrap := func(field byte) {
		put(binary.AppendUvarint([]byte{field}, uint64(len(backwards))))
	}
	for range depth {
		wrap(element)
		wrap(array)
	}
	wrap(value)
	put([]byte{key, 1, 'a'})
	for _, field := range []byte{attributes, spans, scopes, resources} {
		wrap(field)
	}
	slices.Reverse(backwards)
	return backwards
}
