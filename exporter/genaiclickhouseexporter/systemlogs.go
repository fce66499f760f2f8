package genaiclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
)

// limitSystemLogs has ClickHouse's own logs (system.query_log and others), which by themselves grow for ever and soon past
// the calls, drop what is older than the age. A log that has a limit already keeps it.
func (s schema) limitSystemLogs(ctx context.Context) error {
	age := s.config.TTL.SystemLogs
	if s.config.Schema != SchemaCreate || age == 0 {
		return nil
	}
	var endless []string
	query := `SELECT arraySort(groupArray(name)) FROM system.tables
		WHERE database = 'system' AND name LIKE '%\\_log' AND engine LIKE '%MergeTree' AND position(engine_full, ' TTL ') = 0
		AND name IN (SELECT table FROM system.columns WHERE database = 'system' AND name = 'event_date')`
	if err := s.conn.QueryRow(ctx, query).Scan(&endless); err != nil {
		return fmt.Errorf("look for system logs without an age limit: %w", err)
	}
	l := s.config.layout()
	var errs []error
	for _, name := range endless {
		limit := fmt.Sprintf("ALTER TABLE system.`%s`%s MODIFY TTL event_date + %s SETTINGS materialize_ttl_after_modify = 0", name, l.OnCluster(), age.interval())
		if err := s.conn.Exec(ctx, limit); err != nil {
			errs = append(errs, fmt.Errorf("limit the age of system.%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
