// Package dashboardextension serves llmtap's own page: the panels of dashboards/, for people without Grafana.
package dashboardextension
