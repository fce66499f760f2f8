package browsertest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// answer is what the database says to a panel's query.
type answer struct {
	Data [][]any
	Meta []struct{ Name, Type string }
}

// cells are the texts on the page, row by row, of each panel but plots.
const cells = `Object.fromEntries([...document.querySelectorAll('.panel')].map((panel) => [panel.id, panel.matches('.as-stat')
	? [[panel.querySelector('.stat').textContent]]
	: [...panel.querySelectorAll('tbody tr, .rank li')].map((row) => [...row.querySelectorAll('td, .name, .value')].map((cell) => cell.textContent))]))`

// On every dashboard each number, table and point of a plot says what the database says to the panel's query, and its CSV has as many rows.
func TestScreenSaysWhatTheDatabaseSays(t *testing.T) {
	server := engine(t, "")
	dashboardstest.Fill(t, server, dashboardstest.Small)
	address := page(t, server)
	set, err := dashboards.Load()
	require.NoError(t, err)
	b := newBrowser(t)
	for _, board := range set.Boards {
		query := full(t, server, board.Name)
		b.do(t, chromedp.EmulateViewport(1440, 6000), chromedp.Navigate(address+"/?"+query.Encode()), answered())
		shown := value[map[string][][]string](t, b, cells)
		downloads := value[map[string]string](t, b, "Object.fromEntries([...document.querySelectorAll('.panel')].map((panel) => [panel.id, panel.querySelector('a.csv[download]').href]))")
		for _, panel := range board.Panels {
			want := ask(t, server, panel, query)
			require.NotEmpty(t, want.Data, panel.Query)
			require.Len(t, rows(t, downloads[panel.Query]), len(want.Data)+1, panel.Query)
			switch panel.Plot {
			case "stat":
				says(t, shown[panel.Query][0][0], want.Data[0][0], panel.Unit, panel.Query)
			case "table", "rank":
				compareRows(t, set, panel, want, shown[panel.Query])
			default:
				points := 0
				for tenth := range 10 {
					points += comparePoints(t, b, set, panel, want, float64(tenth)/10+0.05)
				}
				require.NotZero(t, points, panel.Query)
			}
		}
	}
}

// ask asks the database itself what the page of that address asks.
func ask(t *testing.T, server string, panel *dashboards.Panel, page url.Values) answer {
	t.Helper()
	parameters := url.Values{
		"database": {"llmtap"}, "default_format": {"JSONCompact"}, "param_conversation": {""}, "param_call": {page.Get("call")},
		"param_from": {strings.TrimSuffix(page.Get("from"), "000")}, "param_to": {strings.TrimSuffix(page.Get("to"), "000")},
		"param_interval": {strconv.Itoa(int(max(panel.Interval, 10*time.Minute).Seconds()))},
	}
	for _, list := range []string{"upstream", "model", "user", "team", "app", "environment", "check"} {
		parameters.Set("param_"+list, "['*']")
	}
	var got answer
	require.NoError(t, json.Unmarshal([]byte(dashboardstest.Exec(t, server, panel.SQL.Bound(), parameters)), &got))
	return got
}

// rows are those of a file of comma-separated values.
func rows(t *testing.T, address string) [][]string {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	defer resp.Body.Close()
	found, err := csv.NewReader(resp.Body).ReadAll()
	require.NoError(t, err)
	return found
}

func compareRows(t *testing.T, set *dashboards.Set, panel *dashboards.Panel, want answer, shown [][]string) {
	t.Helper()
	require.Len(t, shown, len(want.Data), panel.Query)
	for i, row := range want.Data {
		at := 0
		for j, meta := range want.Meta {
			column, known := set.Columns[meta.Name]
			if !known || panel.Plot == "rank" && j == 1 {
				column.Unit = panel.Unit
			}
			if column.Hidden {
				continue
			}
			text, _ := row[j].(string)
			switch {
			case text == "" && slices.Contains([]string{"user", "team", "app", "model", "upstream"}, meta.Name):
				row[j] = "(none)"
			case meta.Name == "call" && text != "":
				row[j] = text[:8]
			case meta.Name == "body":
				row[j], shown[i][at] = strings.Join(strings.Fields(text), ""), strings.Join(strings.Fields(shown[i][at]), "")
			}
			says(t, shown[i][at], row[j], column.Unit, panel.Query+" "+meta.Name)
			at++
		}
		require.Len(t, shown[i], at, panel.Query)
	}
}

