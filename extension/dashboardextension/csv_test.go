package dashboardextension

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpreadsheet(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		got, err := spreadsheet([]byte(body))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	f("\"user\",\"cost_usd\"\n\"ada\",1.5\n", "user,cost_usd\nada,1.5\n")
	f("\"a\"\n\"=HYPERLINK(\"\"http://evil\"\")\"\n\"@SUM(1)\"\n\"+1+1\"\n\"-x\"\n\"\t=1\"\n", "a\n\"'=HYPERLINK(\"\"http://evil\"\")\"\n'@SUM(1)\n'+1+1\n'-x\n'\t=1\n")
	f("\"a\",\"b\"\n-5,\"-5\"\n-1e-9,\\N\n", "a,b\n-5,-5\n-1e-9,\n")
	f("\"a\",\"b\"\n\"two\nlines, \"\"quoted\"\"\",\"\"\n", "a,b\n\"two\nlines, \"\"quoted\"\"\",\n")
}
