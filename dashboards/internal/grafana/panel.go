package grafana

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/llmtap/llmtap/dashboards"
)

// units are Grafana's names of ours.
var units = map[string]string{
	"usd": "currencyUSD", "count": "short", "tokens": "short", "share": "percentunit", "seconds": "s", "text": "string",
	"time": "dateTimeAsIso", "ratio": "none", "number": "none", "id": "none",
}

// gridWidth is the width of Grafana's page.
const gridWidth = 24

// panelWriter lays the panels of a dashboard out in rows, from left to right.
type panelWriter struct {
	set               *dashboards.Set
	board             *dashboards.Board
	id                int
	left, top, bottom int
}

func (w *panelWriter) panel(panel *dashboards.Panel) object {
	w.id++
	if w.left+panel.Width > gridWidth {
		w.left, w.top = 0, w.bottom
	}
	position := object{"x": w.left, "y": w.top, "w": panel.Width, "h": panel.Height}
	w.left += panel.Width
	w.bottom = max(w.bottom, w.top+panel.Height)
	written := object{
		"id": w.id, "title": panel.Title, "description": panel.Help, "type": panelType(panel.Plot), "gridPos": position,
		"datasource": source(), "pluginVersion": "11.6.0",
		"targets":         []object{target(panel)},
		"fieldConfig":     object{"defaults": w.defaults(panel), "overrides": w.overrides(panel)},
		"options":         options(panel.Plot),
		"transformations": []object{},
	}
	if panel.Interval > 0 {
		written["interval"] = step(panel.Interval)
	}
	return written
}

func panelType(plot string) string {
	switch plot {
	case "lines", "bars", "band":
		return "timeseries"
	case "rank":
		return "bargauge"
	}
	return plot // stat, table, heatmap
}

// isSeries tells whether a plot is over time.
func isSeries(plot string) bool { return panelType(plot) == "timeseries" || plot == "heatmap" }

func step(d time.Duration) string { return fmt.Sprintf("%dh", int(d.Hours())) }

func target(panel *dashboards.Panel) object {
	format, kind := 1, "table"
	if isSeries(panel.Plot) {
		format, kind = 0, "timeseries"
	}
	return object{
		"refId": "A", "datasource": source(), "editorType": "sql", "format": format, "queryType": kind,
		"rawSql": query(panel.SQL), "pluginVersion": pluginVersion,
	}
}

func (w *panelWriter) defaults(panel *dashboards.Panel) object {
	defaults := object{"unit": units[panel.Unit], "links": []object{}}
	if panel.Unit == "share" {
		defaults["min"] = 0
	}
	steps := []object{{"color": "text", "value": nil}}
	if panel.Bad > 0 {
		steps = append(steps, object{"color": "red", "value": panel.Bad})
	}
	if panel.Plot == "stat" {
		defaults["thresholds"] = object{"mode": "absolute", "steps": steps}
		defaults["color"] = object{"mode": "thresholds"}
		return defaults
	}
	if panelType(panel.Plot) == "timeseries" {
		custom := object{"drawStyle": "line", "lineWidth": 2, "fillOpacity": 6, "showPoints": "auto", "spanNulls": false}
		if panel.Plot == "bars" {
			custom = object{"drawStyle": "bars", "lineWidth": 0, "fillOpacity": 90, "stacking": object{"mode": "normal", "group": "A"}}
		}
		defaults["custom"] = custom
	}
	columns := panel.SQL.Columns()
	at := slices.IndexFunc(columns, func(name string) bool { return w.set.Columns[name].Unit == "text" })
	switch {
	case at < 0:
	case panelType(panel.Plot) == "timeseries":
		defaults["displayName"] = "${__field.labels." + columns[at] + "}"
	case panel.Plot == "rank":
		defaults["color"] = object{"mode": "fixed", "fixedColor": "blue"}
		if link := w.set.Columns[columns[at]].Link; link != nil {
			defaults["links"] = []object{w.link(link)}
		}
	}
	return defaults
}

