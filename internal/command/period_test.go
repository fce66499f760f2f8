package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPeriod(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "0s": 0} {
		var p Period
		require.NoError(t, p.Set(text))
		require.Equal(t, want, time.Duration(p))
	}
	for _, text := range []string{"7", "d", "-1d", "1.5d", "70000d", "1w"} {
		require.EqualError(t, new(Period).Set(text), "write it like 36h or 7d", text)
	}
}
