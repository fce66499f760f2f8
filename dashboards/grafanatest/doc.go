// Package grafanatest runs every query of the dashboards as Grafana would: through the engine of its SQL data sources.
package grafanatest
