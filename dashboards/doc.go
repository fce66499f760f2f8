// Package dashboards holds the questions that llmtap answers: each panel is a query in queries/ and a line of description in boards/.
// Grafana's files in provisioning/ are generated from them, and llmtap's own page draws them.
package dashboards

//go:generate go run ./generate
