package proxy

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Serve accepts connections until Shutdown. It returns nil after Shutdown.
func (p *Proxy) Serve(ln net.Listener) error {
	if !p.listen(ln) {
		return ln.Close()
	}
	defer p.serving.Done()
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			p.accept(conn)
		case p.isStopping():
			p.acceptLast(ln)
			return nil
		case isTimeout(err) || isTemporary(err):
			p.pause(acceptPause)
		default:
			return err
		}
	}
}

// acceptPause is how long accepting rests when the process is out of descriptors or the like.
const acceptPause = 50 * time.Millisecond

const (
	lastAccepts    = 25 * time.Millisecond // one window
	quietWindows   = 2
	lastAcceptsMax = time.Second
)

// acceptLast goes on accepting at shutdown until nobody has come for some windows: connections that the kernel has made
// already, or is about to make, would be reset. Where no other process takes over they may come without end. The first
// window has just ended.
func (p *Proxy) acceptLast(ln net.Listener) {
	defer func() { _ = ln.Close() }()
	stopBy := time.Now().Add(lastAcceptsMax)
	for quiet := 1; quiet <= quietWindows && !time.Now().After(stopBy) && acceptUntil(ln, time.Now().Add(lastAccepts)); quiet++ {
		for {
			conn, err := ln.Accept()
			if err != nil {
				break
			}
			quiet = 0
			p.accept(conn)
		}
	}
}

// acceptUntil bounds accepting; false means that it has ended.
func acceptUntil(ln net.Listener, at time.Time) bool {
	bounded, ok := ln.(interface{ SetDeadline(time.Time) error })
	return ok && bounded.SetDeadline(at) == nil
}

func (p *Proxy) listen(ln net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isStopping() {
		return false
	}
	p.listeners = append(p.listeners, ln)
	p.serving.Add(1)
	return true
}

func (p *Proxy) accept(conn net.Conn) {
	c := newClientConn(conn, p.cfg.TLS)
	if !p.admit(c) {
		_ = conn.Close()
		return
	}
	p.wg.Go(func() {
		defer p.forget(c)
		newSession(p, c).serve()
	})
}

// admit takes a connection in, unless a limit on their number is reached.
func (p *Proxy) admit(c *clientConn) bool {
	limits := &p.cfg.Limits
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.conns) >= limits.Connections || p.addresses[c.address] >= limits.ConnectionsPerAddress {
		p.refused++
		return false
	}
	c.draining = p.isStopping()
	p.conns[c] = struct{}{}
	p.addresses[c.address]++
	return true
}

func (p *Proxy) forget(c *clientConn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	if p.addresses[c.address]--; p.addresses[c.address] == 0 {
		delete(p.addresses, c.address)
	}
	p.requests += c.requests.Load()
}

// addressOf gives the client's address; that of an unknown kind is the zero address, which all such share.
func addressOf(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	address := tcp.AddrPort().Addr().Unmap()
	if address.Is6() {
		address = netip.PrefixFrom(address, clientPrefixBits).Masked().Addr()
	}
	return address
}

// clientPrefixBits is the part of an IPv6 address that stands for one client, who has the rest to choose from.
const clientPrefixBits = 64

// isTemporary tells errors of accept that pass: too many open files, say, or no memory for sockets.
func isTemporary(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary() || isAny(err, passing)
}

func isAny(err error, of []error) bool {
	return slices.ContainsFunc(of, func(one error) bool { return errors.Is(err, one) })
}
