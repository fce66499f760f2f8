package genaiclickhouseexporter

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

// servers are the configured addresses in the client's terms.
type servers struct {
	protocol clickhouse.Protocol
	secure   bool
	addrs    []string
}

// servers reads the endpoints. It reports every problem at once.
func (c *Config) servers() (servers, error) {
	if len(c.Endpoints) == 0 {
		return servers{}, errors.New("endpoints: is empty; name at least one server, such as http://127.0.0.1:8123")
	}
	var all servers
	var errs []error
	scheme := ""
	for i, endpoint := range c.Endpoints {
		u, err := parseEndpoint(endpoint)
		if err != nil {
			errs = append(errs, fmt.Errorf("endpoints::%d: %w", i, err))
			continue
		}
		if scheme == "" {
			scheme = u.Scheme
		} else if u.Scheme != scheme {
			errs = append(errs, fmt.Errorf("endpoints::%d: is %s although others are %s; use one protocol for all", i, u.Scheme, scheme))
		}
		port := u.Port()
		if port == "" {
			port = clickhousedb.DefaultPort(protocolOf(u.Scheme), u.Scheme == "https" || c.TLS.HasValue())
		}
		all.addrs = append(all.addrs, net.JoinHostPort(u.Hostname(), port))
	}
	if scheme == "http" && c.TLS.HasValue() {
		errs = append(errs, errors.New("tls: is set although endpoints are http://; write https://, or remove tls"))
	}
	all.secure = scheme == "https" || c.TLS.HasValue()
	all.protocol = protocolOf(scheme)
	return all, errors.Join(errs...)
}

func protocolOf(scheme string) clickhouse.Protocol {
	if scheme == "http" || scheme == "https" {
		return clickhouse.HTTP
	}
	return clickhouse.Native
}

// compressionFor resolves auto: on this machine compressing takes longer than sending.
func (s *servers) compressionFor(configured string) string {
	if configured != "auto" {
		return configured
	}
	for _, addr := range s.addrs {
		host, _, _ := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return "lz4"
		}
	}
	return "none"
}

// parseEndpoint repeats nothing of the endpoint in an error but its scheme, since people put passwords into URLs.
func parseEndpoint(endpoint string) (*url.URL, error) {
	if strings.Contains(endpoint, ",") {
		return nil, errors.New("holds a comma; write each server as an item of its own, like [http://a:8123, http://b:8123]")
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("is no URL; write it like http://host:8123")
	}
	switch u.Scheme {
	case "clickhouse", "http", "https":
	default:
		return nil, fmt.Errorf("scheme %q is not known; use clickhouse://, http:// or https://", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("has no host; write it like http://host:8123")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("port %s does not exist; ports are 1 to 65535", port)
		}
	}
	if u.User != nil {
		return nil, errors.New("holds a user; use the keys username and password")
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("holds more than host and port; remove the rest: database, and tls instead of secure=true, have keys of their own")
	}
	return u, nil
}
