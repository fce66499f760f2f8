package browsertest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// between is the time of the calls in the words of the page's address.
func between(days int) url.Values {
	to := dashboardstest.To
	return url.Values{
		"from": {strconv.FormatInt(to.Add(-time.Duration(days)*24*time.Hour).UnixMilli(), 10)},
		"to":   {strconv.FormatInt(to.UnixMilli(), 10)},
	}
}

// Every dashboard is drawn whole at two widths, light and dark, and says nothing in the console. LLMTAP_SCREENSHOTS names a folder
// that keeps the pictures.
func TestScreenshots(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	address := page(t, server)
	folder := os.Getenv("LLMTAP_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	b := newBrowser(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	call := dashboardstest.Exec(t, server, "SELECT call_id FROM llmtap.calls WHERE user_id = 'grace' AND outcome = 'ok' AND notEmpty(fidelity_failed) ORDER BY ts DESC LIMIT 1", nil)
	for _, board := range set.Boards {
		for _, width := range []int64{1440, 420} {
			query := between(1)
			query.Set("board", board.Name)
			if board.Name == "calls" {
				query.Set("call", call[:36])
			}
			scheme := map[int64]string{1440: "light", 420: "dark"}[width]
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			_, err := chromedp.Call(b, emulation.SetEmulatedMedia, media)
			require.NoError(t, err)
			b.do(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address+"/?"+query.Encode()), answered())
			b.do(t, chromedp.EmulateViewport(width, value[int64](t, b, "document.documentElement.scrollHeight")), answered())
			require.Zero(t, value[int](t, b, "document.documentElement.scrollWidth - innerWidth"), "%s is wider than %d", board.Name, width)
			require.Empty(t, value[string](t, b, "[...document.querySelectorAll('.problem')].map((p) => p.textContent).join()"), board.Name)
			picture, err := chromedp.Run(b, chromedp.CaptureScreenshot())
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", board.Name, width)), picture, 0o600))
		}
	}
}
