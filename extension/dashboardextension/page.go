package dashboardextension

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/llmtap/llmtap/dashboards"
)

//go:embed web
var web embed.FS

// page answers the browser. It knows queries by their names only; no SQL comes from outside.
type page struct {
	set      *dashboards.Set
	store    *store
	traceURL string
	logger   *zap.Logger
}

func (p *page) routes() http.Handler {
	routes := http.NewServeMux()
	files, _ := fs.Sub(web, "web") // the folder is part of the program
	routes.Handle("GET /", http.FileServerFS(files))
	routes.HandleFunc("GET /api/dashboards", p.serveDashboards)
	routes.HandleFunc("GET /api/panels/{board}/{query}", p.servePanel)
	routes.HandleFunc("GET /api/variables/{name}", p.serveVariable)
	return routes
}

func (p *page) serveDashboards(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // a browser that left needs no answer
		*dashboards.Set
		TraceURL string `json:"traceUrl"`
	}{p.set, p.traceURL})
}

func (p *page) servePanel(w http.ResponseWriter, r *http.Request) {
	board := p.set.Board(r.PathValue("board"))
	if board == nil {
		http.NotFound(w, r)
		return
	}
	panel := board.Panel(r.PathValue("query"))
	if panel == nil {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("format") == "csv" {
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "llmtap-"+board.Name+"-"+panel.Query+".csv"))
		p.answer(w, r, panel.SQL, panel.Interval, asCSV)
		return
	}
	p.answer(w, r, panel.SQL, panel.Interval, asJSON)
}

func (p *page) serveVariable(w http.ResponseWriter, r *http.Request) {
	variable := p.set.Variables[r.PathValue("name")]
	if variable == nil || !variable.IsList() {
		http.NotFound(w, r)
		return
	}
	p.answer(w, r, variable.SQL, 0, asJSON)
}

// form is how an answer is written: ClickHouse's format, what is done to it, and its type for the browser.
type form struct {
	format      string
	finish      func([]byte) ([]byte, error)
	contentType string
}

var (
	asJSON = form{"JSONCompact", func(body []byte) ([]byte, error) { return body, nil }, "application/json"}
	asCSV  = form{"CSVWithNamesAndTypes", spreadsheet, "text/csv; charset=utf-8"}
)

func (p *page) answer(w http.ResponseWriter, r *http.Request, sql dashboards.SQL, shortest time.Duration, as form) {
	bound, err := parameters(p.set, sql, shortest, r.URL.Query())
	if err != nil {
		fail(w, err, http.StatusBadRequest)
		return
	}
	body, err := p.store.ask(r.Context(), sql.Bound(), as.format, bound)
	if err == nil {
		body, err = as.finish(body)
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			p.logger.Warn("a panel has no answer", zap.String("path", r.URL.Path), zap.Error(err))
		}
		fail(w, err, http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", as.contentType)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // as above
}

func fail(w http.ResponseWriter, err error, status int) {
	w.Header().Del("Content-Disposition")
	http.Error(w, err.Error(), status)
}
