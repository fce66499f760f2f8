package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// meanwhile lets something happen before the second query that holds a mark.
type meanwhile struct {
	driver.Conn
	mark    string
	happens func()
	asked   int
}

func (m *meanwhile) before(query string) {
	if strings.Contains(query, m.mark) {
		if m.asked++; m.asked == 2 {
			m.happens()
		}
	}
}

func (m *meanwhile) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	m.before(query)
	return m.Conn.Query(ctx, query, args...)
}

func (m *meanwhile) QueryRow(ctx context.Context, query string, args ...any) driver.Row {
	m.before(query)
	return m.Conn.QueryRow(ctx, query, args...)
}

// While batches are inserted, calls are there before what follows from them: an audit of a running llmtap does not take that for damage.
func TestAuditWaitsForBatchesThatAreBeingInserted(t *testing.T) {
	url, conn := filled(t)
	d, err := open(t.Context(), url, "llmtap")
	require.NoError(t, err)
	within := span{hour{start.Truncate(time.Hour)}, hour{start.Truncate(time.Hour).Add(2 * time.Hour)}}
	f := func(mark string, happens func()) {
		t.Helper()
		var out strings.Builder
		m := &meanwhile{Conn: conn, mark: mark, happens: happens}
		require.NoError(t, audit(t.Context(), &database{conn: m, name: "llmtap"}, within, &out), out.String())
		require.GreaterOrEqual(t, m.asked, 2, out.String())
	}
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap.cost_1h DELETE WHERE user_id = 'u3' SETTINGS mutations_sync = 2"))
	f("HAVING", func() { require.NoError(t, d.rebuild(t.Context(), "cost_1h", within)) })
	f("groupBitXor", func() {
		write(t, url, nil, nil, []genai.Call{{Operation: genai.OperationChat, RequestModel: "m", Start: start}})
	})
}
