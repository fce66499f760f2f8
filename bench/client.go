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
}

// timing is what one call took, from the time at which it was due.
type timing struct {
	first, total time.Duration
	events       []time.Duration // the delay of each; the slice is the caller's
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

func (c *client) readChunks(due time.Time, t *timing) error {
	now, first := time.Time{}, true
	for {
		if c.br.Buffered() == 0 {
			if _, err := c.br.Peek(1); err != nil {
				return err
			}
			now = time.Now()
		}
		line, err := c.br.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 20)
		if err != nil {
			return err
		}
		chunk, err := c.br.Peek(int(size) + 2)
		if err != nil {
			return err
		}
		if string(chunk[size:]) != "\r\n" {
			return errChunk
		}
		if delay, ok := delayOf(chunk[:size], now); ok {
			if t.events = append(t.events, delay); first {
				t.first, first = now.Sub(due), false
			}
		}
		if _, _ = c.br.Discard(int(size) + 2); size == 0 {
			return nil
		}
	}
}
