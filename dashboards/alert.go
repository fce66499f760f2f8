package dashboards

import (
	"path"
	"time"
)

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

// LoadAlerts reads the alerts.
func LoadAlerts() ([]*Alert, error) {
	var alerts []*Alert
	if err := decode("boards/alerts.yaml", &alerts); err != nil {
		return nil, err
	}
	for _, alert := range alerts {
		var err error
		if alert.SQL, err = readSQL(path.Join("alerts", alert.Query)); err != nil {
			return nil, err
		}
	}
	return alerts, nil
}
