package llmtapreceiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// listen takes a parked socket, or makes one.
func (t *tapReceiver) listen(ctx context.Context) (*net.TCPListener, error) {
	t.exit = make(chan os.Signal, 1)
	signal.Notify(t.exit, syscall.SIGINT, syscall.SIGTERM)
	if ln := t.unpark(); ln != nil {
		return ln, nil
	}
	ln, err := t.listenAnew(ctx)
	if errors.Is(err, syscall.EADDRINUSE) && parked.closePort(t.cfg.Endpoint) {
		ln, err = t.listenAnew(ctx)
	}
	if err != nil {
		signal.Stop(t.exit)
	}
	return ln, err
}

func (t *tapReceiver) listenAnew(ctx context.Context) (*net.TCPListener, error) {
	var cfg net.ListenConfig
	if t.cfg.ReusePort {
		cfg.Control = reusePort
		cfg.SetMultipathTCP(false) // whose sockets refuse what takeNewConnections asks of them
	}
	ln, err := cfg.Listen(ctx, "tcp", t.cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	if t.cfg.ReusePort {
		takeNewConnections(ln.(*net.TCPListener))
	}
	return ln.(*net.TCPListener), nil
}

func (t *tapReceiver) listening() listening { return listening{t.cfg.Endpoint, t.cfg.ReusePort} }

func (t *tapReceiver) unpark() *net.TCPListener {
	socket := parked.take(t.set.ID, t.listening())
	if socket == nil {
		return nil
	}
	ln, err := net.FileListener(socket)
	_ = socket.Close()
	if err != nil {
		return nil
	}
	return ln.(*net.TCPListener)
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
	if socket, err := t.listener.File(); err == nil {
		parked.put(t.set.ID, parkedSocket{socket, t.listening()})
	}
}
