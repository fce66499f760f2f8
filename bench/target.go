//go:build linux

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// target is a proxy under test, a process of its own. The target without a process is the upstream itself.
type target struct {
	name string
	// args give the command once folder holds what configure wrote.
	command func(folder, listen, upstream string) ([]string, error)

	address string
	process *exec.Cmd
	output  *bytes.Buffer
	metrics string // where the Collector tells of itself
	profile string // where it can be profiled
}

const startTimeout = 60 * time.Second

// start runs the target on one core, when there are cores to choose from, with nothing of the time before, and waits until
// it accepts connections.
func (t *target) start(folder, upstream string) error {
	if t.command == nil {
		t.address = cmp.Or(t.address, upstream)
		return nil
	}
	folder = filepath.Join(folder, t.name)
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
		return err
	}
	t.address = freeAddress()
	args, err := t.command(folder, t.address, upstream)
	if err != nil {
		return err
	}
	args = append(pinTo(proxyCore), args...)
	t.output = new(bytes.Buffer)
	t.process = exec.Command(args[0], args[1:]...)
	t.process.Stdout, t.process.Stderr = t.output, t.output
	t.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := t.process.Start(); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", t.address, time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) || !alive(t.pid()) {
			t.stop()
			return fmt.Errorf("does not start: %w\n%s", err, t.output)
		}
	}
}

func (t *target) pid() int {
	if t.process == nil {
		return 0
	}
	return t.process.Process.Pid
}

// stop ends the process at once: what it has is not needed any more.
func (t *target) stop() {
	if t.process != nil {
		_ = t.process.Process.Kill()
		_ = t.process.Wait()
		t.process = nil
	}
}

// alive tells whether a process runs, and is no zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile(procPath(pid, "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func freeAddress() string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0" // the program that is to listen there will tell
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// The cores of the proxy, and of load and upstream.
const (
	proxyCore = 0
	loadCore  = 1
)

// pinTo gives the command that keeps what follows on a core.
func pinTo(core int) []string {
	if cores() < 2 {
		return nil
	}
	return []string{"taskset", "-c", strconv.Itoa(core)}
}

// need tells of programs that are missing, all at once.
func need(programs ...string) error {
	packages := map[string]string{"nginx": "nginx-light", "haproxy": "haproxy", "taskset": "util-linux"}
	var errs []error
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			errs = append(errs, fmt.Errorf("%s is missing: apt-get install %s", name, packages[name]))
		}
	}
	return errors.Join(errs...)
}
