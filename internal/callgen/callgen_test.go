package callgen

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestOneSeedOneLoad(t *testing.T) {
	config := Config{Seed: 3, Calls: 5000, From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), Users: 100}
	one, other := New(config), New(config)
	var a, b genai.Call
	ids := make(map[string]bool)
	users := make(map[string]int)
	last, night := config.From, 0
	for one.Next(&a) {
		require.True(t, other.Next(&b))
		require.Equal(t, a, b)
		ids[a.ID().String()] = true
		users[a.Caller.UserID]++
		require.False(t, a.Start.Before(last))
		require.True(t, a.Start.Before(config.To))
		last = a.Start
		if a.Start.Hour() < 6 {
			night++
		}
	}
	require.False(t, other.Next(&b))
	require.Len(t, ids, config.Calls)
	require.Greater(t, users["user-00000"], 5*config.Calls/config.Users, "some call much more than others")
	require.Less(t, night, config.Calls/5, "nights are quiet")

	config.From, config.To = config.From.Add(time.Second), config.To.Add(time.Second)
	for later := New(config); later.Next(&b); {
		require.False(t, ids[b.ID().String()], "another time range has other calls")
	}
}
