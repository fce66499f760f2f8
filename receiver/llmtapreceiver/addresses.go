package llmtapreceiver

import (
	"context"
	"errors"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Validate reports every problem of one upstream.
func (u *UpstreamConfig) Validate() error {
	var errs []error
	if u.Name == "" {
		errs = append(errs, errors.New("name: is missing; it stands in spans and rows"))
	}
	base, err := url.Parse(u.URL)
	switch {
	case err != nil || !isBaseAddress(base):
		errs = append(errs, errors.New("url: is no base address; give http://host:port or https://host:port"))
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		errs = append(errs, errors.New("url: must have no user, query or fragment; remove them"))
	case isOfAPI(base.Path):
		errs = append(errs, errors.New("url: ends with the path of an API, which requests have too; leave out /v1 and what follows"))
	default:
		errs = append(errs, u.validateTLS(base.Scheme))
	}
	if u.Usage != "" && u.Usage != UsageInject && u.Usage != UsageObserve {
		errs = append(errs, errUsageMode)
	}
	if u.Prefix != "" && (!strings.HasPrefix(u.Prefix, "/") || strings.HasSuffix(u.Prefix, "/")) {
		errs = append(errs, errors.New("prefix: must begin with / and not end with it"))
	} else if !isRequestPath(u.Prefix) {
		errs = append(errs, errors.New("prefix: is no path that requests have; escape what is special in a URL, and leave out . and .. segments"))
	}
	return errors.Join(errs...)
}

// validateTLS reports what would be ignored.
func (u *UpstreamConfig) validateTLS(scheme string) error {
	others := u.TLS
	others.Insecure = false
	switch {
	case scheme == "http" && !reflect.ValueOf(others).IsZero():
		return errors.New("tls: is set although url is http://; write https://, or remove tls")
	case scheme == "https" && u.TLS.Insecure:
		return errors.New("tls::insecure: is for http://; remove it, and set insecure_skip_verify to accept any certificate")
	}
	return nil
}

// isBaseAddress tells whether requests can be sent to an address.
func isBaseAddress(base *url.URL) bool {
	if base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" {
		return false
	}
	port, err := strconv.ParseUint(base.Port(), 10, 16)
	return base.Port() == "" || err == nil && port > 0
}

// isOfAPI tells whether a path is that of an API as its documentation has it, such as /v1/chat/completions. The tap would ask for it twice.
func isOfAPI(path string) bool {
	_, own, found := strings.Cut(strings.TrimRight(path, "/"), "/v1/")
	return found && slices.ContainsFunc(apis, func(a api) bool { return a.path == "/"+own })
}

// isListenAddress tells whether a tap can listen at an address. A reload ends the tap that listens before it listens anew: what is
// found wrong only then ends the process.
func isListenAddress(endpoint string) bool {
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil || port == "" {
		return false
	}
	_, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port)
	return err == nil
}

// isRequestPath tells whether requests can have a path, as it is sent; others never find their upstream.
func isRequestPath(path string) bool {
	u, err := url.Parse(path)
	if err != nil || u.EscapedPath() != path {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
