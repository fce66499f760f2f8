package chdb

import "unsafe"

// Result is an answer, or a part of one, in memory of the engine.
type Result struct {
	lib    *library
	handle unsafe.Pointer
}

// Bytes are the answer in its format, valid until Close.
func (r *Result) Bytes() []byte {
	length := r.lib.resultLength(r.handle)
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(r.lib.resultBuffer(r.handle)), length)
}

// Progress is what the engine read and wrote for this result.
func (r *Result) Progress() Progress {
	return Progress{
		ReadRows:     r.lib.storageRows(r.handle),
		ReadBytes:    r.lib.storageBytes(r.handle),
		WrittenRows:  r.lib.resultRowsWritten(r.handle),
		WrittenBytes: r.lib.resultBytesWritten(r.handle),
		ResultRows:   r.lib.resultRows(r.handle),
		ResultBytes:  r.lib.resultBytes(r.handle),
	}
}

// Close gives the memory back.
func (r *Result) Close() { r.lib.destroyResult(r.handle) }

// Progress counts rows and bytes: read from tables, written to tables and the views behind them, and answered.
type Progress struct {
	ReadRows, ReadBytes       uint64
	WrittenRows, WrittenBytes uint64
	ResultRows, ResultBytes   uint64
}
