package llmtapreceiver

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// giveWay lets goroutines run whose connections have something to read. runtime.Gosched alone does not: the scheduler
// asks the network only when it knows of nothing else to run, and it knows of the one that yields.
type giveWay struct {
	file *os.File // an eventfd; nil where the system has none left
	conn syscall.RawConn
	told bool
	tell func(fd uintptr) bool
	one  [8]byte // what is added to the eventfd
}

func newGiveWay() *giveWay {
	g := new(giveWay)
	g.one[0] = 1
	g.tell = func(fd uintptr) bool {
		if g.told {
			return true
		}
		g.told = true
		_, err := unix.Write(int(fd), g.one[:])
		return err != nil
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return g
	}
	g.file = os.NewFile(uintptr(fd), "eventfd")
	if g.conn, err = g.file.SyscallConn(); err != nil {
		g.close()
	}
	return g
}

// now waits for news of the network of its own making, which come behind what was there before, and then for those
// that the scheduler found with it.
func (g *giveWay) now() {
	if g.file != nil {
		g.told = false
		_ = g.conn.Read(g.tell)
	}
	runtime.Gosched()
}

func (g *giveWay) close() {
	if g.file != nil {
		_ = g.file.Close()
		g.file = nil
	}
}
