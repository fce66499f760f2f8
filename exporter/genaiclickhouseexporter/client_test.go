package genaiclickhouseexporter

import (
	"context"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

// A client for HTTP dials again by itself for an hour, with the time that it was made with.
func TestTimeThatABatchHasLeftIsNotThatOfLaterOnes(t *testing.T) {
	f := func(protocol clickhouse.Protocol, lasts bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), dialTimeout/2)
		defer cancel()
		_, err := new(serverOrder).dial(ctx, 1, &clickhouse.Options{Protocol: protocol, Addr: []string{"a"}}, func(_ context.Context, _ string, own *clickhouse.Options) (clickhouse.DialResult, error) {
			require.Equal(t, lasts, own.DialTimeout == dialTimeout)
			return clickhouse.DialResult{}, nil
		})
		require.NoError(t, err)
	}
	f(clickhouse.HTTP, true)
	f(clickhouse.Native, false)
}
