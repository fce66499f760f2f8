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
	f("\"user\",\"cost_usd\"\n\"String\",\"Float64\"\n\"ada\",1.5\n", "user,cost_usd\nada,1.5\n")
	f("\"user\",\"p50\"\n\"String\",\"Nullable(Float64)\"\n\"nan\",nan\n\"-nan\",-nan\n", "user,p50\nnan,\n'-nan,\n")
	f("\"user\"\n\"String\"\n", "user\n")
	f("\"a\"\n\"String\"\n\"=HYPERLINK(\"\"http://evil\"\")\"\n\"@SUM(1)\"\n\"+1+1\"\n\"-x\"\n\"\t=1\"\n", "a\n\"'=HYPERLINK(\"\"http://evil\"\")\"\n'@SUM(1)\n'+1+1\n'-x\n'\t=1\n")
	f("\"a\",\"b\"\n\"Int64\",\"Nullable(String)\"\n-5,\"-5\"\n-1e-9,\\N\n", "a,b\n-5,-5\n-1e-9,\n")
	f("\"a\",\"b\"\n\"String\",\"String\"\n\"two\nlines, \"\"quoted\"\"\",\"\"\n", "a,b\n\"two\nlines, \"\"quoted\"\"\",\n")
}
