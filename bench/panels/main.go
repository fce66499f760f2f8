// Command panels measures every panel of the dashboards over ten million generated calls, through the page that serves them, and
// writes the figures into a page. It fails when the median of one is over its limit in the time range that its dashboard opens with.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/bench/document"
	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/extension/dashboardextension"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

// limit is what a panel may take.
const limit = 200 * time.Millisecond

// opening is how long the range is that a dashboard opens with; whole is all that there is.
var opening = map[string]time.Duration{"now-24h": 24 * time.Hour, "now-7d": 7 * 24 * time.Hour, "now-30d": whole}

const whole = 30 * 24 * time.Hour

func main() {
	data := flag.String("data", ".cache/bench-store", "`folder` of the data, filled when it has none")
	calls := flag.Int("calls", 10_000_000, "`number` of calls")
	runs := flag.Int("runs", 5, "`number` of times that each panel is asked, after one that does not count")
	out := flag.String("out", "docs/storage.md", "`page` that the figures are written into")
	flag.Parse()
	if err := run(context.Background(), *data, *calls, *runs, *out); err != nil {
		fmt.Fprintln(os.Stderr, "panels:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data string, calls, runs int, out string) (err error) {
	engine, err := stored.Open(ctx, data, calls)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()
	factory := dashboardextension.NewFactory()
	config := factory.CreateDefaultConfig().(*dashboardextension.Config)
	config.Endpoint, config.ClickHouse.Endpoint = "127.0.0.1:0", "http://"+engine.Addr()
	config.ClickHouse.Username, config.ClickHouse.Password = stored.Username, stored.Password
	page, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return err
	}
	if err := page.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.Shutdown(ctx)) }()
	return measure(ctx, "http://"+page.(*dashboardextension.Extension).Addr(), lastCall(engine.Calls), runs, out)
}

// lastCall is the one that panels of a single call are asked for: it lies in every range.
func lastCall(config callgen.Config) genai.Call {
	var call genai.Call
	for generator := callgen.New(config); generator.Next(&call); {
	}
	return call
}

func measure(ctx context.Context, page string, call genai.Call, runs int, out string) error {
	set, err := dashboards.Load()
	if err != nil {
		return err
	}
	table := document.Table{
		Head: []string{"panel", "opens with", "min ms", "median ms", "max ms", "30 days: min ms", "median ms", "max ms", ""},
		Note: fmt.Sprintf("%d runs each, through the page that serves them, as a user who can only read. ", runs),
	}
	var failed []error
	for _, board := range set.Boards {
		for _, panel := range board.Panels {
			address := page + "/api/panels/" + board.Name + "/" + panel.Query + "?"
			short, err := ask(ctx, address+query(opening[board.From], call), runs)
			if err != nil {
				return err
			}
			long, err := ask(ctx, address+query(whole, call), runs)
			if err != nil {
				return err
			}
			row := append([]string{board.Name + "/" + panel.Query, strings.TrimPrefix(board.From, "now-")}, append(span(short), span(long)...)...)
			verdict := ""
			if short[runs/2] > limit {
				verdict = "**over 200 ms**"
				failed = append(failed, fmt.Errorf("%s/%s takes %v, and may take %v", board.Name, panel.Query, short[runs/2], limit))
			}
			table.Rows = append(table.Rows, append(row, verdict))
			fmt.Println(table.Rows[len(table.Rows)-1])
		}
	}
	return errors.Join(document.Put(out, "panels", table), errors.Join(failed...))
}

// span is the quickest, the median and the slowest of sorted times, in milliseconds.
func span(times []time.Duration) []string {
	var cells []string
	for _, at := range []int{0, len(times) / 2, len(times) - 1} {
		cells = append(cells, strconv.FormatFloat(float64(times[at].Microseconds())/1000, 'f', 1, 64))
	}
	return cells
}

func query(length time.Duration, call genai.Call) string {
	return url.Values{
		"from": {strconv.FormatInt(stored.End.Add(-length).Unix(), 10)}, "to": {strconv.FormatInt(stored.End.Unix(), 10)},
		"call": {call.ID().String()},
	}.Encode()
}

// ask gives how long the answers took, the quickest first.
func ask(ctx context.Context, address string, runs int) ([]time.Duration, error) {
	times := make([]time.Duration, 0, runs+1)
	for range runs + 1 {
		begin := time.Now()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", address, body)
		}
		times = append(times, time.Since(begin).Round(time.Millisecond/10))
	}
	times = times[1:]
	slices.Sort(times)
	return times, nil
}
