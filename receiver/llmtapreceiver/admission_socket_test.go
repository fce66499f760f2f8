package llmtapreceiver

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

// toldLedger is a ledger that keeps what it was asked.
type toldLedger struct {
	component.StartFunc
	component.ShutdownFunc
	models chan string
}

func (l *toldLedger) Admit(call *genai.Call) (int64, *genai.Refusal) {
	l.models <- call.RequestModel
	return 0, nil
}

func (l *toldLedger) Attach()       {}
func (l *toldLedger) Release(int64) {}

// The address names the model of a session, without which it would be in no budget of a model and have no price.
func TestLedgerIsToldTheModelOfASession(t *testing.T) {
	book := &toldLedger{models: make(chan string, 1)}
	sink := new(consumertest.TracesSink)
	r := startIn(t, extensions{ledgerID: book}, sink, sink, "http://"+freeport.Address(t), func(cfg *Config) {
		cfg.Ledger, cfg.Upstreams[0].Prefix = &ledgerID, "/oai"
	})
	conn, err := net.Dial("tcp", r.tap.listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprint(conn, "GET /oai/v1/realtime?model=gpt-realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	require.NoError(t, err)
	select {
	case model := <-book.models:
		require.Equal(t, "gpt-realtime", model)
	case <-time.After(10 * time.Second):
		require.Fail(t, "the ledger was not asked")
	}
}
