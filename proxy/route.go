package proxy

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

var (
	errTarget  = errors.New("request target is not a path")
	errDots    = errors.New("dot segments in the path")
	errControl = errors.New("control characters in the path")
	errEscape  = errors.New("percent sign in the path without two hexadecimal digits")
)

// route is what the tap makes of a request's first line. A client asks for the same again and again, so it holds until
// another first line comes.
type route struct {
	method string
	asked  string // the target as the client sent it
	// upstream is nil where none has the path.
	upstream       *upstream
	path           string // the target without query and upstream prefix
	recordedTarget string // the same with the query; empty where the call is not recorded
	target         string // what is sent on
}

// route finds where a target is at.
func (p *Proxy) route(method, asked string) (route, error) {
	target := asked
	if scheme, rest, ok := strings.Cut(target, "://"); ok && target[0] != '/' { // absolute form (RFC 9112, section 3.2.2)
		end := strings.IndexAny(rest, "/?#")
		if end <= 0 || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return route{}, errTarget
		}
		target = rest[end:]
	}
	if !strings.HasPrefix(target, "/") || strings.IndexByte(target, '#') >= 0 {
		return route{}, errTarget
	}
	path, _, _ := strings.Cut(target, "?")
	if hasDotSegment(path) {
		return route{}, errDots
	}
	if err := checkEscapes(path); err != nil {
		return route{}, err
	}
	r := route{method: method, asked: asked, upstream: p.upstreamFor(path), path: path}
	if r.upstream == nil {
		return r, nil
	}
	target = strings.TrimPrefix(target, r.upstream.Prefix)
	r.path, r.target = strings.TrimPrefix(path, r.upstream.Prefix), r.upstream.basePath+target
	if r.target == "" || r.target[0] == '?' {
		r.target = "/" + r.target // RFC 9112, section 3.2.1
	}
	if p.record(method, r.path) {
		r.recordedTarget = target
	}
	return r, nil
}

// checkEscapes refuses wrong escapes (RFC 3986, section 2.1), which servers leave as they are or cut out while they decode
// the others, and control characters behind right ones: servers in Python find "/x%0a" where they find "/x". By either a
// call would get around the accounts.
func checkEscapes(path string) error {
	if !strings.Contains(path, "%") {
		return nil
	}
	decoded, err := url.PathUnescape(path)
	switch {
	case err != nil:
		return errEscape
	case strings.ContainsFunc(decoded, unicode.IsControl):
		return errControl
	}
	return nil
}

// methodName gives the usual methods without a copy of their own.
func methodName(method []byte) string {
	for _, name := range [...]string{"POST", "GET", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH"} {
		if string(method) == name {
			return name
		}
	}
	return string(method)
}

// plainPath gives dots and what ends a segment one spelling.
var plainPath = strings.NewReplacer("%2e", ".", "%2E", ".", "%2f", "/", "%2F", "/", "%5c", "/", "%5C", "/", "\\", "/")

// hasDotSegment finds "." and ".." segments in any spelling: a server that resolves them could be led out of the
// configured base path.
func hasDotSegment(path string) bool {
	if !strings.Contains(path, ".") && !strings.Contains(path, "%2") {
		return false
	}
	for segment := range strings.SplitSeq(plainPath.Replace(path), "/") {
		if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
			return true
		}
	}
	return false
}
