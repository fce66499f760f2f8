package durations

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
)

type limits struct {
	DialTimeout time.Duration `mapstructure:"dial_timeout"`
}

type Squashed struct {
	Interval time.Duration `mapstructure:"interval"`
}

type backend struct {
	Limits configoptional.Optional[limits] `mapstructure:"limits"`
}

type nested struct {
	Wait     *time.Duration                  `mapstructure:"wait"`
	Absent   *limits                         `mapstructure:"absent"`
	Default  configoptional.Optional[limits] `mapstructure:"default"`
	Backends []backend                       `mapstructure:"backends"`
	Named    map[string]backend              `mapstructure:"named"`
}

type config struct {
	Squashed `mapstructure:",squash"`
	Limits   limits        `mapstructure:"limits"`
	Forever  time.Duration `mapstructure:"forever"`
	Name     string        `mapstructure:"name"`
}

func TestNumbersWithoutUnitAreNamed(t *testing.T) {
	require.NoError(t, Check(&config{Squashed: Squashed{time.Millisecond}, Limits: limits{DialTimeout: time.Hour}}))
	require.NoError(t, Check(&config{Forever: -1}))
	require.EqualError(t, Check(&config{Squashed: Squashed{15}, Limits: limits{DialTimeout: 300_000}}),
		"interval: 15ns is too short; give the number with its unit, such as 5s\n"+
			"limits::dial_timeout: 300µs is too short; give the number with its unit, such as 5s")
}

func TestNumbersWithoutUnitAreNamedInAllSections(t *testing.T) {
	short, long := time.Duration(5), 5*time.Second
	section := func(d time.Duration) backend {
		return backend{Limits: configoptional.Some(limits{DialTimeout: d})}
	}
	unused := configoptional.Default(limits{DialTimeout: short})
	require.NoError(t, Check(&nested{
		Wait: &long, Default: unused, Backends: []backend{{}, section(long)}, Named: map[string]backend{"a": section(long)},
	}))
	require.EqualError(t, Check(&nested{
		Wait: &short, Backends: []backend{section(long), section(short)}, Named: map[string]backend{"a": section(short)},
	}), "wait: 5ns is too short; give the number with its unit, such as 5s\n"+
		"backends::1::limits::dial_timeout: 5ns is too short; give the number with its unit, such as 5s\n"+
		"named::a::limits::dial_timeout: 5ns is too short; give the number with its unit, such as 5s")
}
