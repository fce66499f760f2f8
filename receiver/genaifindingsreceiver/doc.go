// Package genaifindingsreceiver is the receiver gen_ai_findings: it reads the findings of the detectors from ClickHouse, and gives
// their number as a metric and what becomes of each as a log record.
package genaifindingsreceiver
