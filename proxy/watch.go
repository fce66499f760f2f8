package proxy

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// watchInterval is how often clients are checked for having left.
const watchInterval = 25 * time.Millisecond

// watcher finds clients that leave while nobody reads from them, because their answers are under way. It asks the kernel about
// all of them at once; a pending read on each connection would cost more than a short answer.
type watcher struct {
	mu      sync.Mutex
	sockets []polled
	clients []*clientConn // of the sockets
	timer   *time.Timer   // runs while there are any
	running bool
}

// watch is the client's part of a watcher.
type watch struct {
	socket uintptr // noSocket where the kernel cannot be asked
	place  int     // among the watched, from 1 on; 0 when it is not watched
	onGone func()
}

const noSocket = ^uintptr(0)

func newWatch(conn net.Conn) watch {
	w := watch{socket: noSocket}
	if socket, ok := conn.(syscall.Conn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { w.socket = fd })
		}
	}
	return w
}

// add makes the watcher call onGone once when the client has left, until remove. The client must stay open until then.
func (w *watcher) add(c *clientConn, onGone func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.watch.place > 0 || c.watch.socket == noSocket {
		return
	}
	c.watch.onGone = onGone
	w.sockets = append(w.sockets, ifGone(c.watch.socket))
	w.clients = append(w.clients, c)
	c.watch.place = len(w.clients)
	if w.running {
		return
	}
	w.running = true
	if w.timer == nil {
		w.timer = time.AfterFunc(watchInterval, w.look)
	} else {
		w.timer.Reset(watchInterval)
	}
}

// remove ends the watch of a client. Its onGone is not called afterwards.
func (w *watcher) remove(c *clientConn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(c)
}

func (w *watcher) drop(c *clientConn) {
	i, last := c.watch.place-1, len(w.clients)-1
	if i < 0 {
		return
	}
	c.watch.place = 0
	if i != last {
		w.sockets[i], w.clients[i] = w.sockets[last], w.clients[last]
		w.clients[i].watch.place = i + 1
	}
	w.clients[last] = nil
	w.sockets, w.clients = w.sockets[:last], w.clients[:last]
}

func (w *watcher) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := poll(w.sockets) // what fails is tried again
	for i := len(w.sockets) - 1; i >= 0 && found > 0; i-- {
		if w.sockets[i].Revents == 0 {
			continue
		}
		found--
		c := w.clients[i]
		w.drop(c)
		c.watch.onGone()
	}
	if w.running = len(w.clients) > 0; w.running {
		w.timer.Reset(watchInterval)
	}
}
