//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// client is one connection that makes calls, one after the other.
type client struct {
	address string
	request []byte
	conn    net.Conn
	br      *bufio.Reader
	event   []byte // what is there of the event that is being read
	arrived time.Time
}

// timing is what one call took, from the time at which it was due.
type timing struct {
	first, total time.Duration
	events       []time.Duration // the delay of each; the slice is the caller's
	count        int             // of the events of this call
}

const (
	dialTimeout = 5 * time.Second
	callTimeout = 30 * time.Second
)

func (c *client) connect() (err error) {
	if c.conn, err = net.DialTimeout("tcp", c.address, dialTimeout); err != nil {
		return err
	}
	c.br = bufio.NewReaderSize(c.conn, 16<<10)
	return nil
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// call makes a call that was due at the given time. After an error the next call has a new connection.
func (c *client) call(due time.Time, t *timing) error {
	if c.conn == nil {
		if err := c.connect(); err != nil {
			return err
		}
	}
	err := c.exchange(due, t)
	if err != nil {
		c.close()
	}
	return err
}

func (c *client) exchange(due time.Time, t *timing) error {
	_ = c.conn.SetDeadline(time.Now().Add(callTimeout))
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	line, err := c.br.ReadSlice('\n')
	if err != nil {
		return err
	}
	if status, _, _ := bytes.Cut(line[min(len(line), len("HTTP/1.1 ")):], []byte(" ")); string(status) != "200" {
		return fmt.Errorf("status %s", status)
	}
	length, chunked, err := readFields(c.br)
	if err != nil {
		return err
	}
	t.first = time.Since(due)
	if !chunked {
		_, err = c.br.Discard(length)
	} else {
		err = c.readChunks(due, t)
	}
	t.total = time.Since(due)
	return err
}

var errChunk = errors.New("malformed chunk")

// readChunks reads a chunked body, however a proxy has cut it anew.
func (c *client) readChunks(due time.Time, t *timing) error {
	c.arrived, c.event = time.Now(), c.event[:0]
	for last := false; !last; {
		if err := c.await(); err != nil {
			return err
		}
		line, err := c.br.ReadSlice('\n')
		if err != nil {
			return err
		}
		left, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		last = left == 0
		for left > 0 {
			if err := c.await(); err != nil {
				return err
			}
			piece, _ := c.br.Peek(int(min(left, int64(c.br.Buffered()))))
			c.events(piece, due, c.arrived, t)
			left -= int64(len(piece))
			_, _ = c.br.Discard(len(piece))
		}
		if line, err = c.br.ReadSlice('\n'); err != nil || string(line) != "\r\n" {
			return errors.Join(errChunk, err)
		}
	}
	return nil
}

// await notes when what is read next has arrived.
func (c *client) await() error {
	if c.br.Buffered() > 0 {
		return nil
	}
	_, err := c.br.Peek(1)
	c.arrived = time.Now()
	return err
}

// events notes the delays of the events that end in a piece of the body. An event may begin in an earlier one.
func (c *client) events(piece []byte, due, now time.Time, t *timing) {
	for len(piece) > 0 {
		// The end of an event may be cut in two as well.
		if n := len(c.event); n > 0 && c.event[n-1] == '\n' && piece[0] == '\n' {
			c.event, piece = append(c.event, '\n'), piece[1:]
		} else if end := bytes.Index(piece, []byte("\n\n")); end < 0 {
			c.event = append(c.event, piece...)
			return
		} else {
			c.event, piece = append(c.event, piece[:end+2]...), piece[end+2:]
		}
		if delay, ok := delayOf(c.event, now); ok {
			if t.events = append(t.events, delay); t.count == 0 {
				t.first = now.Sub(due)
			}
			t.count++
		}
		c.event = c.event[:0]
	}
}
