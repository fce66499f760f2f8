package clickhouseembeddedextension_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/goleak"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// childFolder names the data folder in the environment of a child process, which serves it until its input ends or it is killed.
const childFolder = "LLMTAP_TEST_CHILD_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		serveChild(folder)
		return
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	chdb.Stop()
	os.Exit(code)
}

func serveChild(folder string) {
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir = "127.0.0.1:0", folder
	created, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), config)
	if err == nil {
		err = created.Start(context.Background(), componenttest.NewNopHost())
	}
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(created.(*clickhouseembeddedextension.Extension).Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// startChild runs the extension in another process and gives its address, or its error.
func startChild(t *testing.T, folder string) (said string, child *exec.Cmd) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFolder+"="+folder, "LLMTAP_LIBCHDB="+clickhouseembeddedtest.Library(t))
	_, err := child.StdinPipe()
	require.NoError(t, err)
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line), child
}
