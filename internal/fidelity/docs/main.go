// Command docs writes docs/fidelity.md and the table of checks in README.md out of the registry of fidelity checks.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"github.com/llmtap/llmtap/internal/fidelity"
)

//go:embed page.md
var page string

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "docs: give the page to write and the README.md to fill in")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func write(page, readme string) error {
	if err := os.WriteFile(page, []byte(document()), 0o644); err != nil { //nolint:gosec // it is a page to be read by all
		return err
	}
	text, err := os.ReadFile(readme) //nolint:gosec // named by the caller
	if err != nil {
		return err
	}
	filled, err := withTable(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	return os.WriteFile(readme, []byte(filled), 0o644) //nolint:gosec // it is a page to be read by all
}

// document is the page with the table of each group of checks.
func document() string {
	var out strings.Builder
	group := ""
	for _, check := range fidelity.Checks() {
		name, _, _ := strings.Cut(check.ID, ".")
		if name != group {
			group = name
			fmt.Fprintf(&out, "\n### %s\n\n| check | class | blame | item | what is promised |\n|---|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", check.ID, check.Class, check.Blame, check.Item, check.Rule)
	}
	filled := strings.Replace(page, "CHECKS\n", strings.TrimPrefix(out.String(), "\n"), 1)
	return strings.Replace(filled, "LIMITS\n", limits(), 1)
}

func limits() string {
	var out strings.Builder
	out.WriteString("| what | at most |\n|---|---|\n")
	for _, limit := range fidelity.Limits() {
		fmt.Fprintf(&out, "| %s | %d |\n", limit.What, limit.Value)
	}
	return out.String()
}
