package browsertest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/extension/dashboardextension"
)

// engine starts ClickHouse with a user who may only read, and gives its address. An empty folder means one of the test's own.
func engine(t *testing.T, folder string) string {
	t.Helper()
	return clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) {
		config.DataDir = cmp.Or(folder, config.DataDir)
		config.MaxMemoryMiB = 4096
		config.ReadonlyUsername, config.ReadonlyPassword = stored.Username, stored.Password
	})
}

// page starts the dashboards on that engine and gives their address.
func page(t *testing.T, engine string) string {
	t.Helper()
	factory := dashboardextension.NewFactory()
	config := factory.CreateDefaultConfig().(*dashboardextension.Config)
	config.Endpoint = "127.0.0.1:0"
	config.ClickHouse.Endpoint = "http://" + engine
	config.ClickHouse.Username, config.ClickHouse.Password = stored.Username, stored.Password
	config.TraceURL = "http://127.0.0.1:16686/trace/{trace_id}"
	created, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, created.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, created.Shutdown(context.Background())) })
	return "http://" + created.(*dashboardextension.Extension).Addr()
}

// browser is a Chromium of the test's own, in UTC, that notes what goes wrong on its pages.
type browser struct {
	context.Context
	mutex    sync.Mutex
	problems []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Env("TZ=UTC", "TMPDIR="+t.TempDir()))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stopAllocator)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	b := &browser{Context: ctx}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")), "is chromium installed?")
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	_, err := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	return b
}

func (b *browser) listen(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		b.problems = append(b.problems, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			b.problems = append(b.problems, fmt.Sprint("console: ", e.Args))
		}
	case *log.EventEntryAdded:
		b.problems = append(b.problems, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventResponseReceived:
		if e.Response.Status >= http.StatusBadRequest {
			b.problems = append(b.problems, fmt.Sprint(e.Response.Status, " ", e.Response.URL))
		}
	}
}

// do does what is asked, and nothing may have gone wrong on the page by then.
func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(b, time.Minute)
	defer stop()
	require.NoError(t, chromedp.Do(ctx, steps...))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	require.Empty(t, b.problems)
}

// value gives what the page says of a JavaScript expression.
func value[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	got, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return got
}

// answered waits until every panel in sight has its answer.
func answered() chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](`document.querySelector('.panel') !== null && [...document.querySelectorAll('.panel[aria-busy]')]
		.every((p) => { const b = p.getBoundingClientRect(); return b.top > innerHeight || b.bottom < 0; })`)
}
