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
	return until(dashboardstest.To, time.Duration(days)*24*time.Hour)
}

func until(to time.Time, length time.Duration) url.Values {
	return url.Values{
		"from": {strconv.FormatInt(to.Add(-length).UnixMilli(), 10)},
		"to":   {strconv.FormatInt(to.UnixMilli(), 10)},
	}
}

// full is the address of a dashboard at a time, and with a call, for which each panel has something to show.
func full(t *testing.T, server, board string) url.Values {
	t.Helper()
	query := between(1)
	if board == "findings" {
		query = between(7) // the closed incident ended days before
	}
	query.Set("board", board)
	if board == "calls" {
		query.Set("call", dashboardstest.Exec(t, server, `SELECT call_id FROM llmtap.calls WHERE outcome = 'ok' AND notEmpty(fidelity_failed)
			AND call_id IN (SELECT call_id FROM llmtap.content) ORDER BY ts DESC LIMIT 1 FORMAT TSVRaw`, nil)[:36])
	}
	return query
}

// Every dashboard is drawn whole at two widths, light and dark, with something in each panel, and says nothing in the console.
// LLMTAP_SCREENSHOTS names a folder that keeps the pictures.
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
	for _, board := range set.Boards {
		query := full(t, server, board.Name)
		for _, width := range []int64{1440, 420} {
			for _, scheme := range []string{"light", "dark"} {
				picture := photograph(t, b, address+"/?"+query.Encode(), width, scheme)
				require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", board.Name, width, scheme)), picture, 0o600))
			}
		}
	}
}

// photograph draws a page as wide as told and as high as it is.
func photograph(t *testing.T, b *browser, address string, width int64, scheme string) []byte {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	_, err := chromedp.Call(b, emulation.SetEmulatedMedia, media)
	require.NoError(t, err)
	b.do(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address), answered())
	b.do(t, chromedp.EmulateViewport(width, 8000), answered())
	b.do(t, chromedp.EmulateViewport(width, value[int64](t, b, "document.querySelector('footer').getBoundingClientRect().bottom + scrollY | 0")), answered())
	require.Zero(t, value[int](t, b, "document.documentElement.scrollWidth - innerWidth"), "%s is wider than %d", address, width)
	require.Empty(t, value[string](t, b, "[...document.querySelectorAll('.problem')].map((p) => p.textContent).join()"), address)
	require.Empty(t, value[string](t, b, "[...document.querySelectorAll('.nothing')].map((p) => p.id).join()"), "%s has empty panels", address)
	if width >= 1440 {
		require.Empty(t, value[string](t, b, "[...document.querySelectorAll('.scroll')].filter((s) => s.scrollWidth > s.clientWidth).map((s) => s.ariaLabel).join()"), "%s has tables that are cut", address)
	}
	picture, err := chromedp.Run(b, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	return picture
}

// The picture of the documentation, which make picture takes again.
func TestPicture(t *testing.T) {
	file := os.Getenv("LLMTAP_PICTURE")
	if file == "" {
		t.Skip("make picture runs it")
	}
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	query := between(1)
	query.Set("board", "cost")
	b := newBrowser(t)
	b.do(t, chromedp.EmulateViewport(1280, 860), chromedp.Navigate(page(t, server)+"/?"+query.Encode()), answered())
	picture, err := chromedp.Run(b, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, picture, 0o600))
}
