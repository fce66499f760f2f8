package httpinterface

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// body gives the bytes of a request as they were before Content-Encoding and, if blocks is set, ClickHouse's own compression.
func (h *Handler) body(out *response, r *http.Request, blocks bool) (io.Reader, error) {
	limited := &limitReader{source: http.MaxBytesReader(out.http, r.Body, h.config.BodyBytesMax), left: h.config.BodyBytesMax, max: h.config.BodyBytesMax}
	if r.Body == http.NoBody || r.ContentLength == 0 {
		return limited, nil
	}
	decoded, err := decode(strings.ToLower(r.Header.Get("Content-Encoding")), limited.source, out)
	if err != nil {
		return nil, err
	}
	if blocks {
		decoded = blockReader{compress.NewReader(&frameReader{source: decoded})}
	}
	limited.source = decoded
	return limited, nil
}

// windowBytesMax bounds the memory that a zstd frame asks for in its first bytes; RFC 9659 allows no more over HTTP.
const windowBytesMax = 8 << 20

func decode(encoding string, source io.Reader, out *response) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return source, nil
	case "gzip", "x-gzip":
		decoder, err := gzip.NewReader(source)
		return decoder, cannotDecompress(encoding, err)
	case "deflate":
		decoder, err := zlib.NewReader(source)
		return decoder, cannotDecompress(encoding, err)
	case "br":
		return brotli.NewReader(source), nil
	case "zstd":
		decoder, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(windowBytesMax))
		if err != nil {
			return nil, cannotDecompress(encoding, err)
		}
		out.onClose(decoder.Close)
		return decoder, nil
	}
	return nil, notImplemented("Content-Encoding " + encoding)
}

func cannotDecompress(encoding string, err error) error {
	if err == nil {
		return nil
	}
	return exception(proto.ErrCannotDecompress, "The body is not %s: %v", encoding, err)
}

// limitReader ends a body that is too long with an exception, and makes exceptions of what goes wrong while reading.
type limitReader struct {
	source    io.Reader
	left, max int64
}

func (l *limitReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.source.Read(p)
	if int64(n) > l.left {
		return 0, l.tooLarge()
	}
	l.left -= int64(n)
	var wire *http.MaxBytesError
	var corrupted *compress.CorruptedDataErr
	switch {
	case err == nil, err == io.EOF:
		return n, err
	case errors.As(err, &wire):
		return n, l.tooLarge()
	case errors.As(err, &corrupted):
		return n, exception(proto.ErrChecksumDoesntMatch, "Checksum doesn't match: corrupted data in the body: %v", err)
	case errors.Is(err, errBadBlock):
		return n, cannotDecompress("a sequence of ClickHouse's compressed blocks", err)
	default:
		return n, exception(proto.ErrNetworkError, "The body cannot be read: %v", err)
	}
}

func (l *limitReader) tooLarge() error {
	return exception(proto.ErrQueryIsTooLarge, "The body is longer than %d bytes (max_body_mib)", l.max)
}

var errBadBlock = errors.New("bad compressed block")

// blockReader reports an end inside a block, and any other error of the block format, as errBadBlock.
type blockReader struct{ blocks *compress.Reader }

func (b blockReader) Read(p []byte) (int, error) {
	n, err := b.blocks.Read(p)
	var corrupted *compress.CorruptedDataErr
	var wire *http.MaxBytesError
	switch {
	case err == nil, errors.As(err, &corrupted), errors.As(err, &wire):
		return n, err
	case errors.Is(err, io.EOF):
		return n, io.EOF
	default:
		return n, fmt.Errorf("%w: %w", errBadBlock, err)
	}
}

const (
	// A compressed block is a checksum, then its method, its compressed size (with method and sizes) and its size.
	frameHeaderBytes   = 25
	frameChecksumBytes = 16
	frameSizeOffset    = 17
)

// frameReader passes compressed blocks on and follows their sizes, so that the end of the body reads as io.EOF only between blocks:
// the decompressor says the same of a body that is cut behind a block's header.
type frameReader struct {
	source io.Reader
	header [frameHeaderBytes]byte
	filled int
	left   int64
}

func (f *frameReader) Read(p []byte) (int, error) {
	n, err := f.source.Read(p)
	for seen := p[:n]; len(seen) > 0; {
		if f.filled < frameHeaderBytes {
			taken := copy(f.header[f.filled:], seen)
			f.filled += taken
			seen = seen[taken:]
			if f.filled < frameHeaderBytes {
				break
			}
			f.left = int64(binary.LittleEndian.Uint32(f.header[frameSizeOffset:])) - (frameHeaderBytes - frameChecksumBytes)
		}
		taken := min(int64(len(seen)), max(f.left, 0))
		f.left -= taken
		seen = seen[taken:]
		if f.left <= 0 {
			f.filled = 0
		}
	}
	if err == io.EOF && f.filled > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