// comparePoints points into a plot, at a share of its width, reads what is said of that time, and gives how many values that is.
func comparePoints(t *testing.T, b *browser, set *dashboards.Set, panel *dashboards.Panel, want answer, share float64) (points int) {
	t.Helper()
	box := value[[]float64](t, b, "(() => { const box = document.querySelector('#"+panel.Query+" .u-over').getBoundingClientRect(); return [box.left, box.top, box.width] })()")
	b.do(t, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0]+share*box[2], box[1]+20))
	tip := "document.querySelector('#" + panel.Query + " .tip')"
	at := time.Unix(value[int64](t, b, "Date.parse("+tip+".querySelector('b').textContent) / 1000"), 0).UTC().Format(time.DateTime)
	shown := value[[][]string](t, b, "[..."+tip+".querySelectorAll('.key')].map((key) => [...key.querySelectorAll('span')].map((e) => e.textContent))")
	texts := map[string]string{}
	for _, line := range shown {
		texts[strings.TrimPrefix(line[0], "≤ ")] = line[1]
	}
	point := func(title string, number any, unit string) {
		if number == nil || panel.Plot == "bars" && number == 0.0 {
			return
		}
		points++
		require.Contains(t, texts, title, "%s at %s", panel.Query, at)
		says(t, texts[title], number, unit, panel.Query+" "+title)
	}
	for _, row := range want.Data {
		switch {
		case row[0] != at:
		case panel.Plot == "heatmap":
			bin, err := strconv.ParseFloat(row[1].(string), 64)
			require.NoError(t, err)
			for text := range texts {
				if parsed, half := number(t, text); math.Abs(parsed-bin) <= half {
					point(text, row[2], "count")
				}
			}
		case strings.Contains(want.Meta[1].Type, "String"):
			title := row[1].(string)
			if title == "" {
				title = "(none)"
			}
			point(title, row[2], panel.Unit)
		default:
			for j := 1; j < len(row); j++ {
				column := set.Columns[want.Meta[j].Name]
				point(column.Title, row[j], column.Unit)
			}
		}
	}
	require.Len(t, shown, points, "%s at %s", panel.Query, at)
	return points
}

// says compares a text on the screen with a value of the database.
func says(t *testing.T, text string, want any, unit, where string) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		require.Equal(t, "–", text, where)
	case string:
		if unit == "time" {
			at, err := time.Parse(time.DateTime, want[:len(time.DateTime)])
			require.NoError(t, err, where)
			want = at.Format("Jan 2 15:04:05")
		}
		require.Equal(t, want, text, where)
	default:
		got, half := number(t, text)
		require.InDelta(t, want, got, half, "%s: %s", where, text)
	}
}

var (
	written = regexp.MustCompile(`^(−?)(?:× |\$)?(-?[\d,]+(?:\.(\d+))?)(?: ?(%|k|M|G|µs|ms|s|min|h))?$`)
	scales  = map[string]float64{"": 1, "%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600}
)

// number reads one that is written for people, and gives half of its last digit.
func number(t *testing.T, text string) (read, half float64) {
	t.Helper()
	match := written.FindStringSubmatch(text)
	require.NotNil(t, match, fmt.Sprintf("%q is no number", text))
	read, err := strconv.ParseFloat(strings.ReplaceAll(match[2], ",", ""), 64)
	require.NoError(t, err)
	if match[1] != "" {
		read = -read
	}
	return read * scales[match[4]], 0.500001 * math.Pow10(-len(match[3])) * scales[match[4]]
}
