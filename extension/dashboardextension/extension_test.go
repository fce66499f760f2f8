package dashboardextension

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
)

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	config := createDefaultConfig().(*Config)
	config.Endpoint = taken.Addr().String()
	created, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(componentType), config)
	require.NoError(t, err)
	require.Regexp(t, "^llmtap_dashboard.*: endpoint: listen tcp .* address already in use", created.Start(t.Context(), componenttest.NewNopHost()).Error())
	require.NoError(t, created.Shutdown(t.Context()))
}