// overrides say what is known of the columns.
func (w *panelWriter) overrides(panel *dashboards.Panel) []object {
	list := []object{}
	if panel.Plot == "stat" || panel.Plot == "heatmap" || panel.Plot == "rank" {
		return list
	}
	columns := panel.SQL.Columns()
	labelled := slices.ContainsFunc(columns, func(name string) bool { return w.set.Columns[name].Unit == "text" })
	if isSeries(panel.Plot) && labelled {
		return list
	}
	for _, name := range columns {
		column, known := w.set.Columns[name]
		if !known || isSeries(panel.Plot) && name == "time" {
			continue
		}
		properties := []object{{"id": "displayName", "value": column.Title}, {"id": "unit", "value": units[column.Unit]}}
		switch {
		case column.Hidden:
			properties = append(properties, object{"id": "custom.hidden", "value": true})
		case column.Trace:
			url := "${" + traceURL + ":raw}${__data.fields." + name + "}"
			properties = append(properties, object{"id": "links", "value": []object{{"title": "Trace", "url": url, "targetBlank": true}}})
		case column.Link != nil:
			properties = append(properties, object{"id": "links", "value": []object{w.link(column.Link)}})
		case panel.Plot == "band":
			properties = append(properties, w.band(name, column)...)
		}
		if column.Unit == "ratio" || column.Unit == "number" {
			properties = append(properties, object{"id": "decimals", "value": 2})
		}
		list = append(list, object{"matcher": object{"id": "byName", "options": name}, "properties": properties})
	}
	return list
}

// band fills what lies between the ends of an interval, which have no lines of their own, and leaves numbers of calls to the tooltip.
func (w *panelWriter) band(name string, column dashboards.Column) []object {
	noLine := object{"id": "custom.lineWidth", "value": 0}
	rate, high := strings.CutSuffix(name, "_high")
	switch {
	case column.Unit == "count":
		return []object{{"id": "custom.hideFrom", "value": object{"viz": true, "legend": true, "tooltip": false}}}
	case high:
		below := object{"id": "custom.fillBelowTo", "value": w.set.Columns[rate+"_low"].Title}
		return []object{noLine, below, {"id": "custom.fillOpacity", "value": 20}}
	case strings.HasSuffix(name, "_low"):
		return []object{noLine}
	}
	return nil
}

func options(plot string) object {
	reduce := object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}
	switch plot {
	case "stat":
		return object{
			"reduceOptions": reduce, "colorMode": "value", "graphMode": "none", "textMode": "auto", "justifyMode": "auto",
			"orientation": "auto", "wideLayout": true, "showPercentChange": false, "percentChangeColorMode": "standard",
		}
	case "rank":
		reduce["values"] = true
		return object{
			"reduceOptions": reduce, "orientation": "horizontal", "displayMode": "basic", "showUnfilled": true, "valueMode": "color",
			"namePlacement": "auto", "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
			"legend": object{"displayMode": "list", "placement": "bottom", "showLegend": false, "calcs": []string{}},
		}
	case "table":
		return object{"showHeader": true, "cellHeight": "sm", "frameIndex": 0}
	case "heatmap":
		return object{
			"calculate": false, "rowsFrame": object{"layout": "le", "value": "Calls"}, "cellGap": 1,
			"color": object{"mode": "scheme", "scheme": "Blues", "steps": 32, "reverse": false, "exponent": 0.5, "fill": "dark-blue"},
			"yAxis": object{"unit": "s"}, "tooltip": object{"mode": "single"}, "legend": object{"show": true}, "showValue": "never",
			"exemplars": object{"color": "rgba(255,0,255,0.7)"},
		}
	}
	return object{
		"legend":  object{"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []string{}},
		"tooltip": object{"mode": "multi", "sort": "desc"},
	}
}
