package llmtapreceiver

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// yielder lets goroutines run whose connections have something to read. runtime.Gosched alone does not: the scheduler
// asks the network only when it knows of nothing else to run, and it knows of the one that yields.
type yielder struct {
	file *os.File // an eventfd; nil where the system has none left
	conn syscall.RawConn
	told bool
	tell func(fd uintptr) bool
	one  [8]byte // what is added to the eventfd
}

func newYielder() *yielder {
	y := new(yielder)
	y.one[0] = 1
	y.tell = func(fd uintptr) bool {
		if y.told {
			return true
		}
		y.told = true
		_, err := unix.Write(int(fd), y.one[:])
		return err != nil
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return y
	}
	y.file = os.NewFile(uintptr(fd), "eventfd")
	if y.conn, err = y.file.SyscallConn(); err != nil {
		y.close()
	}
	return y
}

// yield makes the eventfd readable and waits for the network poller to say so. The poller reports whatever came before that as
// well, and the goroutines that wait for it run first.
func (y *yielder) yield() {
	if y.file != nil {
		y.told = false
		_ = y.conn.Read(y.tell)
	}
	runtime.Gosched()
}

func (y *yielder) close() {
	if y.file != nil {
		_ = y.file.Close()
		y.file = nil
	}
}
