package genaifindingsreceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/scraper"
	"go.opentelemetry.io/collector/scraper/scraperhelper"
)

var componentType = component.MustNewType("gen_ai_findings")

const scopeName = "github.com/llmtap/llmtap/receiver/genaifindingsreceiver"

// NewFactory makes the factory of the receiver gen_ai_findings.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(componentType, createDefaultConfig,
		receiver.WithMetrics(createMetrics, component.StabilityLevelDevelopment),
		receiver.WithLogs(createLogs, component.StabilityLevelDevelopment))
}

func createMetrics(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
	config := cfg.(*Config)
	s, err := openStore(config)
	if err != nil {
		return nil, err
	}
	g := newGauges(s, set.Logger)
	metrics, err := scraper.NewMetrics(g.scrape, scraper.WithShutdown(s.close))
	if err != nil {
		return nil, err
	}
	return scraperhelper.NewMetricsController(&config.ControllerConfig, set, next, scraperhelper.AddMetricsScraper(componentType, metrics))
}

func createLogs(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	config := cfg.(*Config)
	s, err := openStore(config)
	if err != nil {
		return nil, err
	}
	w := &watcher{store: s, resource: set.Resource, repeat: config.RepeatInterval, now: time.Now, told: map[string]told{}}
	logs, err := scraper.NewLogs(w.scrape, scraper.WithShutdown(s.close))
	if err != nil {
		return nil, err
	}
	some, err := consumer.NewLogs(func(ctx context.Context, told plog.Logs) error { return w.handOn(ctx, told, next) })
	if err != nil {
		return nil, err
	}
	return scraperhelper.NewLogsController(&config.ControllerConfig, set, some,
		scraperhelper.AddFactoryWithConfig(scraper.NewFactory(componentType, nil, scraper.WithLogs(
			func(context.Context, scraper.Settings, component.Config) (scraper.Logs, error) { return logs, nil },
			component.StabilityLevelDevelopment)), nil))
}
