// Package findings names the events and attributes in log records of findings.
package findings

// Prefix is that of each attribute of a finding.
const Prefix = "llmtap.finding."

// The events of a finding are the names of its log records.
const (
	EventOpened       = "llmtap.finding.opened"
	EventEscalated    = "llmtap.finding.escalated"
	EventUpdated      = "llmtap.finding.updated"
	EventAcknowledged = "llmtap.finding.acknowledged"
	EventClosed       = "llmtap.finding.closed"
)
