// Package genaiclickhouseexporter writes model calls to ClickHouse: one typed row per GenAI span, in tables that it
// creates and migrates itself, with rollups that stay right when an insert is repeated.
package genaiclickhouseexporter
