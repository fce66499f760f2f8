package chdb

import (
	"fmt"
	"sync"
	"unsafe"
)

// library is the functions of libchdb that are used. Handles are pointers to memory of the engine.
type library struct {
	path string

	setSignalHandlersEnabled func(enabled int32)
	shutdown                 func() int32

	connect   func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn func(conn unsafe.Pointer)

	queryWithParams, streamWithParams, insertWithParams starter

	classify func(conn, query unsafe.Pointer, queryLen uintptr, database unsafe.Pointer, databaseLen uintptr, analysis unsafe.Pointer) int32

	fetch        func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancelStream func(conn, stream unsafe.Pointer)

	resultError        func(result unsafe.Pointer) string
	resultBuffer       func(result unsafe.Pointer) unsafe.Pointer
	resultLength       func(result unsafe.Pointer) uintptr
	resultRows         func(result unsafe.Pointer) uint64
	resultBytes        func(result unsafe.Pointer) uint64
	storageRows        func(result unsafe.Pointer) uint64
	storageBytes       func(result unsafe.Pointer) uint64
	resultRowsWritten  func(result unsafe.Pointer) uint64
	resultBytesWritten func(result unsafe.Pointer) uint64
	destroyResult      func(result unsafe.Pointer)

	insertAppend  func(insert, data unsafe.Pointer, length uintptr) int32
	insertDone    func(insert unsafe.Pointer) unsafe.Pointer
	insertError   func(insert unsafe.Pointer) string
	insertDestroy func(insert unsafe.Pointer)
}

func (l *library) symbols() map[string]any {
	return map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlersEnabled,
		"chdb_shutdown":                    &l.shutdown,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.queryWithParams,
		"chdb_stream_query_with_params_n":  &l.streamWithParams,
		"chdb_stream_insert_with_params_n": &l.insertWithParams,
		"chdb_classify_query_n":            &l.classify,
		"chdb_stream_fetch_result":         &l.fetch,
		"chdb_stream_cancel_query":         &l.cancelStream,
		"chdb_result_error":                &l.resultError,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_rows_read":            &l.resultRows,
		"chdb_result_bytes_read":           &l.resultBytes,
		"chdb_result_storage_rows_read":    &l.storageRows,
		"chdb_result_storage_bytes_read":   &l.storageBytes,
		"chdb_result_rows_written":         &l.resultRowsWritten,
		"chdb_result_bytes_written":        &l.resultBytesWritten,
		"chdb_destroy_query_result":        &l.destroyResult,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
	}
}

var (
	loadMutex sync.Mutex
	loaded    *library
)

// load opens the shared library at path. A process can hold one libchdb, and never lets go of it.
func load(path string) (*library, error) {
	loadMutex.Lock()
	defer loadMutex.Unlock()
	if loaded != nil {
		if loaded.path != path {
			return nil, fmt.Errorf("this process has loaded libchdb from %s and cannot load %s", loaded.path, path)
		}
		return loaded, nil
	}
	lib := &library{path: path}
	if err := lib.link(); err != nil {
		return nil, err
	}
	// Go owns the signals: it turns SIGSEGV into panics and preempts goroutines with SIGURG.
	lib.setSignalHandlersEnabled(0)
	loaded = lib
	return lib, nil
}
