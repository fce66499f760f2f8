package chdb

import (
	"io"
	"unsafe"
)

// Stream is an answer that is fetched block by block. The engine formats every block as a document of its own, so only
// formats whose documents can be put one after the other make sense: Native, RowBinary, TSV, JSONEachRow …
type Stream struct {
	conn   *Conn
	handle unsafe.Pointer
	ended  bool
}

// Stream runs a SELECT; other statements are refused with BAD_ARGUMENTS. format is used where the statement names none.
func (c *Conn) Stream(statement, format string, params ...Param) (*Stream, error) {
	stream := &Stream{conn: c, handle: c.start(c.lib.streamWithParams, statement, format, params)}
	if text := c.lib.resultError(stream.handle); text != "" {
		stream.ended = true
		stream.Close()
		return nil, newError(text)
	}
	return stream, nil
}

// Next gives the next block, io.EOF after the last one.
func (s *Stream) Next() (*Result, error) {
	if s.ended {
		return nil, io.EOF
	}
	lib := s.conn.lib
	result := &Result{lib: lib, handle: lib.fetch(s.conn.pointer(), s.handle)}
	if text := lib.resultError(result.handle); text != "" {
		s.ended = true
		result.Close()
		return nil, newError(text)
	}
	if lib.resultLength(result.handle) == 0 {
		s.ended = true
		result.Close()
		return nil, io.EOF
	}
	return result, nil
}

// Close ends the stream, and the statement if it still runs.
func (s *Stream) Close() {
	if !s.ended {
		s.conn.lib.cancelStream(s.conn.pointer(), s.handle)
		s.ended = true
	}
	s.conn.lib.destroyResult(s.handle)
}
