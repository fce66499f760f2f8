package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// kindNames tell that a span is a model call, or that it is none.
var kindNames = dialect{
	"openinference.span.kind": spanKinds.read,
	"fi.span.kind":            spanKinds.read,
	"traceloop.span.kind":     (*foreign).readOtherKind,
	"agentops.span.kind":      (*foreign).readAgentOpsKind,
	"ag2.usage.kind":          (*foreign).readAG2Kind,
	// Eino's component. Its kind in Alibaba's name is workflow where it is the whole graph.
	"runinfo.component": kinds{"ChatModel": OperationChat, "AgenticModel": OperationChat, "Embedding": OperationEmbeddings}.read,
	// Its span of a chat sums the calls, which have spans of their own.
	"tanstack.ai.iterations": func(f *foreign, _ pcommon.Value) { f.noCall = true },
}

// kinds are a dialect's words for spans of model calls; any other tells a span that is none.
type kinds map[string]Operation

// spanKinds are OpenInference's, MLflow's and those of Alibaba's conventions.
var spanKinds = kinds{
	"LLM": OperationChat, "CHAT_MODEL": OperationChat, "EMBEDDING": OperationEmbeddings, "RERANKER": OperationRerank,
}

func (k kinds) take(f *foreign, word string) {
	if operation, ok := k[word]; ok {
		f.call.Operation = operation
	} else {
		f.otherKind = true
	}
}

func (k kinds) read(f *foreign, v pcommon.Value) { k.take(f, v.Str()) }

// readAgentOpsKind leaves out agents, which say what model they have.
func (f *foreign) readAgentOpsKind(v pcommon.Value) {
	switch v.Str() {
	case "agent", "team", "workflow":
		f.otherKind = true
	}
}

// readAG2Kind leaves out accounts that repeat spans of calls; compaction and aggregation call a model without another span.
func (f *foreign) readAG2Kind(v pcommon.Value) {
	f.noCall = v.Str() == "model_call" || v.Str() == "subtask"
}

// isHermesTurn knows spans of turns of hermes-otel, which say that they are chats; the calls have spans of their own within, api.MODEL.
func isHermesTurn(span ptrace.Span, c *Call, f *foreign) bool {
	return f.hermes && strings.HasPrefix(span.Name(), "llm.") && c.Usage == (Usage{}) && f.call.Usage == (Usage{}) && !f.total.Known
}

// isOpenRouterStep knows spans of what OpenRouter did for a request: what it asked of each provider, and the answer. They say that they
// are chats, as that of the request does, which alone has a model and tokens.
func isOpenRouterStep(span ptrace.Span, c *Call) bool {
	if c.Operation != OperationChat || c.RequestModel != "" || c.Usage != (Usage{}) { // most spans are none, and are not searched for more
		return false
	}
	kind, typed := span.Attributes().Get("span.type")
	_, leveled := span.Attributes().Get("span.level")
	return typed && leveled && kind.Str() == "span"
}

// isTanStackChat knows TanStack AI's span of a chat also where that failed or was cancelled, of which it does not say how many calls it
// sums. It has the name that the conventions give a call, but no operation, is no client's, and is in error.
func isTanStackChat(span ptrace.Span, c *Call) bool {
	model, named := strings.CutPrefix(span.Name(), "chat ")
	return named && model == c.RequestModel && span.Kind() == ptrace.SpanKindInternal && span.Status().Code() == ptrace.StatusCodeError
}

// isPromptfooRepeat knows an answer that promptfoo kept by all its tokens being cached ones, beside which it says no input.
func isPromptfooRepeat(c *Call, f *foreign) bool {
	return f.promptfooTotal.Known && c.Usage == Usage{CacheRead: f.promptfooTotal}
}
