package proxy

// hangUp is what happens to a socket whose peer has closed it, whatever it sent before: POLLRDHUP of sys/poll.h.
const hangUp = 0x4000
