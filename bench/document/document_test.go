package document

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPutReplacesItsOwnTableOnly(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(page, []byte("# Page\n<!-- a -->\nold\n<!-- /a -->\nmore\n<!-- b -->\nold\n<!-- /b -->\n"), 0o600))
	for range 2 {
		require.NoError(t, Put(page, "a", Table{Head: []string{"x", "y"}, Rows: [][]string{{"1", "2"}}, Note: "Why. "}))
	}
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Regexp(t, `^# Page\n<!-- a -->\n\| x \| y \|\n\|---\|---\|\n\| 1 \| 2 \|\n\nWhy\. Measured on [^\n]*\n<!-- /a -->\nmore\n<!-- b -->\nold\n<!-- /b -->\n$`, string(data))
	require.ErrorContains(t, Put(page, "c", Table{}), "<!-- c -->")
}
