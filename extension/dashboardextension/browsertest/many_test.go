package browsertest

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/bench/document"
	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/dashboards"
)

var (
	folder = flag.String("stored", "", "folder of the data that make bench-panels fills, for TestManyCalls")
	out    = flag.String("out", "docs/storage.md", "page that TestManyCalls writes its figures into")
)

// firstPaint is what the page may take until something is seen.
const firstPaint = time.Second

// Over ten million calls each dashboard, opened anew as it opens by itself, is seen at once. What is in sight has its answers when it has.
func TestManyCalls(t *testing.T) {
	if *folder == "" {
		t.Skip("make bench-panels runs it")
	}
	engine, err := stored.Open(t.Context(), *folder, 10_000_000)
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close(t.Context())) }()
	address := page(t, engine.Addr())
	b := newBrowser(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	table := document.Table{
		Head: []string{"dashboard", "first paint ms", "last panel in sight answered ms"},
		Note: "Each opened once, 1440 × 900, in Chromium on the same machine, the first of them right after the engine. ",
	}
	for _, board := range set.Boards {
		query := until(stored.End, map[string]time.Duration{"now-24h": 24 * time.Hour, "now-7d": 7 * 24 * time.Hour, "now-30d": 30 * 24 * time.Hour}[board.From])
		query.Set("board", board.Name)
		b.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address+"/?"+query.Encode()), answered())
		paint := value[float64](t, b, "performance.getEntriesByName('first-contentful-paint')[0].startTime")
		whole := value[float64](t, b, "Math.max(...performance.getEntriesByType('resource').map((e) => e.responseEnd))")
		table.Rows = append(table.Rows, []string{board.Name, fmt.Sprintf("%.0f", paint), fmt.Sprintf("%.0f", whole)})
		t.Log(table.Rows[len(table.Rows)-1])
		require.Less(t, paint, float64(firstPaint.Milliseconds()), board.Name)
	}
	require.NoError(t, document.Put(*out, "page", table))
}
