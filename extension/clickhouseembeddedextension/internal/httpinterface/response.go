package httpinterface

import (
	"cmp"
	"compress/zlib"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/andybalholm/brotli"
	"github.com/google/uuid"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// errClientGone means that there is nobody left to answer.
var errClientGone = errors.New("the client went away")

// exceptionTagBytes is the length of the tag that tells an exception behind rows from rows that look like one.
const exceptionTagBytes = 16

// response writes an answer: headers first, then the bytes of the engine through the compression that the client asked for.
type response struct {
	http    http.ResponseWriter
	version string
	started time.Time
	begun   bool
	tag     string
	// bound limits how long the answer may take to be read from now on.
	bound func()

	encoding string
	blocks   *compress.Writer
	encoder  io.WriteCloser
	out      io.Writer
	closers  []func()
}

func (h *Handler) newResponse(w http.ResponseWriter, r *http.Request) *response {
	out := &response{http: w, version: h.version, started: time.Now(), out: w, tag: rand.Text()[:exceptionTagBytes]}
	out.bound = func() {
		stop := h.boundWriting(w)
		out.onClose(func() { stop() })
	}
	header := w.Header()
	header.Set("X-ClickHouse-Server-Display-Name", h.displayName)
	header.Set("X-ClickHouse-Timezone", h.timezone)
	header.Set("X-ClickHouse-Query-Id", cmp.Or(r.URL.Query().Get("query_id"), uuid.NewString()))
	return out
}

// choose takes ClickHouse's own block compression if the client asks for it, else the first content encoding that both sides know.
func (o *response) choose(parameters url.Values, header http.Header) {
	if isOn(parameters.Get("compress")) {
		method := compress.LZ4
		switch strings.ToUpper(parameters.Get("network_compression_method")) {
		case "ZSTD":
			method = compress.ZSTD
		case "LZ4HC":
			method = compress.LZ4HC
		case "NONE":
			method = compress.None
		}
		o.blocks = compress.NewWriter(compress.LevelZero, method)
		return
	}
	if parameters.Get("enable_http_compression") == "0" {
		return
	}
	for accepted := range strings.SplitSeq(header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.ToLower(strings.TrimSpace(accepted)), ";")
		switch name = strings.TrimSpace(name); {
		case strings.TrimSpace(weight) == "q=0":
		case name == "gzip", name == "zstd", name == "br", name == "deflate":
			o.encoding = name
			return
		}
	}
}

// begin sends the headers of a good answer. progress is what is known so far.
func (o *response) begin(format string, progress chdb.Progress) error {
	header := o.http.Header()
	header.Set("Content-Type", contentType(format))
	header.Set("X-ClickHouse-Format", format)
	header.Set("X-ClickHouse-Exception-Tag", o.tag)
	o.setSummary(progress)
	o.bound()
	var err error
	switch o.encoding {
	case "gzip":
		o.encoder, err = gzip.NewWriterLevel(o.http, gzip.BestSpeed)
	case "deflate":
		o.encoder, err = zlib.NewWriterLevel(o.http, zlib.BestSpeed)
	case "br":
		o.encoder = brotli.NewWriterLevel(o.http, brotli.BestSpeed)
	case "zstd":
		o.encoder, err = zstd.NewWriter(o.http, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	}
	if err != nil {
		return err
	}
	if o.encoder != nil {
		header.Set("Content-Encoding", o.encoding)
		header.Add("Vary", "Accept-Encoding")
		o.out = o.encoder
	}
	o.begun = true
	return nil
}

func (o *response) setSummary(progress chdb.Progress) {
	o.http.Header().Set("X-ClickHouse-Summary", fmt.Sprintf(
		`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","total_rows_to_read":"0","result_rows":"%d","result_bytes":"%d","elapsed_ns":"%d"}`,
		progress.ReadRows, progress.ReadBytes, progress.WrittenRows, progress.WrittenBytes,
		progress.ResultRows, progress.ResultBytes, time.Since(o.started).Nanoseconds()))
}

// blockBytesMax is how much goes into one compressed block, as in ClickHouse.
const blockBytesMax = 1 << 20

// write sends a part of the answer.
func (o *response) write(data []byte) error {
	if o.blocks == nil {
		return o.send(data)
	}
	for len(data) > 0 {
		part := data[:min(len(data), blockBytesMax)]
		data = data[len(part):]
		if err := o.blocks.Compress(part); err != nil {
			return fmt.Errorf("compress answer: %w", err)
		}
		if err := o.send(o.blocks.Data); err != nil {
			return err
		}
	}
	return nil
}

func (o *response) send(data []byte) error {
	if _, err := o.out.Write(data); err != nil {
		return fmt.Errorf("%w: %w", errClientGone, err)
	}
	return nil
}

// close ends a good answer.
func (o *response) close() error {
	if o.encoder == nil {
		return nil
	}
	if err := o.encoder.Close(); err != nil {
		return fmt.Errorf("%w: %w", errClientGone, err)
	}
	return nil
}

// onClose keeps a function for release.
func (o *response) onClose(closer func()) { o.closers = append(o.closers, closer) }

// release frees what the request and its answer held.
func (o *response) release() {
	for _, closer := range o.closers {
		closer()
	}
}

// fail answers with an exception: as the whole answer, or behind rows that were sent already, where the framing and the broken-off
// body tell it from rows.
func (o *response) fail(err error) {
	exception := toException(err)
	text := fmt.Sprintf("%s (version %s)\n", exception.Message, o.version)
	if o.begun {
		framed := fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n", o.tag, text, len(text), o.tag)
		_, _ = io.WriteString(o.out, framed)
		if o.encoder != nil {
			_ = o.encoder.Close()
		}
		_ = http.NewResponseController(o.http).Flush()
		panic(http.ErrAbortHandler)
	}
	header := o.http.Header()
	header.Set("Content-Type", "text/plain; charset=UTF-8")
	header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(int(exception.Code)))
	if exception.Code == proto.ErrRequiredPassword {
		header.Set("WWW-Authenticate", `Basic realm="ClickHouse server HTTP API"`)
	}
	o.setSummary(chdb.Progress{})
	o.bound()
	o.http.WriteHeader(status(exception.Code))
	_, _ = io.WriteString(o.http, text)
}
