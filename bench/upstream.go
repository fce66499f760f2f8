//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// upstream is a model server that costs next to nothing. The query of a request says how it is answered.
type upstream struct {
	ln    net.Listener
	clock *metronome
}

// behaviour is what the query of a request asks for.
type behaviour struct {
	delay    time.Duration // before the answer
	events   int           // of a stream; 0 asks for a plain answer
	interval time.Duration // between the events
}

func (b behaviour) query() string {
	return fmt.Sprintf("delay=%s&events=%d&interval=%s", b.delay, b.events, b.interval)
}

func parseBehaviour(target string) (b behaviour, err error) {
	_, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return b, err
	}
	var errs [3]error
	b.delay, errs[0] = time.ParseDuration(values.Get("delay"))
	b.events, errs[1] = strconv.Atoi(values.Get("events"))
	b.interval, errs[2] = time.ParseDuration(values.Get("interval"))
	return b, errors.Join(errs[:]...)
}

func startUpstream(clock *metronome) (*upstream, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{ln: ln, clock: clock}
	go u.accept()
	return u, nil
}

func (u *upstream) address() string { return u.ln.Addr().String() }

func (u *upstream) accept() {
	for {
		conn, err := u.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors: some come back
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go func() {
			defer conn.Close()
			s := &upstreamConn{conn: conn, br: bufio.NewReaderSize(conn, 64<<10), clock: u.clock, wake: make(chan struct{}, 1)}
			for s.serve() == nil {
			}
		}()
	}
}

type upstreamConn struct {
	conn   net.Conn
	br     *bufio.Reader
	clock  *metronome
	wake   chan struct{}
	target string // of the request before, whose meaning is known
	does   behaviour
	event  []byte
}

// serve answers one request.
func (s *upstreamConn) serve() error {
	line, err := s.br.ReadSlice('\n')
	if err != nil {
		return err
	}
	if _, rest, _ := bytes.Cut(line, []byte(" ")); !bytes.HasPrefix(rest, []byte(s.target)) || s.target == "" {
		target, _, _ := strings.Cut(string(rest), " ")
		if s.does, err = parseBehaviour(target); err != nil {
			return err
		}
		s.target = target
	}
	length, _, err := readFields(s.br)
	if err == nil {
		_, err = s.br.Discard(max(length, 0))
	}
	if err != nil {
		return err
	}
	due := time.Now().Add(s.does.delay)
	s.clock.wait(due, s.wake)
	if s.does.events == 0 {
		_, err = s.conn.Write(plainAnswer)
		return err
	}
	return s.stream(due)
}

// stream sends events at their times. An event carries the time at which it was due.
func (s *upstreamConn) stream(due time.Time) error {
	if _, err := io.WriteString(s.conn, streamHead); err != nil {
		return err
	}
	for i := range s.does.events {
		if s.does.interval > 0 {
			due = due.Add(s.does.interval)
			s.clock.wait(due, s.wake)
		} else {
			due = time.Now()
		}
		s.event = appendEvent(s.event[:0], due)
		if i == s.does.events-1 {
			s.event = append(s.event, streamEnd...)
		}
		if _, err := s.conn.Write(s.event); err != nil {
			return err
		}
	}
	return nil
}

// readFields reads the rest of a head. length is the content length, negative when there is none.
func readFields(br *bufio.Reader) (length int, chunked bool, err error) {
	length = -1
	for {
		line, err := br.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		switch {
		case len(line) == 2:
			return length, chunked, nil
		case hasFieldName(line, "content-length:"):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len("content-length:"):]))); err != nil {
				return 0, false, err
			}
		case hasFieldName(line, "transfer-encoding:"):
			chunked = true
		}
	}
}

func hasFieldName(line []byte, name string) bool {
	return len(line) > len(name) && (line[0]|0x20) == name[0] && bytes.EqualFold(line[:len(name)], []byte(name))
}
