package genai

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// fill puts into a call what only the other dialect said.
func (f *foreign) fill(c *Call) {
	o := &f.call
	if o.Operation != "" {
		f.readAnswer()
	}
	c.foreign = true
	c.Operation = cmp.Or(c.Operation, o.Operation, f.guess(c))
	c.Provider = cmp.Or(c.Provider, providerOf(f.system))
	c.RequestModel = cmp.Or(c.RequestModel, o.RequestModel, f.model)
	c.ResponseModel = cmp.Or(c.ResponseModel, o.ResponseModel, f.model)
	c.ServerAddress, c.ServerPort = cmp.Or(c.ServerAddress, o.ServerAddress), cmp.Or(c.ServerPort, o.ServerPort)
	c.ResponseID = cmp.Or(c.ResponseID, o.ResponseID)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, o.SystemFingerprint)
	c.ServiceTier = cmp.Or(c.ServiceTier, o.ServiceTier)
	c.ResponseFormat = cmp.Or(c.ResponseFormat, o.ResponseFormat)
	c.Stream = c.Stream || o.Stream
	c.Turn, c.ToolsOffered = cmp.Or(c.Turn, f.messages), cmp.Or(c.ToolsOffered, f.tools)
	if len(c.FinishReasons) == 0 {
		c.FinishReasons = texts(f.choices)
	}
	if len(c.ToolNames) == 0 {
		c.ToolNames = texts(f.toolCalls)
		c.ToolCalls = cmp.Or(c.ToolCalls, len(c.ToolNames))
	}
	u := &c.Usage
	for _, count := range []struct{ own, foreign *Count }{
		{&u.Input, &o.Usage.Input},
		{&u.Output, &o.Usage.Output},
		{&u.CacheRead, &o.Usage.CacheRead},
		{&u.CacheWrite, &o.Usage.CacheWrite},
		{&u.Reasoning, &o.Usage.Reasoning},
		{&u.AudioInput, &o.Usage.AudioInput},
		{&u.AudioOutput, &o.Usage.AudioOutput},
	} {
		if !count.own.Known {
			*count.own = *count.foreign
		}
	}
}

// guess takes a span with a provider and a model, as SDKs sent it before there was an operation, for a chat call.
func (f *foreign) guess(c *Call) Operation {
	if f.otherKind || c.Provider == "" && f.system == "" || c.RequestModel == "" && c.ResponseModel == "" {
		return ""
	}
	return OperationChat
}

// texts gives the texts in the order of their numbers.
func texts(list []indexed) []string {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b indexed) int { return slices.Compare(a.at[:], b.at[:]) })
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].text
	}
	return out
}

// providerOf gives the conventions' name for one of another dialect.
func providerOf(system string) string {
	name := strings.ToLower(system)
	switch name {
	case "az.ai.openai", "azure", "azure.openai", "azure_openai":
		return "azure.ai.openai"
	case "az.ai.inference":
		return "azure.ai.inference"
	case "vertex_ai", "vertexai", "google_vertexai":
		return "gcp.vertex_ai"
	case "gemini", "google", "google_genai", "google.generative-ai":
		return "gcp.gemini"
	case "aws", "bedrock", "aws_bedrock":
		return "aws.bedrock"
	case "mistral", "mistralai":
		return "mistral_ai"
	case "xai":
		return "x_ai"
	case "watsonx":
		return "ibm.watsonx.ai"
	}
	// The AI SDK appends the API to the provider: openai.chat, anthropic.messages.
	for _, provider := range []string{"openai", "anthropic", "cohere", "groq"} {
		if strings.HasPrefix(name, provider+".") {
			return provider
		}
	}
	return name
}

// mend repairs what SDKs send in other ways than the conventions demand.
func mend(span ptrace.Span, c *Call) {
	if c.ErrorType == "" && span.Status().Code() == ptrace.StatusCodeError {
		c.ErrorType = exceptionOf(span)
	}
	u := &c.Usage
	// Input includes the cache's parts. Some SDKs leave them out, as Anthropic's API does.
	if u.Source == "" && u.Input.Known && u.CacheRead.N+u.CacheWrite.N > u.Input.N {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
}

// errorOther is the conventions' class of an error that nothing else is known of.
const errorOther = "_OTHER"

func exceptionOf(span ptrace.Span) string {
	kind := errorOther
	for _, event := range span.Events().All() {
		if name, ok := event.Attributes().Get("exception.type"); ok && name.Str() != "" {
			kind = name.Str()
		}
	}
	return kind
}
