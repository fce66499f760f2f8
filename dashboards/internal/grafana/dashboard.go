package grafana

import (
	"github.com/llmtap/llmtap/dashboards"
)

// uid is Grafana's name of a dashboard.
func uid(board string) string { return "llmtap-" + board }

// traceURL is the variable with the address of a trace viewer, to which a trace's id is added.
const traceURL = "trace_url"

func dashboard(set *dashboards.Set, board *dashboards.Board) object {
	writer := panelWriter{set: set, board: board}
	panels := []object{}
	for _, panel := range board.Panels {
		panels = append(panels, writer.panel(panel))
	}
	return object{
		"uid": uid(board.Name), "title": "llmtap · " + board.Title, "description": board.Question, "tags": []string{"llmtap"},
		"schemaVersion": 41, "version": 1, "editable": true, "graphTooltip": 1, "refresh": "", "timezone": "browser",
		"time":        object{"from": board.From, "to": "now"},
		"timepicker":  object{},
		"annotations": object{"list": []object{}},
		"templating":  object{"list": variables(set, board)},
		"links": []object{{
			"type": "dashboards", "title": "llmtap", "tags": []string{"llmtap"}, "asDropdown": false, "includeVars": true,
			"keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
		}},
		"panels": panels,
	}
}

func variables(set *dashboards.Set, board *dashboards.Board) []object {
	list := []object{{
		"type": "datasource", "name": "datasource", "label": "Data source", "query": sourceType, "hide": 0, "refresh": 1,
		"current": object{"text": folderTitle, "value": sourceUID},
	}}
	for _, name := range board.Variables {
		variable := set.Variables[name]
		if !variable.IsList() {
			list = append(list, textbox(name, variable.Title))
			continue
		}
		list = append(list, object{
			"type": "query", "name": name, "label": variable.Title, "hide": 0,
			"datasource": source(),
			"query": object{
				"refId": "var", "queryType": "sql", "editorType": "sql", "rawSql": string(variable.SQL), "pluginVersion": pluginVersion,
			},
			"definition": string(variable.SQL),
			"multi":      true, "includeAll": true, "refresh": 2, "sort": 0, "options": []object{},
			"current": object{"text": []string{"All"}, "value": []string{"$__all"}},
		})
	}
	if board.Name == "calls" {
		list = append(list, textbox(traceURL, "Trace viewer's address"))
	}
	return list
}

func textbox(name, title string) object {
	return object{
		"type": "textbox", "name": name, "label": title, "hide": 0, "query": "", "options": []object{},
		"current": object{"text": "", "value": ""},
	}
}

func source() object { return object{"type": sourceType, "uid": "${datasource}"} }
