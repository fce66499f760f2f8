package e2e

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/llmtap/llmtap/internal/freeport"
)

var (
	answerID   = regexp.MustCompile(`"id":"(chatcmpl[^"]+)"`)
	tokenCount = regexp.MustCompile(`"(prompt|completion)_tokens":(\d+)`)
)

// An SDK with OpenTelemetry's SimpleSpanProcessor sends each span as soon as it ends, while the tap still gathers its batch. The row is the
// tap's even so: only that knows who called, and how the answer came.
func TestSpanThatAnSDKSendsAtOnce(t *testing.T) {
	const calls = 20
	c := start(t, "local.yaml", t.TempDir(), freeport.Address(t), simulator(t, model).URL)
	for i := range calls {
		status, _, answer := c.post(t, strconv.Itoa(i%3), chat(false))
		require.Equal(t, http.StatusOK, status)
		c.sendSpan(t, byte(i+1), answer)
	}
	db := c.store(t)
	untilCalls(t, db, calls)
	var ofTap uint64
	require.NoError(t, db.QueryRow(context.Background(),
		"SELECT countIf(user_id != '' AND toString(outcome) = 'ok') FROM llmtap.calls").Scan(&ofTap))
	require.EqualValues(t, calls, ofTap)
}

// sendSpan sends the span that an SDK makes of a call.
func (c *collector) sendSpan(t *testing.T, number byte, answer string) {
	t.Helper()
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "application")
	span := resource.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID([16]byte{number})
	span.SetSpanID([8]byte{number})
	span.SetKind(ptrace.SpanKindClient)
	now := time.Now().UnixNano()
	span.SetStartTimestamp(pcommon.Timestamp(now - int64(50*time.Millisecond)))
	span.SetEndTimestamp(pcommon.Timestamp(now))
	span.Attributes().PutStr("gen_ai.operation.name", "chat")
	span.Attributes().PutStr("gen_ai.request.model", model)
	span.Attributes().PutStr("gen_ai.response.id", answerID.FindStringSubmatch(answer)[1])
	for _, count := range tokenCount.FindAllStringSubmatch(answer, -1) {
		n, err := strconv.ParseInt(count[2], 10, 64)
		require.NoError(t, err)
		name := map[string]string{"prompt": "gen_ai.usage.input_tokens", "completion": "gen_ai.usage.output_tokens"}[count[1]]
		span.Attributes().PutInt(name, n)
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	require.NoError(t, err)
	response, err := http.Post(c.otlp+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}
