package genaifindingsreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
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

func TestInvalidSettingsAreNamed(t *testing.T) {
	config := createDefaultConfig().(*Config)
	config.Endpoint, config.Database, config.Password, config.RepeatInterval, config.CollectionInterval = "127.0.0.1:8123", "", "x", -1, 0
	err := confmap.Validate(config)
	for _, key := range []string{"endpoint: ", "database: ", "username: ", "repeat_interval: ", "collection_interval"} {
		require.ErrorContains(t, err, key)
		require.Equal(t, 1, strings.Count(err.Error(), key), key)
	}
}
