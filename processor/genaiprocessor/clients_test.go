package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// One who begins a new session of Claude Code is no other user, in whatever place a gateway puts what it sends.
func TestSessionOfClaudeCodeIsNoUser(t *testing.T) {
	id, _ := defaultIdentity(t)
	f := func(value, want string) {
		t.Helper()
		for _, place := range []string{"metadata.user_id", "user"} {
			hints := map[string]string{genai.AttrCallerBodyPrefix + place: value}
			require.Equal(t, want+"//", identify(id, "", hints, ""))
		}
	}
	f("user_5dd07c33_account_0fb1_session_d2e70091-3007-41a3", "0fb1")
	f("user_5dd07c33_account__session_d2e70091-3007-41a3", "5dd07c33")
	f(`{"device_id":"5dd07c33","account_uuid":"0fb1","session_id":"d2e70091"}`, "0fb1")
	f(`{"device_id":"5dd07c33","account_uuid":"","session_id":"d2e70091"}`, "5dd07c33")
	f(`{"session_id":"d2e70091"}`, "")
	for _, other := range []string{"ada", "my_session_1", "user_1_session_2", "ada_account_1_session_2", `{"session_id":1}`, `{"user":"session_"}`} {
		f(other, other)
	}
}

// Open WebUI gives all temporary chats of a tab one id, and in older versions those of all users.
func TestTemporaryChatsOfOpenWebUIAreNoConversation(t *testing.T) {
	id, _ := defaultIdentity(t)
	f := func(chat, session, want string) {
		t.Helper()
		var call genai.Call
		call.SetHint(genai.AttrCallerHeaderPrefix+"x-openwebui-chat-id", chat)
		from := origin{span: ptrace.NewSpan(), resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}
		from.span.Attributes().PutStr("session.id", session)
		from.readNames()
		id.apply(&call, &from)
		require.Equal(t, want, call.ConversationID)
	}
	f("3f8a", "s-1", "3f8a")
	f("locale", "s-1", "locale")
	f("local", "", "")
	f("local:Xk2_A", "", "")
	f("local", "s-1", "s-1")
	f("", "local", "local")
}

// Names of headers are the same in capitals.
func TestTemporaryChatInAPlaceWithCapitals(t *testing.T) {
	id, err := newIdentity(&IdentityConfig{Conversation: []string{"header:X-OpenWebUI-Chat-Id"}}, func() {})
	require.NoError(t, err)
	var call genai.Call
	call.SetHint(genai.AttrCallerHeaderPrefix+"x-openwebui-chat-id", "local")
	from := origin{span: ptrace.NewSpan(), resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}
	id.apply(&call, &from)
	require.Empty(t, call.ConversationID)
}
