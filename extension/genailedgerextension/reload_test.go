package genailedgerextension

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// Budgets of a file count anew when it changes, and what was spent stays spent. A file that cannot be taken stops the
// start; later the budgets of before go on, and the failure is counted.
func TestBudgetsAreReadAgain(t *testing.T) { synctest.Test(t, testReload) }

func testReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budgets.yaml")
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(context.Background())) }()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	cfg := createDefaultConfig().(*Config)
	cfg.BudgetsFile = path
	cfg.Budgets = []BudgetConfig{{Name: "all", Scope: "all", Window: "day", Calls: 1000}}
	create := func() (*Ledger, error) {
		return newLedger(cfg, component.MustNewID("gen_ai_ledger"), tel.NewTelemetrySettings(), at.get)
	}
	for text, problem := range map[string]string{
		"":                                "budgets: needed; an empty list is []",
		"budgets: [":                      "budgets_file: ",
		"budgets: [{name: all}]":          "names a budget of the configuration",
		"budgets: [{scope: x}]":           "budgets::0: scope: must be user, team",
		"budgets: [{user: a}]":            "user",
		"budgets: [{name: a}, {name: a}]": `budgets::1::name: "a" names another budget already`,
	} {
		write(t, path, text)
		_, err := create()
		require.ErrorContains(t, err, problem, text)
		require.ErrorContains(t, cfg.Validate(), problem, text) // before a Collector is stopped for it
	}
	require.NoError(t, os.Remove(path))
	_, err := create()
	require.ErrorContains(t, err, "budgets_file: open")
	require.ErrorContains(t, cfg.Validate(), "budgets_file: open")

	write(t, path, "budgets: [{name: daily, scope: user, window: day, tokens: 100, action: enforce}]")
	require.NoError(t, cfg.Validate())
	l, err := create()
	require.NoError(t, err)
	require.Equal(t, 5*time.Second, l.reload.Interval)
	l.Use(processorID, perToken{})
	require.NoError(t, l.Start(context.Background(), componenttest.NewNopHost()))
	look := func(text string) {
		write(t, path, text)
		time.Sleep(5 * time.Second)
		synctest.Wait()
	}
	admits := func(want bool) {
		t.Helper()
		ticket, refusal := l.Admit(callOf("ada", 1, 0))
		require.Equal(t, want, refusal == nil)
		l.Release(ticket)
	}
	settled(l, at, "ada", 100, 0)
	held, refusal := l.Admit(callOf("bob", 50, 0))
	require.Nil(t, refusal)
	admits(false)
	look("budgets: [{name: daily, scope: user, window: day, tokens: 200, action: enforce}]")
	admits(true)
	settled(l, at, "ada", 100, 0)
	admits(false)
	l.Release(held)
	require.Equal(t, amount{}, l.budgets[1].accounts["bob"].reserved, "what was reserved before is given back")
	look("budgets: [{name: daily, scope: user")
	admits(false)
	look("budgets: [{name: daily, scope: user, window: day, tokens: 1000, action: enforce, when: bad}]")
	admits(false)
	look("budgets: [{name: renamed, scope: user, window: day, tokens: 201, action: enforce}]")
	admits(true)
	settled(l, at, "ada", 1, 0)
	admits(false)
	look("budgets: [{name: renamed, scope: user, window: month, tokens: 1, action: enforce}]")
	admits(true) // adds up something else, from now on
	look("budgets: []")
	admits(true)
	require.Equal(t, 1, l.count)
	require.EqualValues(t, 3, l.budgets[0].accounts["all"].total().calls)
	require.NoError(t, l.Shutdown(context.Background()))

	got, err := tel.GetMetric("llmtap_ledger_reloads")
	require.NoError(t, err)
	point := func(result string, n int64) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(
			attribute.String("file", "budgets_file"), attribute.String("result", result))}
	}
	metricdatatest.AssertAggregationsEqual(t, metricdata.Sum[int64]{
		DataPoints:  []metricdata.DataPoint[int64]{point("ok", 4), point("failed", 2)},
		Temporality: metricdata.CumulativeTemporality, IsMonotonic: true,
	}, got.Data, metricdatatest.IgnoreTimestamp())
}

func TestBadConditionStopsTheStart(t *testing.T) {
	_, err := newLedger(&Config{
		Budgets: []BudgetConfig{{Name: "b", Scope: "all", Window: "day", Calls: 1, When: "bad"}}, Loop: LoopConfig{ConversationsMax: 1},
	}, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), time.Now)
	require.ErrorContains(t, err, `budget "b": when: "bad" is no OTTL condition`)
}
