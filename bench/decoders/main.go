// Command decoders measures the decoder of each API and writes the figures into a page. It fails when one is over its limit.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/benchmark/parse"

	"github.com/llmtap/llmtap/bench/document"
)

// limits are what a decoder may take; the others have none.
var limits = map[string]time.Duration{
	"Answer/chat/completions":  5 * time.Microsecond,
	"Request/chat/completions": 500 * time.Microsecond,
}

func main() {
	runs := flag.Int("runs", 10, "`number` of times that each is measured; the fastest counts, as other programs can only slow it down")
	page := flag.String("out", "receiver/llmtapreceiver/README.md", "`page` that the figures are written into")
	flag.Parse()
	if err := run(*runs, *page); err != nil {
		fmt.Fprintln(os.Stderr, "decoders:", err)
		os.Exit(1)
	}
}

func run(runs int, page string) error {
	fmt.Println("decoders: measuring, about a minute")
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark(Answer|Request)$", "-benchmem", "-benchtime", "100ms",
		"-count", strconv.Itoa(runs), "./receiver/llmtapreceiver")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test: %w\n%s", err, out)
	}
	set, err := parse.ParseSet(bytes.NewReader(out))
	if err != nil {
		return err
	}
	table := document.Table{
		Head: []string{"decoder", "µs", "MB/s", "allocations", "bytes allocated"},
		Note: fmt.Sprintf("The fastest of %d runs. Answers have about 1 KB of text, requests 256 KB. ", runs),
	}
	var over error
	for _, list := range ordered(set) {
		b := slices.MinFunc(list, func(a, b *parse.Benchmark) int { return cmp.Compare(a.NsPerOp, b.NsPerOp) })
		name := nameOf(b)
		taken := time.Duration(b.NsPerOp)
		if limit := limits[name]; limit > 0 && taken > limit {
			over = errors.Join(over, fmt.Errorf("%s takes %v, more than %v", name, taken, limit))
		}
		table.Rows = append(table.Rows, []string{
			strings.ReplaceAll(strings.ToLower(name[:1])+name[1:], "_", " "), fmt.Sprintf("%.1f", b.NsPerOp/1e3), fmt.Sprintf("%.0f", b.MBPerS),
			strconv.FormatUint(b.AllocsPerOp, 10), strconv.FormatUint(b.AllocedBytesPerOp, 10),
		})
	}
	return errors.Join(document.Put(page, "decoders", table), over)
}

// ordered gives the benchmarks in the order in which they ran.
func ordered(set parse.Set) (lists [][]*parse.Benchmark) {
	for _, list := range set {
		lists = append(lists, list)
	}
	slices.SortFunc(lists, func(a, b []*parse.Benchmark) int { return a[0].Ord - b[0].Ord })
	return lists
}

// nameOf gives a benchmark's name without what go test adds to it.
func nameOf(b *parse.Benchmark) string {
	name := strings.TrimPrefix(b.Name, "Benchmark")
	if at := strings.LastIndexByte(name, '-'); at > 0 {
		name = name[:at]
	}
	return name
}
