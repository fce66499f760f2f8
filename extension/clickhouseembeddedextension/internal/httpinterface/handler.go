// Package httpinterface serves ClickHouse's HTTP interface from an engine in this process.
package httpinterface

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// Config says who may do how much.
type Config struct {
	Users []User
	// QueriesMax is how many queries run at once, three quarters of them of read-only users; one more is answered with TOO_MANY_SIMULTANEOUS_QUERIES.
	QueriesMax int
	// BodyBytesMax limits a request body, as sent and after decompression.
	BodyBytesMax int64
	// QueryTimeout is the longest max_execution_time of a query and its default; 0 is no limit.
	QueryTimeout time.Duration
	// RoomForRows says why no rows can be taken, nil if they can.
	RoomForRows func() error
	// AsideBytesFree is how much of the disk stays free of what queries put aside while they sort and group.
	AsideBytesFree uint64
}

// User is somebody who may ask. A read-only user can neither write nor reach files and other hosts.
type User struct {
	Name, Password string
	ReadOnly       bool
}

// Handler answers HTTP requests from one engine. Close ends its queries.
type Handler struct {
	engine *chdb.Engine
	config Config
	// displayName, version and timezone are the engine's, fixed while it is open.
	displayName, version, timezone string
	// maxThreads is the engine's max_threads.
	maxThreads uint64
	// outside are the table functions that read-only users cannot call, outsideByName the functions that they cannot even name,
	// outsideSettings the settings that they cannot give.
	outside, outsideByName, outsideSettings map[string]bool

	// readerPlaces are those of the places that read-only users may take.
	places, readerPlaces places

	running sync.WaitGroup
	ctx     context.Context //nolint:containedctx // it is the life of the handler
	cancel  context.CancelFunc
}

// New makes the handler of an open engine.
func New(engine *chdb.Engine, config Config) (*Handler, error) {
	h := &Handler{
		engine: engine, config: config,
		places: make(places, config.QueriesMax), readerPlaces: make(places, max(1, config.QueriesMax*3/4)),
	}
	conn, err := h.connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	result, err := conn.Query("SELECT displayName(), version(), timezone(), getSetting('max_threads')", "TSVRaw")
	if err != nil {
		return nil, err
	}
	defer result.Close()
	fields := strings.Split(strings.TrimSuffix(string(result.Bytes()), "\n"), "\t")
	if len(fields) != 4 {
		return nil, fmt.Errorf("the engine introduces itself as %q", fields)
	}
	if h.outside, err = names(conn, outsideTables); err != nil {
		return nil, err
	}
	if h.outsideByName, err = names(conn, outsideFunctions); err != nil {
		return nil, err
	}
	if h.outsideSettings, err = outsideSettings(conn); err != nil {
		return nil, err
	}
	h.displayName, h.version, h.timezone = fields[0], fields[1], fields[2]
	if h.maxThreads, err = strconv.ParseUint(fields[3], 10, 64); err != nil {
		return nil, fmt.Errorf("the engine's max_threads: %w", err)
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h, nil
}

// Close cancels the queries that still run and waits for them while ctx allows. It can be called again.
func (h *Handler) Close(ctx context.Context) error {
	h.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.running.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.New("a query cannot be cancelled: ClickHouse stays open until it ends, or the process does")
	}
}

// connect opens a connection whose settings are those of a ClickHouse server, not of the clickhouse-local that the engine comes from.
// Rows are written before an INSERT is answered: there is no other client whose rows they could wait for. A thread of a query takes
// 128 MiB of free memory: the 1 GiB of a server would leave one thread to each, as the engine may take 2 GiB unless told otherwise. The
// parser's limit is the default; compatibility, which changes only what nobody has set, would take it away.
func (h *Handler) connect() (*chdb.Conn, error) {
	return h.engine.Connect(
		chdb.Setting{Name: "implicit_select", Value: "0"},
		chdb.Setting{Name: "allow_introspection_functions", Value: "0"},
		chdb.Setting{Name: "async_insert", Value: "0"},
		chdb.Setting{Name: "max_parser_backtracks", Value: "1000000"},
		chdb.Setting{Name: "max_threads_min_free_memory_per_thread", Value: strconv.Itoa(128 << 20)},
		chdb.Setting{Name: "min_free_disk_space_for_temporary_data", Value: strconv.FormatUint(h.config.AsideBytesFree, 10)},
	)
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	unbound(w)
	switch r.URL.Path {
	case "/ping", "/replicas_status":
		answerOK(w)
		return
	case "/":
	default:
		http.Error(w, fmt.Sprintf("There is no handle %s\nUse / or /ping for health checks.\n", r.URL.Path), http.StatusNotFound)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	case http.MethodOptions:
		w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	h.running.Add(1)
	defer h.running.Done()
	h.serveQuery(w, r)
}

func answerOK(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = io.WriteString(w, "Ok.\n")
}

func (h *Handler) serveQuery(w http.ResponseWriter, r *http.Request) {
	out := h.newResponse(w, r)
	defer out.release()
	err := h.answer(out, r)
	if err == nil {
		err = out.close()
	}
	if err == nil || errors.Is(err, errClientGone) {
		return
	}
	out.fail(err)
}

// answer does what a request asks for.
func (h *Handler) answer(out *response, r *http.Request) error {
	user, err := h.authenticate(r)
	if err != nil {
		return err
	}
	stop := h.boundReading(out.http)
	q, err := h.readRequest(out, r, user)
	stop()
	if err != nil {
		return err
	}
	_ = http.NewResponseController(out.http).SetReadDeadline(time.Time{}) // else its client would seem to leave while the query runs
	if q.text == "" && (r.Method != http.MethodPost) {
		answerOK(out.http)
		return nil
	}
	if q.isHello() {
		return h.answerHello(out, q)
	}
	leave, err := h.enter(user)
	if err != nil {
		return err
	}
	defer leave()
	return h.run(out, r, q)
}

// Version is the engine's version.
func (h *Handler) Version() string { return h.version }
