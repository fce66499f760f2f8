//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userHertz is the unit of the times in /proc, the same on every Linux.
const userHertz = 100

func procPath(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// times are of a process (proc_pid_stat(5)).
type times struct {
	own, children time.Duration // of itself, all threads together, and of its children that have ended
	parent        int
}

func timesOf(pid int) (times, bool) {
	stat, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return times{}, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(fields[field-3], 10, 64) // what follows the name begins with field 3
		return n
	}
	ticks := func(field int) time.Duration { return time.Duration(number(field)) * time.Second / userHertz }
	return times{ticks(14) + ticks(15), ticks(16) + ticks(17), int(number(4))}, true
}

// cpuOf gives the processor time that a process has taken.
func cpuOf(pid int) time.Duration {
	t, _ := timesOf(pid)
	return t.own
}

// kthreadd is the parent of the kernel's threads.
const kthreadd = 2

// programs gives the processor time of all processes but some and the kernel's threads, which work for whatever runs. Their sum is less
// than what the machine as a whole spends beside those left out: packets that come while a core is idle are counted for no process.
func programs(except ...int) map[int]time.Duration {
	all := map[int]time.Duration{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || slices.Contains(except, pid) {
			continue
		}
		if t, ok := timesOf(pid); ok && t.parent != kthreadd {
			all[pid] = t.own + t.children
		}
	}
	return all
}

// takenSince gives the time that programs have taken since an earlier look at them. What one that has ended took is its parent's.
func takenSince(before, now map[int]time.Duration) time.Duration {
	var sum time.Duration
	for pid, t := range now {
		sum += max(0, t-before[pid]) // of a process that has got the id anew
	}
	return sum
}

// stolen gives the time that other virtual machines had.
func stolen() time.Duration {
	stat, _ := os.ReadFile("/proc/stat")
	return stolenOf(string(stat))
}

// stolenOf reads the eighth time of all processors together (proc_stat(5)); there is none where the kernel does not tell.
func stolenOf(stat string) time.Duration {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0
	}
	ticks, _ := strconv.ParseInt(fields[8], 10, 64)
	return time.Duration(ticks) * time.Second / userHertz
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
