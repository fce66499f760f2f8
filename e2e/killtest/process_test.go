//go:build killtest

package killtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// program is a bin/llmtap that is killed and started again with one configuration and one data folder.
type program struct {
	t       *testing.T
	args    []string
	env     []string
	listens []string // ready when all of these accept connections
	log     *os.File
	running *exec.Cmd
}

func newProgram(t *testing.T, name string, args, env []string, listens ...string) *program {
	t.Helper()
	bin := os.Getenv("LLMTAP_BIN")
	require.NotEmpty(t, bin, "LLMTAP_BIN does not name the folder of the built programs; run make killtest")
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	require.NoError(t, err)
	env = append(append(os.Environ(), "LLMTAP_LIBCHDB="+clickhouseembeddedtest.Library(t)), env...)
	p := &program{t: t, args: append([]string{filepath.Join(bin, "llmtap")}, args...), env: env, listens: listens, log: log}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("%s:\n%s", name, tail(string(said), 8000))
		}
	})
	return p
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// begin starts the program and does not wait until it is ready.
func (p *program) begin() {
	p.t.Helper()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, p.log, p.log
	require.NoError(p.t, cmd.Start())
	p.running = cmd
}

func (p *program) start() {
	p.t.Helper()
	p.begin()
	require.Eventually(p.t, func() bool {
		for _, address := range p.listens {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return false
			}
			_ = conn.Close()
		}
		return true
	}, time.Minute, 20*time.Millisecond, "%s does not start", strings.Join(p.args, " "))
}

// kill is kill -9.
func (p *program) kill() {
	if p.running == nil {
		return
	}
	_ = p.running.Process.Signal(syscall.SIGKILL)
	_ = p.running.Wait()
	p.running = nil
}
