package dashboards

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed boards queries
var files embed.FS

// names are the dashboards in the order of reading.
var names = []string{"cost", "latency", "errors", "fidelity", "findings", "calls"}

// Set is all that is asked: the dashboards, what their variables and columns mean, and the alerts, which the page does not show.
type Set struct {
	Boards    []*Board             `json:"boards"`
	Variables map[string]*Variable `json:"variables"`
	Columns   map[string]Column    `json:"columns"`
	Alerts    []*Alert             `json:"-"`
}

// Board is a dashboard.
type Board struct {
	Name      string   `yaml:"-" json:"name"`
	Title     string   `json:"title"`
	Question  string   `json:"question"`
	From      string   `json:"from"` // where its time range begins, in Grafana's words
	Variables []string `json:"variables"`
	Panels    []*Panel `json:"panels"`
}

// Panel is one plot or table of a dashboard.
type Panel struct {
	Query    string        `json:"query"` // its name, unique in the dashboard
	Title    string        `json:"title"`
	Help     string        `json:"help"`
	Unit     string        `json:"unit"`
	Plot     string        `json:"plot"`
	Width    int           `json:"width"`  // in 24ths of the page
	Height   int           `json:"height"` // in rows
	Interval time.Duration `json:"-"`      // the shortest step of time that makes sense
	Bad      float64       `json:"bad"`    // from this value on a number is marked; 0 is never

	SQL SQL `yaml:"-" json:"-"`
}

// Variable narrows the calls that a dashboard shows.
type Variable struct {
	Title string `json:"title"`
	Kind  string `json:"kind"` // list or text

	SQL SQL `yaml:"-" json:"-"`
}

// IsList tells whether any number of values can be chosen, rather than one text typed.
func (v *Variable) IsList() bool { return v.Kind == "list" }

// Column is what a column of that name means in every table.
type Column struct {
	Title  string `json:"title"`
	Unit   string `json:"unit"`
	Hidden bool   `json:"hidden,omitempty"`
	Trace  bool   `json:"trace,omitempty"` // the id of a trace
	Link   *Link  `json:"link,omitempty"`
}

// Link is where a click on a column leads.
type Link struct {
	Board string            `json:"board"`          // a dashboard, or the column that names it
	Set   map[string]string `json:"set"`            // variable to the column with its value
	From  string            `json:"from,omitempty"` // columns with the time range in milliseconds since 1970; else it stays
	To    string            `json:"to,omitempty"`
	Clear bool              `json:"clear,omitempty"` // whether other variables lose their values
}

// Load reads the descriptions and queries. They are part of the program, so an error is a mistake in them.
func Load() (*Set, error) {
	set := &Set{}
	err := errors.Join(decode("variables", &set.Variables), decode("columns", &set.Columns), decode("alerts", &set.Alerts))
	if err != nil {
		return nil, err
	}
	for name, variable := range set.Variables {
		if !variable.IsList() {
			continue
		}
		if variable.SQL, err = readSQL(path.Join("variables", name)); err != nil {
			return nil, err
		}
	}
	for _, alert := range set.Alerts {
		if alert.SQL, err = readSQL(path.Join("alerts", alert.Query)); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		board, err := loadBoard(name)
		if err != nil {
			return nil, err
		}
		set.Boards = append(set.Boards, board)
	}
	return set, nil
}

func loadBoard(name string) (*Board, error) {
	board := &Board{Name: name}
	if err := decode(name, board); err != nil {
		return nil, err
	}
	for _, panel := range board.Panels {
		var err error
		if panel.SQL, err = readSQL(path.Join(name, panel.Query)); err != nil {
			return nil, err
		}
	}
	return board, nil
}

// Board gives the dashboard of a name, nil if there is none.
func (s *Set) Board(name string) *Board {
	at := slices.IndexFunc(s.Boards, func(b *Board) bool { return b.Name == name })
	if at < 0 {
		return nil
	}
	return s.Boards[at]
}

// Panel gives the panel with a query of that name, nil if there is none.
func (b *Board) Panel(query string) *Panel {
	at := slices.IndexFunc(b.Panels, func(p *Panel) bool { return p.Query == query })
	if at < 0 {
		return nil
	}
	return b.Panels[at]
}

func decode(name string, into any) error {
	name = "boards/" + name + ".yaml"
	data, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readSQL(name string) (SQL, error) {
	data, err := fs.ReadFile(files, "queries/"+name+".sql")
	if err != nil {
		return "", err
	}
	return expand(strings.TrimSpace(string(data)))
}
