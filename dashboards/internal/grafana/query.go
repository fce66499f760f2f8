package grafana

import (
	"regexp"

	"github.com/llmtap/llmtap/dashboards"
)

// Grafana puts variables into the text of a query. Of its formats only queryparam leaves nothing in a name that ends a string of
// ClickHouse: var-user=CORP%5Calice&var-user=o%27neil, and var-user=$__all where nothing is chosen. singlequote, and sqlstring
// as well, leave backslashes as they are.
var (
	everything = regexp.MustCompile(`'\*' IN \{(\w+):Array\(String\)\}`)
	among      = regexp.MustCompile(`IN \{(\w+):Array\(String\)\}`)
	list       = regexp.MustCompile(`\{(\w+):Array\(String\)\}`)
	text       = regexp.MustCompile(`\{(\w+):String\}`)
)

const listed = `arrayMap(v -> decodeURLComponent(v), extractAll('$${$1:queryparam}', '=([^&]*)'))`

// query is a query with Grafana's variables in the place of its parameters.
func query(sql dashboards.SQL) string {
	out := everything.ReplaceAllString(string(sql), `'$${$1:queryparam}' = 'var-$1=$$__all'`)
	out = among.ReplaceAllString(out, `IN (SELECT arrayJoin(`+listed+`))`) // the function itself would not be looked up in an index
	out = list.ReplaceAllString(out, listed)
	return text.ReplaceAllString(out, `decodeURLComponent(extract('$${$1:queryparam}', '=(.*)'))`)
}
