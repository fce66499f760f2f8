// Package coding undoes content codings of recorded bodies: gzip, deflate, br and zstd.
package coding

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/llmtap/llmtap/internal/exchange"
)

// codingsMax bounds how many codings may be put upon each other in one message.
const codingsMax = 3

// windowBytesMax bounds the memory that a zstd frame may ask for; RFC 9659 allows a web server no more.
const windowBytesMax = 8 << 20

// ErrUnknown tells of a coding that cannot be undone.
var ErrUnknown = errors.New("unknown content coding")

// Decode gives the plain body of a message with the value of its Content-Encoding, and its marks in terms of the plain
// body. Not more than plainBytesMax come out; whole is false when there was more. A body that breaks off or is damaged
// gives what could be read of it and the error.
func Decode(encoding string, body []byte, marks []exchange.Mark, plainBytesMax int) (
	plain []byte, plainMarks []exchange.Mark, whole bool, err error,
) {
	codings := strings.Split(encoding, ",")
	if len(codings) > codingsMax {
		return nil, nil, false, fmt.Errorf("%w: more than %d", ErrUnknown, codingsMax)
	}
	plain, plainMarks, whole = body, marks, true
	for i := len(codings) - 1; i >= 0 && err == nil; i-- { // the last one was applied last
		name := strings.ToLower(strings.TrimSpace(codings[i]))
		if name == "" || name == "identity" {
			continue
		}
		var all bool
		plain, plainMarks, all, err = decode(name, plain, plainMarks, plainBytesMax)
		whole = whole && all
	}
	return plain, plainMarks, whole, err
}

func decode(name string, body []byte, marks []exchange.Mark, plainBytesMax int) (
	plain []byte, plainMarks []exchange.Mark, whole bool, err error,
) {
	if len(body) == 0 {
		return nil, nil, true, nil
	}
	pieces := &pieceReader{body: body, marks: marks}
	decoder, err := open(name, pieces)
	if err != nil {
		return nil, nil, false, err
	}
	defer decoder.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := decoder.Read(buffer)
		whole = len(plain)+n <= plainBytesMax
		plain = append(plain, buffer[:min(n, plainBytesMax-len(plain))]...)
		plainMarks = pieces.mark(plainMarks, len(plain))
		switch {
		case !whole:
			return plain, plainMarks, false, nil
		case err == io.EOF:
			return plain, plainMarks, true, nil
		case err != nil:
			return plain, plainMarks, true, fmt.Errorf("content coding %s: %w", name, err)
		}
	}
}

func open(name string, in *pieceReader) (io.ReadCloser, error) {
	var decoder io.ReadCloser
	var err error
	switch name {
	case "gzip", "x-gzip":
		decoder, err = gzip.NewReader(in)
	case "deflate":
		decoder, err = openDeflate(in)
	case "br":
		decoder = io.NopCloser(brotli.NewReader(in))
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytesMax))
		if err == nil {
			decoder = z.IOReadCloser()
		}
	default:
		return nil, ErrUnknown // its name comes from outside and is not repeated
	}
	if err != nil {
		return nil, fmt.Errorf("content coding %s: %w", name, err)
	}
	return decoder, nil
}

// openDeflate takes both what RFC 9110 means by deflate (zlib) and what some servers send (no zlib header).
func openDeflate(in *pieceReader) (io.ReadCloser, error) {
	buffered := bufio.NewReader(in)
	head, _ := buffered.Peek(2)
	if len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

// pieceReader gives the body piece by piece as it arrived, so that the time of what is decoded is known.
type pieceReader struct {
	body  []byte
	marks []exchange.Mark
	at    int
	next  int // the mark of the piece that is read next
	time  time.Duration
}

func (p *pieceReader) Read(out []byte) (int, error) {
	if p.at == len(p.body) {
		return 0, io.EOF
	}
	for p.next < len(p.marks) && p.marks[p.next].Offset <= int64(p.at) {
		p.next++
	}
	end := len(p.body)
	if p.next < len(p.marks) {
		end = min(end, int(p.marks[p.next].Offset))
		p.time = p.marks[p.next].At
	}
	n := copy(out, p.body[p.at:end])
	p.at += n
	return n, nil
}

// mark notes that the plain body up to length had arrived when the piece read last had.
func (p *pieceReader) mark(marks []exchange.Mark, length int) []exchange.Mark {
	if len(p.marks) == 0 || length == 0 {
		return marks
	}
	if last := len(marks) - 1; last >= 0 && (marks[last].At == p.time || marks[last].Offset == int64(length)) {
		marks[last].Offset = int64(length)
		return marks
	}
	return append(marks, exchange.Mark{Offset: int64(length), At: p.time})
}
