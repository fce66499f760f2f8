package genaifindingsreceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// gauges gives the metrics of findings and of the detectors that find them.
type gauges struct {
	*store
	logger *zap.Logger
	// failing are the detectors that were said to fail.
	failing map[string]bool
	// unknown tells that it was said that nothing is known of the detectors.
	unknown bool
}

func newGauges(s *store, logger *zap.Logger) *gauges {
	return &gauges{store: s, logger: logger, failing: map[string]bool{}}
}

// scrape counts open findings and failing detectors. Findings are worth having without the others, which a user may have no right to see.
func (g *gauges) scrape(ctx context.Context) (pmetric.Metrics, error) {
	metrics := pmetric.NewMetrics()
	scope := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	scope.Scope().SetName(scopeName)
	if err := g.open(ctx, scope.Metrics()); err != nil {
		return metrics, err
	}
	runs, err := g.runs(ctx)
	if err != nil {
		g.sayUnknown(err)
		return metrics, nil
	}
	g.unknown = false
	points := newGauge(scope.Metrics(), "llmtap.detectors.failing", "1 for a detector whose latest run failed, 0 for any other.", "{detector}")
	for _, run := range runs {
		g.say(run)
		failing := int64(0)
		if run.Exception != "" {
			failing = 1
		}
		addPoint(points, failing).PutStr("detector", run.Detector)
	}
	return metrics, nil
}

// open counts open findings without the silenced ones. A kind and severity that had some is 0 when they are closed.
func (g *gauges) open(ctx context.Context, into pmetric.MetricSlice) error {
	counts, err := g.counts(ctx)
	if err != nil {
		return err
	}
	points := newGauge(into, "llmtap.findings.open", "Open findings of the detectors.", "{finding}")
	for _, c := range counts {
		attributes := addPoint(points, int64(c.Open))
		attributes.PutStr("kind", c.Kind)
		attributes.PutStr("severity", c.Severity)
	}
	return nil
}

// say logs that a detector begins to fail, and that it runs again.
func (g *gauges) say(run detection.LatestRun) {
	switch fails := run.Exception != ""; {
	case fails == g.failing[run.Detector]:
	case fails:
		g.failing[run.Detector] = true
		g.logger.Warn("the detector fails, and finds nothing until a run of it succeeds", zap.String("detector", run.Detector), zap.String("error", run.Exception))
	default:
		delete(g.failing, run.Detector)
		g.logger.Info("the detector runs again", zap.String("detector", run.Detector))
	}
}

func (g *gauges) sayUnknown(err error) {
	if !g.unknown {
		g.unknown = true
		g.logger.Warn("whether the detectors run is not known; does the user have GRANT SELECT ON system.view_refreshes?", zap.Error(err))
	}
}

func newGauge(into pmetric.MetricSlice, name, description, unit string) pmetric.NumberDataPointSlice {
	gauge := into.AppendEmpty()
	gauge.SetName(name)
	gauge.SetDescription(description)
	gauge.SetUnit(unit)
	return gauge.SetEmptyGauge().DataPoints()
}

// addPoint adds a value of now and gives its attributes.
func addPoint(to pmetric.NumberDataPointSlice, value int64) pcommon.Map {
	point := to.AppendEmpty()
	point.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	point.SetIntValue(value)
	return point.Attributes()
}
