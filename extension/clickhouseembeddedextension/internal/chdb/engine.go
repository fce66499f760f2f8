package chdb

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

var errOpen = errors.New("the ClickHouse engine of this process is open already")

// Setting is one option of the engine or of a connection, as in --name=value.
type Setting struct{ Name, Value string }

// Engine is the open engine of this process. Its methods may be called from several goroutines.
type Engine struct {
	lib  *library
	path string
	// keeper is held open so that the engine lives while no statement runs: it stops with its last connection.
	keeper *Conn
}

var (
	openMutex sync.Mutex
	opened    bool
)

// dropTables takes tables away for as long as the engine is open. Who reads stack_trace sends each thread of the process a signal, whose
// handler runs on the stack of the thread, and overwrites what lies behind the small ones of Go (os/signal, "Go programs that use cgo").
// Who reads models waits two minutes, whatever the limit of the query, for a program that does not come with the library.
const dropTables = "DROP TABLE IF EXISTS system.stack_trace, system.models SYNC"

// Open starts the engine of the library on the data folder, which it creates if needed. options are server settings; they hold
// until Close. Only one Engine can be open in a process.
func Open(libraryPath, dataFolder string, options []Setting) (*Engine, error) {
	openMutex.Lock()
	defer openMutex.Unlock()
	if opened {
		return nil, errOpen
	}
	lib, err := load(libraryPath)
	if err != nil {
		return nil, err
	}
	users, err := writeUsers(dataFolder)
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	engine := &Engine{lib: lib, path: dataFolder}
	if engine.keeper, err = engine.Connect(append([]Setting{{"users_config", users}}, options...)...); err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dataFolder, err)
	}
	if err := errors.Join(engine.keeper.Exec(dropTables), engine.keeper.hideFiles()); err != nil {
		engine.keeper.Close()
		return nil, err
	}
	opened = true
	return engine, nil
}

// Close stops the engine. No other connection may be open.
func (e *Engine) Close() {
	openMutex.Lock()
	defer openMutex.Unlock()
	e.keeper.Close()
	opened = false
}

// Stop ends the threads that the engine leaves behind, for processes whose exit runs C's exit handlers, like test binaries built
// with the race detector. No engine can be opened in this process afterwards.
func Stop() {
	loadMutex.Lock()
	defer loadMutex.Unlock()
	if loaded != nil {
		loaded.shutdown()
	}
}

// Connect opens a connection with the default settings of the engine and the given ones on top; names that the engine does not know are ignored.
func (e *Engine) Connect(settings ...Setting) (*Conn, error) {
	arguments := []*byte{cString("clickhouse"), cString("--path=" + e.path)}
	for _, setting := range settings {
		arguments = append(arguments, cString("--"+setting.Name+"="+setting.Value))
	}
	handle := e.lib.connect(int32(len(arguments)), unsafe.Pointer(unsafe.SliceData(arguments)))
	runtime.KeepAlive(arguments)
	if handle == nil {
		return nil, errors.New("the engine refuses the connection; it writes its reason to the standard error output")
	}
	return &Conn{lib: e.lib, handle: handle}, nil
}

func cString(text string) *byte { return unsafe.SliceData(append([]byte(text), 0)) }
