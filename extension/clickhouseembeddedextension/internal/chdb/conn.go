package chdb

import (
	"runtime"
	"unsafe"
)

// Conn is a connection to the engine. It runs one statement at a time and is used by one goroutine at a time.
type Conn struct {
	lib *library
	// handle points to the engine's pointer to the connection.
	handle unsafe.Pointer
}

// Close ends the connection. Every result, stream and insert of it must be closed before.
func (c *Conn) Close() { c.lib.closeConn(c.handle) }

func (c *Conn) pointer() unsafe.Pointer { return *(*unsafe.Pointer)(c.handle) }

// Param is the value of one {name:Type} placeholder of a statement, in ClickHouse's escaped text form.
type Param struct{ Name, Value string }

// Query runs a statement, or several with semicolons between, and holds the whole answer in memory. format is used where the
// statement names none.
func (c *Conn) Query(statement, format string, params ...Param) (*Result, error) {
	result := &Result{lib: c.lib, handle: c.start(c.lib.queryWithParams, statement, format, params)}
	if text := c.lib.resultError(result.handle); text != "" {
		result.Close()
		return nil, newError(text)
	}
	return result, nil
}

// Exec runs a statement, or several, whose answer is of no interest.
func (c *Conn) Exec(statement string, params ...Param) error {
	result, err := c.Query(statement, "Null", params...)
	if err != nil {
		return err
	}
	result.Close()
	return nil
}

// starter begins a statement.
type starter = func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer

func (c *Conn) start(start starter, statement, format string, params []Param) unsafe.Pointer {
	names, values := make([]*byte, len(params)+1), make([]*byte, len(params)+1)
	nameLens, valueLens := make([]uintptr, len(params)+1), make([]uintptr, len(params)+1)
	for i, param := range params {
		names[i], nameLens[i] = data(param.Name), uintptr(len(param.Name))
		values[i], valueLens[i] = data(param.Value), uintptr(len(param.Value))
	}
	handle := start(c.pointer(),
		unsafe.Pointer(data(statement)), uintptr(len(statement)), unsafe.Pointer(data(format)), uintptr(len(format)),
		unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0]), unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLens[0]),
		uintptr(len(params)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	runtime.KeepAlive(params)
	return handle
}

var empty = []byte{0}

// data is where the bytes of s are; never nil, which the engine takes for an error.
func data(s string) *byte {
	if s == "" {
		return &empty[0]
	}
	return unsafe.StringData(s)
}

// Class says what a statement does to what outlives it. Classes ascend by how restricted a statement is.
type Class uint32

// The classes of statements.
const (
	ReadOnly       Class = 0 // SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK
	Mutating       Class = 1 // changes a database
	MutatingGlobal Class = 2 // functions, users, named collections
	Control        Class = 3 // USE, SET, SYSTEM, KILL, BACKUP, INTO OUTFILE …
	Unknown        Class = 4
)

// Classify parses statements without running them and says how many there are and the class of the most restricted one. Text
// that is no SQL counts zero statements.
func (c *Conn) Classify(statements string) (count int, class Class) {
	analysis := [4]uint32{4 * 4, 0, 0, uint32(Unknown)} // size of this struct in bytes, count, flags, class
	state := c.lib.classify(c.pointer(), unsafe.Pointer(data(statements)), uintptr(len(statements)), nil, 0, unsafe.Pointer(&analysis))
	if state != 0 {
		return 0, Unknown
	}
	return int(analysis[1]), Class(analysis[3])
}
