package pricebook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestMachines(t *testing.T) {
	book, err := Parse("prices_file", []byte(`
version: "1"
prices: [{model: "*", input: 1, output: 1}]
machines:
  - {upstream: gpu, hourly_usd: 4.20, replicas: 2, from: 2026-06-01}
  - {upstream: gpu, hourly_usd: 5, weight: tokens, from: 2026-07-01T08:00:00Z}
  - {upstream: gpu, replicas: 0, from: 2026-08-01}
  - {upstream: gpu, hourly_usd: 6, from: 2026-09-01}
`))
	require.NoError(t, err)
	f := func(upstream string, at time.Time, want genai.NanoUSD) {
		t.Helper()
		m := MachineAt(book.Machines, upstream, at)
		if want == 0 {
			require.Nil(t, m)
			return
		}
		require.Equal(t, want, m.Price())
	}
	f("gpu", time.Date(2026, 5, 31, 23, 59, 59, 0, time.UTC), 0)
	f("gpu", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), 8_400_000_000)
	f("gpu", time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), 5_000_000_000)
	f("gpu", time.Date(2026, 7, 31, 23, 0, 0, 0, time.UTC), 5_000_000_000)
	f("gpu", time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), 0) // it was given back
	f("gpu", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), 6_000_000_000)
	f("other", time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), 0)

	c := NewCatalog(book)
	one := call("m", tokens(1, 1))
	one.Upstream = "gpu"
	cost, reason := c.Cost(one, nil)
	require.Equal(t, Hourly, reason)
	require.Equal(t, genai.Cost{Source: SourceHourly, PriceVersion: "1"}, cost)

	one.Duration = 2 * time.Second
	one.Usage = tokens(100, 21)
	require.EqualValues(t, 60_500, book.Machines[1].WeightOf(one))
	require.EqualValues(t, 1000, book.Machines[0].WeightOf(one))
	one.Usage = tokens(3, 0) // 1.5 a second: half as much again as one of 1.0
	require.EqualValues(t, 1500, book.Machines[1].WeightOf(one))
	one.Usage = genai.Usage{}
	require.EqualValues(t, 1000, book.Machines[1].WeightOf(one))
}

func TestBadMachines(t *testing.T) {
	_, err := Parse("prices_file", []byte(`
prices: []
machines:
  - {hourly_usd: 0, replicas: -1, weight: luck, from: 2026-06-01T00:30:00Z}
  - {upstream: gpu, hourly_usd: 0.0000000001, from: 2026-06-01}
  - {upstream: gpu, hourly_usd: 5000, replicas: 3, from: 2026-06-01}
  - {upstream: gpu, hourly_usd: 1}
`))
	for _, problem := range []string{
		"machine 0: upstream: needed", "hourly_usd: 0 for", "replicas: -1 is negative", `weight: "luck" is none`,
		"from: needed; give the beginning of an hour", "machine 1: hourly_usd", "machine 2: hourly_usd", "machine 3: from: needed",
		"machines::2: has the upstream and from of machines::1; keep one of them",
	} {
		require.ErrorContains(t, err, problem)
	}
}
