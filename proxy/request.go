package proxy

import (
	"bytes"
	"errors"
	"strings"

	"github.com/valyala/fasthttp"
)

var (
	errFraming   = errors.New("both content-length and transfer-encoding")
	errLineBreak = errors.New("header line not ended by CRLF")
	errFolded    = errors.New("folded header line")
	errTarget    = errors.New("request target is not a path")
	errDots      = errors.New("dot segments in the path")
)

// request is the head of a client's request, valid until the next one is read.
type request struct {
	fasthttp.RequestHeader
	plan
}

// plan is what the tap makes of a request's head.
type plan struct {
	upstream *upstream
	// path is the target without query and upstream prefix; target is what is sent on.
	path     string
	target   string
	tunnel   bool
	chunked  bool
	expects  bool
	recorded bool
}

// inspect reads from the head what forwarding needs and refuses what two servers might understand differently.
func (r *request) inspect(p *Proxy) error {
	length := 0
	for name, value := range fieldLines(r.RawHeaders()) {
		switch {
		case bytes.IndexByte(value, '\r') >= 0 || bytes.IndexByte(value, 0) >= 0:
			return errLineBreak
		case isField(name, "Content-Length"):
			length++
		case isField(name, "Transfer-Encoding"):
			r.chunked = true
			if length++; !strings.EqualFold(string(bytes.TrimSpace(value)), "chunked") {
				return errFraming
			}
		case isField(name, "Expect"):
			r.expects = strings.EqualFold(string(bytes.TrimSpace(value)), "100-continue")
		case isField(name, "Upgrade"):
			r.tunnel = true
		}
	}
	if length > 1 {
		return errFraming
	}
	if err := checkLines(r.RawHeaders()); err != nil {
		return err
	}
	return r.route(p)
}

// route finds the upstream and the target there.
func (r *request) route(p *Proxy) error {
	target := string(r.RequestURI())
	if _, rest, ok := strings.Cut(target, "://"); ok && target[0] != '/' { // absolute form (RFC 9112, section 3.2.2)
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return errTarget
		}
		target = rest[slash:]
	}
	if !strings.HasPrefix(target, "/") {
		return errTarget
	}
	path, _, _ := strings.Cut(target, "?")
	if hasDotSegment(path) {
		return errDots
	}
	r.upstream = p.upstreamFor(path)
	if r.upstream == nil {
		return nil
	}
	r.path = strings.TrimPrefix(path, r.upstream.Prefix)
	r.target = r.upstream.basePath + strings.TrimPrefix(target, r.upstream.Prefix)
	r.recorded = p.record(string(r.Method()), r.path)
	return nil
}

// hasDotSegment finds "." and ".." segments, also percent-encoded: a server that resolves them could be led out of the
// configured base path.
func hasDotSegment(path string) bool {
	if !strings.Contains(path, ".") && !strings.Contains(path, "%2") {
		return false
	}
	for segment := range strings.SplitSeq(strings.ReplaceAll(path, "\\", "/"), "/") {
		plain := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(segment)
		if plain == "." || plain == ".." {
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
	if len(r.Host()) == 0 {
		dst = append(append(append(dst, "Host: "...), r.upstream.host...), "\r\n"...)
	}
	for name, value := range fieldLines(r.RawHeaders()) {
		switch {
		case isField(name, "Host"):
			dst = append(append(append(append(dst, name...), ": "...), r.upstream.host...), "\r\n"...)
			continue
		case r.hopByHop(name):
			continue
		case length >= 0 && isField(name, "Content-Length"):
			dst = append(append(append(append(dst, name...), ": "...), itoa(length)...), "\r\n"...)
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
	case isField(name, "Keep-Alive"), isField(name, "Proxy-Connection"), isField(name, "Proxy-Authorization"):
		return true
	case isField(name, "Expect"):
		return r.expects
	}
	return false
}

func isField(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

// fieldLines gives name and value, white space included, of each line of a header block.
func fieldLines(block []byte) func(yield func(name, value []byte) bool) {
	return func(yield func(name, value []byte) bool) {
		for len(block) > 0 {
			line, rest, _ := bytes.Cut(block, []byte("\r\n"))
			block = rest
			name, value, ok := bytes.Cut(line, []byte{':'})
			if ok && !yield(name, value) {
				return
			}
		}
	}
}

// checkLines refuses bare line feeds, bare carriage returns and folded lines, which servers read in different ways.
func checkLines(block []byte) error {
	for len(block) > 0 {
		line, rest, _ := bytes.Cut(block, []byte("\r\n"))
		block = rest
		if bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
			return errLineBreak
		}
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			return errFolded
		}
	}
	return nil
}
