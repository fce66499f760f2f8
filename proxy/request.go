package proxy

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/valyala/fasthttp"
)

var (
	errFraming   = errors.New("both content-length and transfer-encoding")
	errLineBreak = errors.New("header line not ended by CRLF")
	errFolded    = errors.New("folded header line")
	errTarget    = errors.New("request target is not a path")
	errDots      = errors.New("dot segments in the path")
	errControl   = errors.New("control characters in the path")
	errEscape    = errors.New("percent sign in the path without two hexadecimal digits")
	errFields    = errors.New("too many header fields")
	errVersion   = errors.New("HTTP version is neither 1.1 nor 1.0, or too old for a transfer coding")
	errUpgrade   = errors.New("upgrade with a body")
	errName      = errors.New("space in a field name")
	errExpect    = errors.New("expectation other than 100-continue")
	errConnect   = errors.New("the tap makes no tunnels to servers")
)

// request is the head of a client's request, valid until the next one is read.
type request struct {
	fasthttp.RequestHeader
	route
	plan
}

// plan is what the tap makes of a request's field lines.
type plan struct{ tunnel, chunked, expects bool }

// route is what the tap makes of a request's first line. A client asks for the same again and again, so it holds until
// another first line comes.
type route struct {
	method string
	asked  string // the target as the client sent it
	// upstream is nil where none has the path.
	upstream *upstream
	path     string // the target without query and upstream prefix
	recorded string // the same with the query; empty where the call is not recorded
	target   string // what is sent on
}

// inspect reads from the head what forwarding needs and refuses what two servers might understand differently.
func (r *request) inspect(p *Proxy) error {
	if err := checkLines(r.RawHeaders()); err != nil {
		return err
	}
	fields, length, upgrades, expects, mayUpgrade := 0, 0, 0, 0, false
	for name, value := range fieldLines(r.RawHeaders()) {
		if fields++; fields > p.cfg.Limits.HeaderFields {
			return errFields
		}
		if bytes.IndexByte(name, ' ') >= 0 {
			return errName
		}
		switch {
		case isField(name, "Content-Length"):
			length++
		case isField(name, "Transfer-Encoding"):
			r.chunked = true
			if length++; !strings.EqualFold(string(bytes.TrimSpace(value)), "chunked") {
				return errFraming
			}
		case isField(name, "Expect") && r.IsHTTP11(): // before, it means nothing (RFC 9110, section 10.1.1)
			expects++
			r.expects = strings.EqualFold(string(bytes.TrimSpace(value)), "100-continue")
		case isField(name, "Connection"):
			mayUpgrade = mayUpgrade || listsUpgrade(value)
		case isField(name, "Upgrade"):
			upgrades++
			r.tunnel = upgrades == 1 && r.IsHTTP11() && strings.EqualFold(string(bytes.TrimSpace(value)), "websocket")
		}
	}
	r.tunnel = r.tunnel && mayUpgrade && !r.ConnectionClose()
	switch {
	case r.IsConnect():
		return errConnect
	case expects > 1, expects == 1 && !r.expects:
		return errExpect
	case length > 1:
		return errFraming
	case !r.IsHTTP11() && (r.chunked || string(r.Protocol()) != "HTTP/1.0"):
		return errVersion
	case r.tunnel && (r.chunked || r.ContentLength() > 0): // whether the body or the tunnel comes next is anybody's guess
		return errUpgrade
	}
	return r.find(p)
}

// listsUpgrade tells whether a Connection field lists "upgrade". It may come in several lines (RFC 9110, section 5.3).
func listsUpgrade(value []byte) bool {
	for option := range bytes.SplitSeq(value, []byte{','}) {
		if bytes.EqualFold(bytes.TrimSpace(option), []byte("upgrade")) {
			return true
		}
	}
	return false
}

