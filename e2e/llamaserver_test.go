//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/scriptedmodel"
)

// llamaServer runs llama.cpp's server with the scripted model, one request at a time, and gives its base URL.
func llamaServer(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../.cache/llama-server")
	require.NoError(t, err)
	if _, err := os.Stat(root); err != nil || runtime.GOARCH != "amd64" {
		t.Skip("SKIPPED: no llama-server in .cache; run make e2e on linux/amd64")
	}
	root, err = filepath.EvalSymlinks(root)
	require.NoError(t, err)
	model := filepath.Join(t.TempDir(), "scripted.gguf")
	require.NoError(t, scriptedmodel.Write(model))
	libraries := filepath.Join(root, "usr/lib/x86_64-linux-gnu")
	address := freeport.Address(t)
	host, port, _ := strings.Cut(address, ":")
	cmd := exec.Command(filepath.Join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries+":"+libraries+"/llama",
		filepath.Join(root, "usr/bin/llama-server"), "--offline", "--no-ui", "-m", model, "-a", "scripted",
		"--host", host, "--port", port, "-c", "4096", "-np", "1", "-t", "1", "--jinja", "--temp", "0")
	cmd.Env = append(os.Environ(), "GGML_BACKEND_PATH="+backend(t, libraries))
	log, err := os.Create(filepath.Join(t.TempDir(), "llama-server.log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("llama-server:\n%s", said)
		}
	})
	url := "http://" + address
	require.Eventually(t, func() bool {
		response, err := http.Get(url + "/health")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, deadline, 20*time.Millisecond, "llama-server does not start")
	return url
}

// backend is the build of the arithmetic that this processor can run.
func backend(t *testing.T, libraries string) string {
	t.Helper()
	info, err := os.ReadFile("/proc/cpuinfo")
	require.NoError(t, err)
	kind := "x64"
	if strings.Contains(string(info), " avx2") {
		kind = "haswell"
	}
	return filepath.Join(libraries, fmt.Sprintf("ggml/backends0/libggml-cpu-%s.so", kind))
}
