package genaiprocessor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

const adaKey = "sk-ada"

func defaultIdentity(t *testing.T) (*identity, *int) {
	t.Helper()
	cfg := createDefaultConfig().(*Config).Identity
	cfg.KeyHashSecret = "pepper"
	cfg.Keys = []KeyConfig{{Key: adaKey, User: "ada", Team: "core"}, {Hash: "00112233445566ff", App: "batch"}}
	cuts := new(int)
	id, err := newIdentity(&cfg, func() { *cuts++ })
	require.NoError(t, err)
	return id, cuts
}

// identify gives user/team/app of a call with that key hash, hints and resource.
func identify(id *identity, keyHash string, hints map[string]string, service string) string {
	call := genai.Call{Caller: genai.Caller{KeyHash: keyHash}}
	for attribute, value := range hints {
		call.SetHint(attribute, value)
	}
	from := origin{span: ptrace.NewSpan(), resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}
	if service != "" {
		from.resource.Resource().Attributes().PutStr("service.name", service)
	}
	id.apply(&call, &from)
	return call.Caller.UserID + "/" + call.Caller.Team + "/" + call.Caller.App
}

func TestFirstPlaceWins(t *testing.T) {
	id, _ := defaultIdentity(t)
	header := func(name string) string { return genai.AttrCallerHeaderPrefix + name }
	body := func(name string) string { return genai.AttrCallerBodyPrefix + name }
	hints := map[string]string{}
	f := func(want string) {
		t.Helper()
		require.Equal(t, want, identify(id, "", hints, ""))
	}
	f("//")
	hints[body("metadata.user_id")] = "metadata"
	f("metadata//")
	hints[body("user")] = "body"
	f("body//")
	hints[body("safety_identifier")] = "safety"
	f("safety//")
	hints[header("x-user-id")] = "front"
	f("front//")
	hints[header("x-openwebui-user-id")] = "webui"
	f("webui//")
	hints[header("x-llmtap-user")] = " \t"
	f("webui//")
	hints[header("x-llmtap-user")], hints[header("x-llmtap-team")] = " bob ", "sales"
	f("bob/sales/")
	hints[header("x-llmtap-app")] = "chat"
	f("bob/sales/chat")
	require.Equal(t, "ada/core/chat", identify(id, genai.KeyHash("pepper", adaKey), hints, "svc"))
	require.Equal(t, "bob/sales/batch", identify(id, "00112233445566ff", hints, "svc"))
	require.Equal(t, "bob/sales/chat", identify(id, genai.KeyHash("salt", adaKey), hints, "svc"))
}

// A key that a file holds is the one that its users send.
func TestLineBreakAfterAKeyIsNoPartOfIt(t *testing.T) {
	cfg := IdentityConfig{KeyHashSecret: "pepper", User: []string{"key"}, Keys: []KeyConfig{{Key: adaKey + "\r\n", User: "ada"}}}
	require.NoError(t, cfg.Keys[0].Validate())
	id, err := newIdentity(&cfg, func() {})
	require.NoError(t, err)
	require.Equal(t, "ada//", identify(id, genai.KeyHash("pepper", adaKey), nil, ""))
	blank := KeyConfig{Key: "\n", User: "ada"}
	require.ErrorContains(t, blank.Validate(), "give one of them")
	cfg.Keys = append(cfg.Keys, KeyConfig{Key: adaKey, User: "bob"})
	_, err = newIdentity(&cfg, func() {})
	require.ErrorContains(t, err, "is the same key")
}

// SDKs keep what the application told them of its caller under names of their own.
func TestCallerThatAnSDKTells(t *testing.T) {
	id, _ := defaultIdentity(t)
	f := func(user, conversation string) {
		t.Helper()
		from := origin{span: ptrace.NewSpan(), resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}
		want := []string{"", ""}
		for i, name := range []string{user, conversation} {
			if name != "" {
				want[i] = "told"
				from.span.Attributes().PutStr(name, want[i])
			}
		}
		from.readNames()
		var call genai.Call
		id.apply(&call, &from)
		require.Equal(t, want, []string{call.Caller.UserID, call.ConversationID})
	}
	f("langfuse.user.id", "langfuse.session.id")
	f("langfuse.observation.metadata.langfuse_user_id", "langfuse.observation.metadata.langfuse_session_id")
	f("ai.telemetry.metadata.userId", "ai.telemetry.metadata.sessionId")
	f("langsmith.metadata.user_id", "langsmith.metadata.thread_id")
	f("mastra.metadata.userId", "mastra.metadata.sessionId")
	f("lmnr.association.properties.user_id", "lmnr.association.properties.session_id")
	f("langwatch.user.id", "langwatch.thread.id")
	f("", "gcp.vertex.agent.session_id")
}

// What an SDK says where it knows none is nobody, and no conversation of all who are.
func TestPlaceholdersNameNobody(t *testing.T) {
	id, _ := defaultIdentity(t)
	f := func(user, conversation string) {
		t.Helper()
		from := origin{span: ptrace.NewSpan(), resource: &resource{ResourceSpans: ptrace.NewResourceSpans()}}
		from.span.Attributes().PutStr("user.id", user)
		from.span.Attributes().PutStr("gen_ai.conversation.id", conversation)
		from.readNames()
		var call genai.Call
		id.apply(&call, &from)
		require.Empty(t, call.Caller.UserID+call.ConversationID)
	}
	f("", "[no_session_id]")                       // AgentScope
	f("<unknown_user_id>", "<unknown_session_id>") // VeADK
}

func TestServiceNameIsTheApp(t *testing.T) {
	id, _ := defaultIdentity(t)
	f := func(service, want string) {
		t.Helper()
		require.Equal(t, want, identify(id, "", nil, service))
	}
	f("billing", "//billing")
	f("unknown_service", "//")
	f("unknown_service:python", "//")
	f("unknown_services", "//unknown_services")
	f(genai.TapService, "//")

	hints := map[string]string{genai.AttrCallerHeaderPrefix + "x-llmtap-app": genai.TapService}
	require.Equal(t, "//"+genai.TapService, identify(id, "", hints, ""), "an application may say so")
}

func TestIdentityIsCutToItsLimit(t *testing.T) {
	id, cuts := defaultIdentity(t)
	f := func(value, want string, wantCuts int) {
		t.Helper()
		*cuts = 0
		hints := map[string]string{genai.AttrCallerHeaderPrefix + "x-llmtap-user": value}
		require.Equal(t, want+"//", identify(id, "", hints, ""))
		require.Equal(t, wantCuts, *cuts)
	}
	f(strings.Repeat("a", identityBytesMax), strings.Repeat("a", identityBytesMax), 0)
	f(strings.Repeat("a", identityBytesMax+1), strings.Repeat("a", identityBytesMax-len(genai.CutMark))+genai.CutMark, 1)
	f(strings.Repeat("é", identityBytesMax), strings.Repeat("é", (identityBytesMax-len(genai.CutMark))/2)+genai.CutMark, 1)
	f("a\xffb", "a\uFFFDb", 0)
}
