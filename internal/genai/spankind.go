package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readKind takes what tells that a span is a model call, or that it is none. It is false for names of those who otherwise have the
// conventions'.
func (f *foreign) readKind(name string, v pcommon.Value) bool {
	switch name {
	case "openinference.span.kind", "fi.span.kind":
		f.readSpanType(v.Str())
	case "traceloop.span.kind":
		f.otherKind = true
	case "agentops.span.kind": // its agents say what model they have
		switch v.Str() {
		case "agent", "team", "workflow":
			f.otherKind = true
		}
	case "ag2.usage.kind": // of its accounts these repeat spans of calls; compaction and aggregation call a model without another span
		f.noCall = v.Str() == "model_call" || v.Str() == "subtask"
	case "runinfo.component": // Eino's
		f.readEino(v.Str())
	case "tanstack.ai.iterations": // its span of a chat sums the calls, which have spans of their own
		f.noCall = true
	case "bifrost.request.id": // its span of the request repeats the model of the call within, whatever that does
		f.otherKind = true
		return false
	case "langtrace.service.name": // a reply of an agent, for which it may have called no model
		f.noCall = f.noCall || v.Str() == "Autogen"
		return false
	default:
		return f.readKindOf(name)
	}
	return true
}

// readKindOf goes by what a name begins with.
func (f *foreign) readKindOf(name string) bool {
	switch {
	case strings.HasPrefix(name, "anthropic.session."): // a request that asks for no answer may name a model, too
		f.otherKind = true
	case strings.HasPrefix(name, "vercel.ai_gateway.attempt."): // one of those at one provider after the other, which say no tokens
		f.otherKind = true
	case strings.HasPrefix(name, "openclaw.tokens."): // its span of a run sums the calls, which have spans of their own
		f.noCall = true
		return false
	default:
		return false
	}
	return true
}

// isHermesTurn knows spans of turns of hermes-otel, which say that they are chats; the calls have spans of their own within, api.MODEL.
func isHermesTurn(span ptrace.Span, c *Call, f *foreign) bool {
	return f.hermes && strings.HasPrefix(span.Name(), "llm.") && c.Usage == (Usage{}) && f.call.Usage == (Usage{})
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

// readEino goes by the component of a graph. Its kind in Alibaba's name is workflow where it is the whole graph.
func (f *foreign) readEino(component string) {
	switch component {
	case "ChatModel", "AgenticModel":
		f.call.Operation = OperationChat
	case "Embedding":
		f.call.Operation = OperationEmbeddings
	default:
		f.otherKind = true
	}
}

// readSpanType takes the words that OpenInference, MLflow and Alibaba's conventions have for what a span is.
func (f *foreign) readSpanType(word string) {
	switch word {
	case "LLM", "CHAT_MODEL":
		f.call.Operation = OperationChat
	case "EMBEDDING":
		f.call.Operation = OperationEmbeddings
	case "RERANKER":
		f.call.Operation = OperationRerank
	default:
		f.otherKind = true
	}
}

// isTanStackChat knows TanStack AI's span of a chat also where that failed or was cancelled, of which it does not say how many calls it
// sums. It has the name that the conventions give a call, but no operation, is no client's, and is in error.
func isTanStackChat(span ptrace.Span, c *Call) bool {
	model, named := strings.CutPrefix(span.Name(), "chat ")
	return named && model == c.RequestModel && span.Kind() == ptrace.SpanKindInternal && span.Status().Code() == ptrace.StatusCodeError
}
