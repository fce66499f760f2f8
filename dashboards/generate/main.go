// Command generate writes the files for Grafana: its data source, dashboards and alert rules.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/internal/grafana"
)

func main() {
	if err := run("provisioning"); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	set, err := dashboards.Load()
	if err != nil {
		return err
	}
	files, err := grafana.Files(set)
	if err != nil {
		return err
	}
	for name, data := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
