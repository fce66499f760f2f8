package grafana

import (
	"maps"
	"slices"
	"strings"

	"github.com/llmtap/llmtap/dashboards"
)

// link leads to another dashboard with what the row says, and with the variables and the time range of this one unless it says else.
func (w *panelWriter) link(link *dashboards.Link) object {
	board, title := uid(link.Board), "Look closer"
	carried := w.board.Variables
	if target := w.set.Board(link.Board); target == nil {
		board = uid("${__data.fields." + link.Board + "}")
	} else {
		title = "To " + target.Title
		carried = slices.DeleteFunc(slices.Clone(carried), func(name string) bool { return !slices.Contains(target.Variables, name) })
	}
	var query []string
	for _, name := range slices.Sorted(maps.Keys(link.Set)) {
		query = append(query, "var-"+name+"=${__data.fields."+link.Set[name]+":percentencode}")
	}
	if !link.Clear {
		for _, name := range carried {
			if _, set := link.Set[name]; !set {
				query = append(query, "${"+name+":queryparam}")
			}
		}
	}
	if link.From == "" {
		query = append(query, "${__url_time_range}")
	} else {
		query = append(query, "from=${__data.fields."+link.From+"}", "to=${__data.fields."+link.To+"}")
	}
	return object{"title": title, "url": "/d/" + board + "?" + strings.Join(query, "&"), "targetBlank": false}
}
