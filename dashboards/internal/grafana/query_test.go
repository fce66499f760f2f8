package grafana

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
)

// Names that are chosen stand in a query only as Grafana escapes them for addresses.
func TestQueryTakesVariablesEscaped(t *testing.T) {
	f := func(sql dashboards.SQL, want string) {
		t.Helper()
		require.Equal(t, want, query(sql))
	}
	const users = "arrayMap(v -> decodeURLComponent(v), extractAll('${user:queryparam}', '=([^&]*)'))"
	f("'*' IN {user:Array(String)} OR u IN {user:Array(String)}", "'${user:queryparam}' = 'var-user=$__all' OR u IN (SELECT arrayJoin("+users+"))")
	f("hasAny(x, {user:Array(String)})", "hasAny(x, "+users+")")
	f("toUUIDOrZero({call:String})", "toUUIDOrZero(decodeURLComponent(extract('${call:queryparam}', '=(.*)')))")
	f("a IN ('b') AND $__timeFilter(t)", "a IN ('b') AND $__timeFilter(t)")
}
