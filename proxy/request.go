package proxy

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/llmtap/llmtap/internal/exchange"
)

var (
	errFraming = errors.New("both content-length and transfer-encoding")
	errFields  = errors.New("too many header fields")
	errVersion = errors.New("HTTP version is neither 1.1 nor 1.0, or too old for a transfer coding")
	errUpgrade = errors.New("upgrade with a body")
	errName    = errors.New("space in a field name")
	errExpect  = errors.New("expectation other than 100-continue")
	errConnect = errors.New("the tap makes no tunnels to servers")
)

// request is the head of a client's request, valid until the next one is read.
type request struct {
	fasthttp.RequestHeader
	route
	plan
}

// plan is what the tap makes of a request's field lines.
type plan struct {
	tunnel  bool // it asks for a WebSocket
	chunked bool
	expects bool // 100-continue before its body
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
			mayUpgrade = mayUpgrade || hasToken(value, "upgrade") // it may come in several lines (RFC 9110, section 5.3)
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

// isPreflight tells whether a browser asks what a page of another site may send. It may send no key with that (Fetch standard, CORS
// preflight), so model servers ask for none either. What could be more than the question is none.
func (r *request) isPreflight() bool {
	header := exchange.Header(r.RawHeaders())
	return r.IsOptions() && !r.tunnel && !r.chunked && r.ContentLength() <= 0 &&
		header.Get("Origin") != "" && header.Get("Access-Control-Request-Method") != ""
}

// find finds the upstream and the target there, unless the last request has asked for the same.
func (r *request) find(p *Proxy) (err error) {
	if string(r.RequestURI()) != r.asked || string(r.Method()) != r.route.method {
		r.route, err = p.route(methodName(r.Method()), string(r.RequestURI()))
	}
	return err
}

// appendHead writes the head for the upstream: the client's lines as sent, in order, without those that concern only
// the client's connection, and with the upstream's host. How the body is framed is written in one form: servers read others, such as a
// length with leading zeros or a tab behind a coding, in different ways. A length of 0 or more replaces the content length.
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
		case isField(name, "Content-Length"):
			if length < 0 {
				length = r.ContentLength()
			}
			dst = append(strconv.AppendInt(append(append(dst, name...), ": "...), int64(length), 10), "\r\n"...)
			continue
		case isField(name, "Transfer-Encoding"):
			dst = append(append(dst, name...), ": chunked\r\n"...)
			continue
		}
		dst = append(append(append(append(dst, name...), ':'), value...), "\r\n"...)
	}
	return append(dst, "\r\n"...)
}

// hopByHop tells fields that concern only one connection (RFC 9110, section 7.6.1).
func (r *request) hopByHop(name []byte) bool {
	switch {
	case isField(name, "Connection"), isField(name, "Upgrade"):
		return !r.tunnel
	case isField(name, "Keep-Alive"), isField(name, "TE"), isField(name, "HTTP2-Settings"), isField(name, "Proxy-Connection"), isField(name, "Proxy-Authorization"):
		return true
	case isField(name, "Expect"):
		return r.expects
	}
	return false
}
