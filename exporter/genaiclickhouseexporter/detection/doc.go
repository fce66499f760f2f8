// Package detection holds the detectors: SQL that flags regressions and runaway cost, and makes incidents of what it flagged.
// Each file of sql is one detector, a SELECT of rows for the table detections; blocks.sql prepares, incidents.sql follows.
package detection
