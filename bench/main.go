//go:build linux

// Command bench measures the tap beside nginx, haproxy and a bare fasthttp proxy, in one run and on the same cores, and
// writes docs/performance.md and the table of the README. `make bench` runs it. It needs Linux: its clock is a timerfd,
// and what a process takes of CPU and memory it reads from /proc.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/llmtap/llmtap/bench/document"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	bin, library       string
	out, readme        string
	rounds             int
	limit              time.Duration
	others             float64
	only               string
	targets            string
	during             time.Duration
	profile, profiled  string
	bare, bareUpstream string
	pinned             bool
}

func parse(args []string) (s settings, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.bin, "bin", "bin", "`folder` of llmtap")
	flags.StringVar(&s.library, "libchdb", os.Getenv("LLMTAP_LIBCHDB"), "`path` of libchdb.so")
	flags.StringVar(&s.out, "out", "", "`file` to write the page to; left out, it is printed")
	flags.StringVar(&s.readme, "readme", "", "`file` to write the floors and goals into, between <!-- bench --> and <!-- /bench -->")
	flags.IntVar(&s.rounds, "rounds", 5, "undisturbed `rounds` of each scenario")
	flags.DurationVar(&s.limit, "limit", 20*time.Minute, "`time` after which no further round begins")
	flags.Float64Var(&s.others, "others", 0.05, "`share` of the machine that other programs may take of a round")
	flags.StringVar(&s.only, "only", "", "measure only scenarios with this `text` in their names")
	flags.StringVar(&s.targets, "targets", "", "measure only `targets` with these names, separated by semicolons")
	flags.DurationVar(&s.during, "during", 0, "`time` of each measurement; 0 leaves it to the scenario")
	flags.StringVar(&s.profile, "profile", "", "`file` for a profile of the tap that is measured last")
	flags.StringVar(&s.profiled, "profiled", "profile", "what is profiled: profile, of the processor, or mutex, of waiting for locks")
	flags.StringVar(&s.bare, "bare-proxy", "", "serve the bare fasthttp proxy at this `address`")
	flags.StringVar(&s.bareUpstream, "upstream", "", "`address` behind the bare proxy")
	flags.BoolVar(&s.pinned, "pinned", false, "this process is on its core already")
	return s, flags.Parse(args)
}

func run(args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.bare != "" {
		return serveBare(s.bare, s.bareUpstream)
	}
	if err := need("nginx", "haproxy", "taskset"); err != nil {
		return err
	}
	if pin := pinTo(loadCore); pin != nil && !s.pinned {
		return execute(append(append(pin, args0()), append([]string{"-pinned"}, args...)...))
	}
	raiseFileLimit()
	folder, err := os.MkdirTemp("", "llmtap-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return s.measure(folder)
}

func (s settings) measure(folder string) error {
	clock, err := newMetronome()
	if err != nil {
		return err
	}
	up, err := startUpstream(clock)
	if err != nil {
		return err
	}
	list := s.scenarios()
	b := &bench{
		clock: clock, folder: folder, upstream: up.address(), targets: map[string]*target{}, others: s.others,
		recorded: map[string]recorded{}, profile: s.profile, profiled: s.profiled,
	}
	begin := time.Now()
	for _, t := range s.all() {
		b.targets[t.name] = t
	}
	results := b.run(list, s.rounds, begin.Add(s.limit), func(line string) { fmt.Fprintln(os.Stderr, "bench:", line) })
	var page bytes.Buffer
	if err := b.report(&page, results, begin, versions()); err != nil {
		return err
	}
	_, _ = os.Stdout.Write(page.Bytes())
	var outErr, readmeErr error
	if s.out != "" {
		outErr = os.WriteFile(s.out, page.Bytes(), 0o644)
	}
	if s.readme != "" {
		readmeErr = document.PutText(s.readme, "bench", summary(results, begin))
	}
	return errors.Join(outErr, readmeErr)
}

// scenarios gives those that the flags leave.
func (s settings) scenarios() []scenario {
	list := slices.DeleteFunc(scenarios(), func(sc scenario) bool { return !strings.Contains(sc.name, s.only) })
	for i := range list {
		if s.targets != "" {
			names := strings.Split(s.targets, ";")
			list[i].targets = slices.DeleteFunc(slices.Clone(list[i].targets), func(n string) bool { return !slices.Contains(names, n) })
		}
		if s.during > 0 {
			list[i].during = s.during
		}
	}
	return slices.DeleteFunc(list, func(sc scenario) bool { return len(sc.targets) == 0 })
}

func (s settings) all() []*target {
	profile := func() string {
		if s.profile == "" {
			return ""
		}
		return freeAddress()
	}
	return []*target{
		direct(), nginx(), haproxy(), bareProxy(),
		tap(s.bin, s.library, tapOptions{name: nameTap, store: storeNone, profile: profile()}),
		tap(s.bin, s.library, tapOptions{name: nameContent, store: storeNone, capture: true, profile: profile()}),
		tap(s.bin, s.library, tapOptions{name: nameDown, store: storeDown, profile: profile()}),
		tap(s.bin, s.library, tapOptions{name: nameEmbedded, store: storeEmbedded, profile: profile()}),
	}
}

func cores() int {
	online, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.NumCPU()
	}
	return bytes.Count(online, []byte("processor\t:"))
}

func args0() string {
	self, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return self
}

// execute replaces this process.
func execute(args []string) error {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, args, os.Environ())
}

// raiseFileLimit lets this process and those that it starts open as many connections as the scenarios need, if it may.
func raiseFileLimit() {
	const want = 1 << 17
	limit := syscall.Rlimit{Cur: want, Max: want}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}

// versions names the peers.
func versions() string {
	first := func(args ...string) string {
		out, _ := exec.Command(args[0], args[1:]...).CombinedOutput()
		line, _, _ := strings.Cut(string(out), "\n")
		return line
	}
	proxy := strings.Fields(first("haproxy", "-v") + " ? ? ?")
	return strings.Join([]string{
		strings.TrimPrefix(first("nginx", "-v"), "nginx version: "), "HAProxy " + proxy[2], runtime.Version(),
	}, ", ") + ", " + strconv.Itoa(cores()) + " cores"
}
