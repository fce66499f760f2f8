package chdb

import "unsafe"

// Insert is a running INSERT that takes its rows in pieces cut anywhere.
type Insert struct {
	conn   *Conn
	handle unsafe.Pointer
}

// Insert starts an INSERT. The statement has neither a FORMAT clause nor data; format is the format of the data that follows.
func (c *Conn) Insert(statement, format string, params ...Param) (*Insert, error) {
	insert := &Insert{conn: c, handle: c.start(c.lib.insertWithParams, statement, format, params)}
	if text := c.lib.insertError(insert.handle); text != "" {
		insert.Close()
		return nil, newError(text)
	}
	return insert, nil
}

// Append hands data to the engine, which copies it, and waits while the engine is behind.
func (i *Insert) Append(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if i.conn.lib.insertAppend(i.handle, unsafe.Pointer(unsafe.SliceData(data)), uintptr(len(data))) == 0 {
		return nil
	}
	// The reason is known for certain only when the engine's thread has ended, which Done waits for.
	_, err := i.Done()
	if err == nil {
		err = newError("the insert ended before its data")
	}
	return err
}

// Done ends the data and waits until the rows are written.
func (i *Insert) Done() (Progress, error) {
	result := &Result{lib: i.conn.lib, handle: i.conn.lib.insertDone(i.handle)}
	defer result.Close()
	if text := i.conn.lib.resultError(result.handle); text != "" {
		return Progress{}, newError(text)
	}
	return result.Progress(), nil
}

// Close frees the insert. One that is not Done is given up: blocks of rows that were written stay, the rest is dropped.
func (i *Insert) Close() { i.conn.lib.insertDestroy(i.handle) }
