package browsertest

import (
	"flag"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/dashboards"
)

var folder = flag.String("stored", "", "folder of the data that make bench-panels fills, for TestManyCalls")

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
	address := page(t, engine.Address)
	b := newBrowser(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	for _, board := range set.Boards {
		query := until(stored.End, map[string]time.Duration{"now-24h": 24 * time.Hour, "now-7d": 7 * 24 * time.Hour, "now-30d": 30 * 24 * time.Hour}[board.From])
		query.Set("board", board.Name)
		b.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address+"/?"+query.Encode()), answered())
		paint := value[float64](t, b, "performance.getEntriesByName('first-contentful-paint')[0].startTime")
		whole := value[float64](t, b, "Math.max(...performance.getEntriesByType('resource').map((e) => e.responseEnd))")
		t.Logf("%s: first paint after %.0f ms, the last panel in sight answered after %.0f ms", board.Name, paint, whole)
		require.Less(t, paint, float64(firstPaint.Milliseconds()), board.Name)
	}
}
