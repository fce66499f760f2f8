package dashboards

import "time"

// Alert is a query that returns offenders only: one number that says how bad, and strings that say who.
type Alert struct {
	Query    string
	Title    string
	Severity string        // page or ticket, as of findings
	For      time.Duration // how long it has to hold
	Range    time.Duration // how far back the query's time range goes
	Board    string        // where to look
	Summary  string        // {column} stands for its value

	SQL SQL `yaml:"-"`
}
