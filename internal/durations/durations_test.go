package durations

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type limits struct {
	DialTimeout time.Duration `mapstructure:"dial_timeout"`
}

type Squashed struct {
	Interval time.Duration `mapstructure:"interval"`
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
