package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestDetectFindsWhatIsInTheCallsAlready(t *testing.T) {
	var calls []genai.Call
	for i := range 12 {
		calls = append(calls, genai.Call{
			Operation: genai.OperationChat, RequestModel: "m", Start: start.Add(time.Duration(i) * time.Second), Outcome: genai.OutcomeOK,
			ConversationID: "going round", Caller: genai.Caller{UserID: "ada"}, ToolCalls: 1, ToolCallHash: 42, PromptHash: uint64(i + 1),
		})
	}
	url, _ := filledWith(t, calls)
	out, err := call(t, "findings", "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T11:00:00Z")
	require.NoError(t, err)
	require.NotContains(t, out, "going round")
	out, err = call(t, "detect", "-url", url, "-from", "2026-11-20T10:00:00Z", "-to", "2026-11-20T11:00:00Z")
	require.NoError(t, err)
	require.Regexp(t, `page +loop +2026-11-20 09:59:00 +conversation going round of user ada: same tool call, 12 times`, out)
}