// find finds the upstream and the target there, unless the last request has asked for the same.
func (r *request) find(p *Proxy) (err error) {
	if string(r.RequestURI()) != r.asked || string(r.Method()) != r.route.method {
		r.route, err = p.route(methodName(r.Method()), string(r.RequestURI()))
	}
	return err
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
	r := route{method: method, asked: asked, upstream: p.upstreamFor(path)}
	if r.upstream == nil {
		return r, nil
	}
	target = strings.TrimPrefix(target, r.upstream.Prefix)
	r.path, r.target = strings.TrimPrefix(path, r.upstream.Prefix), r.upstream.basePath+target
	if r.target == "" || r.target[0] == '?' {
		r.target = "/" + r.target // RFC 9112, section 3.2.1
	}
	if p.record(method, r.path) {
		r.recorded = target
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

// appendHead writes the head for the upstream: the client's lines as sent, in order, without those that concern only
// the client's connection, and with the upstream's host. A length of 0 or more replaces the content length.
func (r *request) appendHead(dst []byte, length int) []byte {
	dst = append(dst, r.Method()...)
	dst = append(dst, ' ')
	dst = append(dst, r.target...)
	if r.IsHTTP11() {
		dst = append(dst, " HTTP/1.1\r\n"...)
	} else {
		dst = append(dst, " HTTP/1.0\r\n"...)
	}
	noHost := len(r.Host()) == 0
	if noHost {
		dst = append(append(append(dst, "Host: "...), r.upstream.host...), "\r\n"...)
	}
	for name, value := range fieldLines(r.RawHeaders()) {
		switch {
		case isField(name, "Host"):
			if !noHost {
				dst = append(append(append(append(dst, name...), ": "...), r.upstream.host...), "\r\n"...)
			}
			continue
		case r.hopByHop(name):
			continue
		case length >= 0 && isField(name, "Content-Length"):
			dst = append(append(append(append(dst, name...), ": "...), strconv.Itoa(length)...), "\r\n"...)
			continue
		}
		dst = append(append(append(append(dst, name...), ':'), value...), "\r\n"...)
	}
	return append(dst, "\r\n"...)
}

// hopByHop tells fields that concern only one connection (RFC 9110, section 7.6.1).
func (r *request) hopByHop(name []byte) bool {
	switch {
	case isField(name, "Connection"):
		return !r.tunnel
	case isField(name, "Upgrade"):
		return !r.tunnel
	case isField(name, "Keep-Alive"), isField(name, "TE"), isField(name, "HTTP2-Settings"), isField(name, "Proxy-Connection"), isField(name, "Proxy-Authorization"):
		return true
	case isField(name, "Expect"):
		return r.expects
	}
	return false
}

func isField(name []byte, want string) bool {
	return len(name) == len(want) && name[0]|0x20 == want[0]|0x20 && strings.EqualFold(string(name), want)
}

// fieldLines gives name and value, white space included, of each line of a header block that checkLines has passed.
func fieldLines(block []byte) func(yield func(name, value []byte) bool) {
	return func(yield func(name, value []byte) bool) {
		for len(block) > 0 {
			end := bytes.IndexByte(block, '\n')
			if end < 1 {
				return
			}
			line := block[:end-1]
			block = block[end+1:]
			if colon := bytes.IndexByte(line, ':'); colon > 0 && !yield(line[:colon], line[colon+1:]) {
				return
			}
		}
	}
}

// checkLines refuses what servers read in different ways: bare line feeds and carriage returns, folded lines, zeros.
func checkLines(block []byte) error {
	if bytes.IndexByte(block, 0) >= 0 {
		return errLineBreak
	}
	for len(block) > 0 {
		end := bytes.IndexByte(block, '\n')
		if end < 1 || bytes.IndexByte(block[:end], '\r') != end-1 {
			return errLineBreak
		}
		if block[0] == ' ' || block[0] == '\t' {
			return errFolded
		}
		block = block[end+1:]
	}
	return nil
}
