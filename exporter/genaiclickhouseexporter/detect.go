package genaiclickhouseexporter

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// detectorView is one refreshable view; its mark, kept as the view's comment, follows from everything that makes it.
type detectorView struct{ name, create, mark string }

// detectorViews are the views of all detectors in the order in which they depend on each other.
func detectorViews(c *Config) ([]detectorView, error) {
	l := c.layout()
	var views []detectorView
	for _, tier := range c.Detection.Tiers() {
		after := ""
		for _, step := range tier.Steps {
			query, err := c.Detection.ViewQuery(c.Database, tier, step)
			if err != nil {
				return nil, err
			}
			target, keep := detection.Target(step), "APPEND "
			if target == detection.Latest {
				keep = ""
			}
			name := "detect_" + tier.Name + "_" + step
			text := fmt.Sprintf("CREATE MATERIALIZED VIEW IF NOT EXISTS %s.%s%s\nREFRESH EVERY %d MINUTE%s\n%sTO %s.%s AS\n%s",
				l.DB, name, l.OnCluster(), int(tier.Every.Minutes()), after, keep, l.DB, target, query)
			sum := fnv.New64a()
			_, _ = sum.Write([]byte(text))
			mark := fmt.Sprintf("%016x", sum.Sum64())
			views = append(views, detectorView{name, text + "\nCOMMENT '" + mark + "'", mark})
			after = " DEPENDS ON " + l.DB + "." + name
		}
	}
	return views, nil
}

// dropDetectors drops the views of detectors before tables change; updateDetectors makes them again. One that keeps its latest run only puts a table
// of its own in the place of its target whenever a run ends, and one that ends after a migration would bring the old columns back.
func (s schema) dropDetectors(ctx context.Context) error {
	l := s.config.layout()
	var names []string
	query := fmt.Sprintf(`SELECT groupArray(name) FROM system.tables WHERE database = '%s' AND name LIKE 'detect\_%%' AND engine = 'MaterializedView'`, l.DB)
	if err := s.conn.QueryRow(ctx, query).Scan(&names); err != nil {
		return fmt.Errorf("look for detectors: %w", err)
	}
	for _, name := range names {
		if err := s.exec(ctx, "without detector "+name, []string{l.dropView(name)}); err != nil {
			return err
		}
	}
	return nil
}

func (l layout) dropView(name string) string {
	return fmt.Sprintf("DROP VIEW IF EXISTS %s.%s%s SYNC", l.DB, name, l.OnCluster())
}

// updateDetectors makes the views of the detectors anew where their SQL or a threshold changed. When they are off it drops them, and
// closes what is open, which nothing looks at any longer.
func (s schema) updateDetectors(ctx context.Context, comments map[string]string) error {
	views, err := detectorViews(s.config)
	if err != nil {
		return fmt.Errorf("%w: %w", errSchema, err)
	}
	l := s.config.layout()
	for _, view := range views {
		mark := comments[view.name]
		if s.config.Detection.Enabled && mark == view.mark {
			continue
		}
		var statements []string
		if mark != "" {
			statements = append(statements, l.dropView(view.name))
		}
		if s.config.Detection.Enabled {
			statements = append(statements, view.create)
		}
		if err := s.exec(ctx, "of detector "+view.name, statements); err != nil {
			return err
		}
	}
	if s.config.Detection.Enabled {
		return nil
	}
	return s.exec(ctx, "without detectors", []string{detection.CloseAll(l.DB)})
}
