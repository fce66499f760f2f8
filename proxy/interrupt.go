package proxy

import "github.com/llmtap/llmtap/internal/exchange"

// abort is called by the watch when the client has left.
func (t *transfer) abort() { t.interrupt(&t.gone) }

// stop is called when the tap is shut down and no time is left.
func (t *transfer) stop() { t.interrupt(&t.stopped) }

// interrupt cancels what is asked of the upstream, for the reason given.
func (t *transfer) interrupt(reason *bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*reason = true
	if t.cancel != nil {
		t.cancel()
	}
	if t.up != nil {
		t.up.kill()
	}
}

// interrupted gives the failure of a transfer that was interrupted; nil when it was not.
func (t *transfer) interrupted() *failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.stopped:
		return &failure{end: exchange.Stopped, cause: "the tap was shut down"}
	case t.gone:
		return &failure{end: exchange.ClientGone, cause: "client connection closed"}
	}
	return nil
}
