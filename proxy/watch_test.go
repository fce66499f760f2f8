package proxy

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// watched gives a client of a watcher and its other end.
func watched(t *testing.T) (*clientConn, *net.TCPConn) {
	ln := listen(t)
	far, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = far.Close() })
	near, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = near.Close() })
	return &clientConn{timedConn: timedConn{Conn: near}, watch: newWatch(near)}, far.(*net.TCPConn)
}

func TestWatcherTellsOfThoseThatLeave(t *testing.T) {
	var w watcher
	gone := make(chan int, 9)
	var clients []*clientConn
	var peers []*net.TCPConn
	for i := range 6 {
		client, peer := watched(t)
		clients, peers = append(clients, client), append(peers, peer)
		w.add(client, func() { gone <- i })
	}
	w.remove(clients[0]) // no longer watched when it leaves
	w.remove(clients[5])
	w.remove(clients[5])
	require.NoError(t, peers[0].Close())
	require.NoError(t, peers[2].SetLinger(0)) // resets
	require.NoError(t, peers[2].Close())
	_, err := peers[4].Write([]byte("the next request"))
	require.NoError(t, err)
	require.NoError(t, peers[4].Close())
	require.ElementsMatch(t, []int{2, 4}, []int{<-gone, <-gone})

	w.add(clients[5], func() { gone <- 5 })
	require.NoError(t, peers[5].Close())
	require.Equal(t, 5, <-gone)
	w.remove(clients[1])
	w.remove(clients[3])
	require.Empty(t, w.clients)
	require.Empty(t, gone)
}
