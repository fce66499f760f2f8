// Package clickhousedb has what the readers of the store share: options of a connection, and how to tell an empty store.
package clickhousedb

import (
	"net"
	"net/url"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Options returns the client's options for an address: clickhouse://host:9000, http://host:8123, or https://host:8443, for which
// it turns TLS on. A port that is left out is ClickHouse's own.
func Options(address string) (*clickhouse.Options, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if query := u.Query(); u.Scheme == "https" && !query.Has("secure") {
		query.Set("secure", "true")
		u.RawQuery = query.Encode()
	}
	options, err := clickhouse.ParseDSN(u.String())
	if err != nil {
		return nil, err
	}
	options.TransportFunc = RefuseRedirects
	for i, addr := range options.Addr {
		if host := (&url.URL{Host: addr}); host.Port() == "" {
			options.Addr[i] = net.JoinHostPort(host.Hostname(), DefaultPort(options.Protocol, options.TLS != nil))
		}
	}
	return options, nil
}

// WithoutNULLs is what statements rely on, although a profile may hold to the SQL standard: nothing is NULL that is not said to be. A user who
// may change no setting may give these as long as the profile has them so.
var WithoutNULLs = clickhouse.Settings{"aggregate_functions_null_for_empty": 0, "data_type_default_nullable": 0, "join_use_nulls": 0}

// IsEndpoint tells whether an address is that of a server and no more: user, password and database have keys of their own in a
// configuration, which would come before those in the address.
func IsEndpoint(address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.Contains([]string{"clickhouse", "http", "https"}, u.Scheme) && u.Host != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && !slices.ContainsFunc([]string{"username", "password", "database"}, u.Query().Has)
}

// DefaultPort is the one that ClickHouse serves a protocol at by default.
func DefaultPort(protocol clickhouse.Protocol, secure bool) string {
	switch {
	case protocol == clickhouse.HTTP && secure:
		return "8443"
	case protocol == clickhouse.HTTP:
		return "8123"
	case secure:
		return "9440"
	}
	return "9000"
}
