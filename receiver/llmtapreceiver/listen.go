package llmtapreceiver

import (
	"context"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// parked are listening sockets between a shutdown and a start of the receiver at the same address, as when the
// Collector's configuration is loaded anew: meanwhile the kernel keeps the connections that come.
var parked = struct {
	sync.Mutex
	sockets map[string]*os.File
}{sockets: map[string]*os.File{}}

// parkedMax is how long a socket waits for the next start.
const parkedMax = time.Minute

// listen takes the parked socket of the address, or makes one.
func (t *tapReceiver) listen(ctx context.Context) (*net.TCPListener, error) {
	t.exit = make(chan os.Signal, 1)
	signal.Notify(t.exit, syscall.SIGINT, syscall.SIGTERM)
	if socket := unpark(t.cfg.Endpoint); socket != nil {
		defer socket.Close()
		if ln, err := net.FileListener(socket); err == nil {
			return ln.(*net.TCPListener), nil
		}
	}
	var cfg net.ListenConfig
	if t.cfg.ReusePort {
		cfg.Control = reusePort
	}
	ln, err := cfg.Listen(ctx, "tcp", t.cfg.Endpoint)
	if err != nil {
		signal.Stop(t.exit)
		return nil, err
	}
	if t.cfg.ReusePort {
		takeNewConnections(ln.(*net.TCPListener))
	}
	return ln.(*net.TCPListener), nil
}

// park keeps the listening socket for the next start, unless the process is about to end or the port is any.
func (t *tapReceiver) park() {
	signal.Stop(t.exit)
	select {
	case <-t.exit:
		return
	default:
	}
	if _, port, _ := net.SplitHostPort(t.cfg.Endpoint); port == "0" {
		return
	}
	socket, err := t.listener.File()
	if err != nil {
		return
	}
	parked.Lock()
	defer parked.Unlock()
	if before := parked.sockets[t.cfg.Endpoint]; before != nil {
		_ = before.Close()
	}
	parked.sockets[t.cfg.Endpoint] = socket
	time.AfterFunc(parkedMax, func() {
		parked.Lock()
		defer parked.Unlock()
		if parked.sockets[t.cfg.Endpoint] == socket {
			delete(parked.sockets, t.cfg.Endpoint)
			_ = socket.Close()
		}
	})
}

func unpark(endpoint string) *os.File {
	parked.Lock()
	defer parked.Unlock()
	socket := parked.sockets[endpoint]
	delete(parked.sockets, endpoint)
	return socket
}
