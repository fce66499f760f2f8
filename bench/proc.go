//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// userHertz is the unit of the times in /proc, the same on every Linux.
const userHertz = 100

func procPath(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// cpuOf gives the processor time that a process has taken, all its threads together (proc_pid_stat(5), utime and stime).
func cpuOf(pid int) time.Duration {
	stat, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // begins with field 3
	user, _ := strconv.ParseInt(fields[14-3], 10, 64)
	system, _ := strconv.ParseInt(fields[15-3], 10, 64)
	return time.Duration(user+system) * time.Second / userHertz
}

// busy gives the processor time that the whole machine has spent on anything (proc_stat(5)).
func busy() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	var sum int64
	for i, field := range strings.Fields(line)[1:] {
		if n, err := strconv.ParseInt(field, 10, 64); err == nil && i != 3 && i != 4 && i < 8 { // not idle, iowait, guests
			sum += n
		}
	}
	return time.Duration(sum) * time.Second / userHertz
}

// resetPeak makes the kernel forget the peak of a process's memory (proc_pid_clear_refs(5)).
func resetPeak(pid int) { _ = os.WriteFile(procPath(pid, "clear_refs"), []byte("5"), 0) }

// peakOf gives the peak of a process's memory in bytes.
func peakOf(pid int) int64 {
	status, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10
}

// counters reads sums by name of what a Collector tells of itself.
func counters(address string, names ...string) (map[string]float64, error) {
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	sums := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		for _, name := range names {
			if rest, ok := strings.CutPrefix(lines.Text(), name); ok && (rest[0] == '{' || rest[0] == ' ' || strings.HasPrefix(rest, "_total")) {
				value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				sums[name] += value
			}
		}
	}
	return sums, lines.Err()
}

// machine describes where the figures come from.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(info), "model name\t: "); ok {
			model, _, _ = strings.Cut(rest, "\n")
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d cores of %s, Linux %s", cores(), model, strings.TrimSpace(string(kernel)))
}
