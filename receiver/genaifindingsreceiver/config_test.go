package genaifindingsreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What would be ignored is refused: user and database have keys of their own.
func TestEndpointIsNoMoreThanAServer(t *testing.T) {
	for _, endpoint := range []string{"http://reader:secret@store:8123", "http://store:8123/other", "tcp://store:9000"} {
		config := createDefaultConfig().(*Config)
		config.Endpoint = endpoint
		require.EqualError(t, config.Validate(),
			"endpoint: must be clickhouse://host:9000, http://host:8123 or https://host:8443, without user, password and database", endpoint)
	}
}
