package genaimetricsconnector

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/settings"
)

// Config is the configuration of the gen_ai_metrics connector.
type Config struct {
	// Semconv is the version of the GenAI conventions whose metrics are emitted: v1_41, which most back ends know,
	// current, which is their main branch, or both. Default: v1_41.
	Semconv Semconv `mapstructure:"semconv"`
	// FlushInterval is the time between two emissions of all series. Default: 15s.
	FlushInterval time.Duration `mapstructure:"flush_interval"`
	// SeriesMax bounds the series of each metric; calls past it are counted in the series otel.metric.overflow=true.
	// Default: 1000.
	SeriesMax int `mapstructure:"series_max"`
	// CostSeriesMax bounds the series of llmtap.cost; past it calls are counted under user="_other", of which there are
	// as many series at most, and then under team, app and model "_other" too. Default: 5000.
	CostSeriesMax int `mapstructure:"cost_series_max"`
	// SeriesExpiration is how long a series without calls is still emitted; it begins anew with the next call.
	// Default: 1h.
	SeriesExpiration time.Duration `mapstructure:"series_expiration"`
	// Exemplars gives each bucket of a histogram the ids of the latest call's span in it. Default: true.
	Exemplars bool `mapstructure:"exemplars"`
}

// Semconv names a version of the GenAI conventions.
type Semconv string

// The versions of the conventions.
const (
	SemconvV141    Semconv = "v1_41"
	SemconvCurrent Semconv = "current"
	SemconvBoth    Semconv = "both"
)

// seriesLimitMax bounds what may be configured as a limit of series, so that memory stays bounded.
const seriesLimitMax = 1_000_000

func createDefaultConfig() component.Config {
	return &Config{
		Semconv:          SemconvV141,
		FlushInterval:    15 * time.Second,
		SeriesMax:        1000,
		CostSeriesMax:    5000,
		SeriesExpiration: time.Hour,
		Exemplars:        true,
	}
}

// Unmarshal reads the configuration.
func (c *Config) Unmarshal(conf *confmap.Conf) error { return settings.Unmarshal(conf, c) }

// Validate reports every problem.
func (c *Config) Validate() error {
	var errs []error
	switch c.Semconv {
	case SemconvV141, SemconvCurrent, SemconvBoth:
	default:
		errs = append(errs, fmt.Errorf("semconv: %q is no version; give v1_41, current or both", c.Semconv))
	}
	if c.FlushInterval <= 0 {
		errs = append(errs, fmt.Errorf("flush_interval: %v is no interval; give e.g. 15s", c.FlushInterval))
	}
	if c.SeriesExpiration < c.FlushInterval {
		errs = append(errs, fmt.Errorf("series_expiration: %v is shorter than flush_interval; give at least %v",
			c.SeriesExpiration, c.FlushInterval))
	}
	limit := func(key string, value int) {
		if value < 1 || value > seriesLimitMax {
			errs = append(errs, fmt.Errorf("%s: %d is out of range; give 1 to %d", key, value, seriesLimitMax))
		}
	}
	limit("series_max", c.SeriesMax)
	limit("cost_series_max", c.CostSeriesMax)
	return errors.Join(errs...)
}
