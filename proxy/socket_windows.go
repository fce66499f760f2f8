package proxy

import (
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// polled is a socket that the kernel is asked about, Winsock's WSAPOLLFD; its Revents are not 0 when there is something to tell.
type polled struct {
	socket          uintptr
	events, Revents int16
}

// pollReadNormal is Winsock's POLLRDNORM.
const pollReadNormal = 0x100

// ifGone asks whether the peer has left, which Winsock tells without being asked.
func ifGone(socket uintptr) polled { return polled{socket: socket} }

// ifHeard asks whether the peer has left or sent something.
func ifHeard(socket uintptr) polled { return polled{socket: socket, events: pollReadNormal} }

var wsaPoll = windows.NewLazySystemDLL("ws2_32.dll").NewProc("WSAPoll")

// poll gives the number of sockets of which there is something to tell, and waits for none; it is negative when the kernel cannot say.
func poll(sockets []polled) int {
	found, _, _ := syscall.SyscallN(wsaPoll.Addr(), uintptr(unsafe.Pointer(unsafe.SliceData(sockets))), uintptr(len(sockets)), 0)
	return int(int32(found))
}

// endReading ends a read that waits. Closing that direction would not, and would reset the connection when the client sends more
// (Winsock, shutdown).
func endReading(conn *net.TCPConn) { _ = conn.SetReadDeadline(time.Unix(1, 0)) }

// resets are what reading and writing give after the peer has reset the connection.
var resets = []error{windows.WSAECONNRESET, windows.WSAECONNABORTED}

// passing are errors of accept that pass although their method says otherwise: no memory or handles for sockets, and no network
// (Winsock, WSASocketW and AcceptEx).
var passing = []error{windows.WSAENOBUFS, windows.WSAEMFILE, windows.WSAENETDOWN}
