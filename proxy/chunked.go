package proxy

import "errors"

var (
	errChunkSize   = errors.New("malformed chunk size")
	errChunkEnd    = errors.New("chunk data without CRLF at its end")
	errTrailerSize = errors.New("trailers too large")
)

const (
	chunkSizeDigitsMax = 15      // fits an int64
	chunkLineBytesMax  = 4 << 10 // size and extensions
	trailerBytesMax    = 16 << 10
)

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkExtension
	chunkSizeLF
	chunkData
	chunkDataCR
	chunkDataLF
	chunkTrailerStart
	chunkTrailer
	chunkTrailerLF
	chunkEndLF
	chunkDone
)

// chunkScanner finds the data and the end of a chunked body (RFC 9112, section 7.1) in pieces of any size.
// Its zero value is ready for use.
type chunkScanner struct {
	state     chunkState
	remaining int64 // bytes of the chunk, or of its size as far as it was read
	digits    int
	line      int
}

// scan reads up to the end of the body or of b, hands the data to add and tells how many bytes of b belong to the body.
func (s *chunkScanner) scan(b []byte, add func([]byte)) (int, error) {
	for i := 0; i < len(b); {
		if s.state == chunkDone {
			return i, nil
		}
		if s.state == chunkData {
			n := int(min(s.remaining, int64(len(b)-i)))
			add(b[i : i+n])
			i += n
			if s.remaining -= int64(n); s.remaining == 0 {
				s.state = chunkDataCR
			}
			continue
		}
		if err := s.step(b[i]); err != nil {
			return i, err
		}
		i++
	}
	return len(b), nil
}

// stride gives how many bytes the next step of the framing has at most: those remaining of a chunk's data, else one.
func (s *chunkScanner) stride() int {
	if s.state == chunkData {
		return int(s.remaining)
	}
	return 1
}

func (s *chunkScanner) done() bool { return s.state == chunkDone }

// step takes one byte of the framing.
func (s *chunkScanner) step(ch byte) error {
	switch s.state {
	case chunkSize:
		return s.stepSize(ch)
	case chunkExtension:
		if s.line++; s.line > chunkLineBytesMax {
			return errChunkSize
		}
		if ch == '\r' {
			s.state = chunkSizeLF
		} else if ch == '\n' {
			return errChunkSize
		}
	case chunkSizeLF:
		if ch != '\n' {
			return errChunkSize
		}
		if s.state = chunkData; s.remaining == 0 {
			s.state = chunkTrailerStart
		}
		s.digits, s.line = 0, 0
	case chunkDataCR, chunkDataLF:
		return s.stepDataEnd(ch)
	default:
		return s.stepTrailer(ch)
	}
	return nil
}

func (s *chunkScanner) stepSize(ch byte) error {
	switch {
	case ch >= '0' && ch <= '9':
		s.remaining = s.remaining<<4 | int64(ch-'0')
	case ch|0x20 >= 'a' && ch|0x20 <= 'f':
		s.remaining = s.remaining<<4 | int64(ch|0x20-'a'+10)
	case s.digits == 0:
		return errChunkSize
	case ch == '\r':
		s.state = chunkSizeLF
		return nil
	case ch == ';' || ch == ' ' || ch == '\t':
		s.state = chunkExtension
		return nil
	default:
		return errChunkSize
	}
	if s.digits++; s.digits > chunkSizeDigitsMax {
		return errChunkSize
	}
	return nil
}

func (s *chunkScanner) stepDataEnd(ch byte) error {
	if s.state == chunkDataCR {
		if ch != '\r' {
			return errChunkEnd
		}
		s.state = chunkDataLF
		return nil
	}
	if ch != '\n' {
		return errChunkEnd
	}
	s.state, s.remaining = chunkSize, 0
	return nil
}

func (s *chunkScanner) stepTrailer(ch byte) error {
	if s.line++; s.line > trailerBytesMax {
		return errTrailerSize
	}
	switch afterCR := s.state == chunkEndLF || s.state == chunkTrailerLF; {
	case afterCR != (ch == '\n'):
		return errChunkEnd
	case s.state == chunkEndLF:
		s.state = chunkDone
	case s.state == chunkTrailerLF:
		s.state = chunkTrailerStart
	case ch != '\r':
		s.state = chunkTrailer
	case s.state == chunkTrailerStart:
		s.state = chunkEndLF
	default:
		s.state = chunkTrailerLF
	}
	return nil
}
