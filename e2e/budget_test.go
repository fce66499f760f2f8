package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
)

// withBudget adds a ledger to config/local.yaml.
const withBudget = `
receivers: {llm_tap: {ledger: gen_ai_ledger}}
processors: {gen_ai: {ledger: gen_ai_ledger}}
extensions:
  gen_ai_ledger:
    output_tokens: 200
    store: {endpoint: "http://${env:LLMTAP_CLICKHOUSE_LISTEN}", extension: clickhouse_embedded}
    budgets:
      - {name: daily, scope: user, window: 24h, usd: 0.002, action: enforce}
service: {extensions: [clickhouse_embedded, gen_ai_ledger, file_storage, health_check]}
`

// Calls of one user, many at once, spend the budget and no more than one call's worst case beyond it; a restart forgets
// nothing, and others go on.
func TestEnforcedBudget(t *testing.T) {
	sim := simulator(t, model)
	data, clickhouse := t.TempDir(), freeport.Address(t)
	worst := price(40, 200)
	answered := 0
	t.Run("until it is used up", func(t *testing.T) {
		c := start(t, "local.yaml", data, clickhouse, sim.URL, withBudget)
		var mu sync.Mutex
		for rounds := 0; ; rounds++ {
			require.Less(t, rounds, 1000, "the budget is never used up")
			usedUp := 0
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					status, header, _ := c.post(t, "ada", chat(true))
					mu.Lock()
					defer mu.Unlock()
					switch {
					case status != 429:
						answered++
					case header.Get("Retry-After") != "1": // not just held by calls in flight
						usedUp++
					}
				})
			}
			wg.Wait()
			if usedUp > 0 {
				break
			}
		}
		db := c.store(t)
		var spent decimal.Decimal
		var calls uint64
		require.Eventually(t, func() bool {
			err := db.QueryRow(context.Background(),
				"SELECT sum(cost_usd), countIf(outcome = 'ok') FROM llmtap.calls WHERE user_id = 'ada'").Scan(&spent, &calls)
			return err == nil && int(calls) == answered
		}, deadline, deadline/1000)
		limit := decimal.RequireFromString("0.002")
		require.True(t, spent.LessThanOrEqual(limit.Add(worst)), spent.String())
		require.True(t, spent.GreaterThan(limit.Sub(worst)), spent.String())
	})
	t.Run("after a restart", func(t *testing.T) {
		c := start(t, "local.yaml", data, clickhouse, sim.URL, withBudget)
		status, header, body := c.post(t, "ada", chat(false))
		require.Equal(t, 429, status)
		require.NotEmpty(t, header.Get("Retry-After"))
		require.Equal(t, "blocked_by_budget", header.Get("x-llmtap-error"))
		require.True(t, strings.HasPrefix(body, `{"error":{"code":"blocked_by_budget","message":"llmtap: budget \"daily\" of user \"ada\"`), body)
		status, _, _ = c.post(t, "bob", chat(false))
		require.Equal(t, 200, status)
	})
}

// withBudgetInSidecar adds processor and ledger to config/sidecar.yaml, where there is no database.
const withBudgetInSidecar = `
receivers: {llm_tap: {ledger: gen_ai_ledger}}
processors: {gen_ai: {ledger: gen_ai_ledger, identity: {key_hash_secret_file: "${env:LLMTAP_DATA}/key_hash_secret"}}}
extensions:
  gen_ai_ledger:
    output_tokens: 200
    storage: file_storage
    budgets_file: ${env:LLMTAP_DATA}/budgets.yaml
service:
  extensions: [file_storage, gen_ai_ledger, health_check]
  pipelines: {traces: {processors: [memory_limiter, gen_ai]}}
`

// Without a database the ledger's own storage keeps a refusal over a restart. Budgets of a file are mended without one.
func TestEnforcedBudgetInASidecar(t *testing.T) {
	sim := simulator(t, model)
	data := t.TempDir()
	budgets := func(usd string) {
		text := "budgets: [{name: daily, scope: user, window: 24h, usd: " + usd + ", action: enforce}]"
		require.NoError(t, os.WriteFile(filepath.Join(data, "new"), []byte(text), 0o600))
		require.NoError(t, os.Rename(filepath.Join(data, "new"), filepath.Join(data, "budgets.yaml")))
	}
	budgets("0.0001")
	t.Run("until it is used up", func(t *testing.T) {
		c := start(t, "sidecar.yaml", data, freeport.Address(t), sim.URL, withBudgetInSidecar)
		require.Eventually(t, func() bool {
			status, header, _ := c.post(t, "ada", chat(true))
			return status == 429 && header.Get("Retry-After") != "1"
		}, deadline, time.Millisecond)
	})
	t.Run("after a restart", func(t *testing.T) {
		c := start(t, "sidecar.yaml", data, freeport.Address(t), sim.URL, withBudgetInSidecar)
		status, _, body := c.post(t, "ada", chat(false))
		require.Equal(t, 429, status, body)
		status, _, _ = c.post(t, "bob", chat(false))
		require.Equal(t, 200, status)
		budgets("[")
		budgets("0.01")
		require.Eventually(t, func() bool {
			status, _, _ := c.post(t, "ada", chat(false))
			return status == 200
		}, deadline, 50*time.Millisecond, "a larger budget of the file counts without a restart")
	})
}
