// Package document keeps tables of measured figures in a page, each between two marks of its own.
package document

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Table is one table of figures.
type Table struct {
	Head []string
	Rows [][]string
	// Note stands below it.
	Note string
}

// Put writes the table into the page, in the place of what stands between <!-- name --> and <!-- /name -->.
func Put(page, name string, table Table) error { return PutText(page, name, table.markdown()) }

// PutText is Put for any text, which ends with its line.
func PutText(page, name, text string) error {
	data, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	first, last := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, found := strings.Cut(string(data), first)
	_, after, closed := strings.Cut(rest, last)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the table: it needs the lines %s and %s", page, strings.TrimSpace(first), last)
	}
	return os.WriteFile(page, []byte(before+first+text+last+after), 0o644)
}

func (t Table) markdown() string {
	var text strings.Builder
	line := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.Head)
	text.WriteString(strings.Repeat("|---", len(t.Head)) + "|\n")
	for _, cells := range t.Rows {
		line(cells)
	}
	fmt.Fprintf(&text, "\n%sMeasured on %s, %d cores, %s.\n", t.Note, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version())
	return text.String()
}
