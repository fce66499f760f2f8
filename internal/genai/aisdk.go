package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// aiSDKNames are those of the Vercel AI SDK up to version 6. Version 7 has the conventions'.
var aiSDKNames = dialect{
	"ai.operationId":               (*foreign).readAISDKOperation,
	"ai.model.provider":            (*foreign).readProvider,
	"ai.model.id":                  (*foreign).readModel,
	"ai.response.finishReason":     (*foreign).readChoice,
	"ai.response.msToFirstChunk":   (*foreign).readMillis,
	"ai.response.providerMetadata": (*foreign).readAISDKProviders,
	"ai.response.toolCalls":        (*foreign).readAISDKToolCalls,
	"ai.prompt.messages":           (*foreign).readTurn,
	"ai.prompt.tools":              (*foreign).readTools,
	"ai.usage.totalTokens":         (*foreign).readTotal,
}

// readAISDKOperation tells the spans of model calls, ai.streamText.doStream, from those around them, ai.streamText,
// which repeat the usage. Those of speech and transcriptions have none within.
func (f *foreign) readAISDKOperation(v pcommon.Value) {
	_, what, call := strings.Cut(v.Str(), ".do")
	f.otherKind = !call
	f.call.Stream = f.call.Stream || what == "Stream"
	switch what {
	case "Embed":
		f.call.Operation = OperationEmbeddings
	case "Rerank":
		f.call.Operation = OperationRerank
	case "Decide":
		f.call.Operation = OperationDecision
	case "":
		if operation := operationOf(v.Str()); isModelCall(operation) {
			f.call.Operation, f.call.Stream = operation, v.Str() == "ai.streamTranscribe"
		}
	}
}

func (f *foreign) readAISDKToolCalls(v pcommon.Value) {
	var calls []struct {
		Name string `json:"toolName"`
	}
	if !readJSON(v.Str(), &calls) {
		return
	}
	for i, call := range calls {
		f.aiSDKToolCalls = append(f.aiSDKToolCalls, indexed{[2]int{i}, call.Name})
	}
}

// aiSDKProviders is what the AI SDK keeps of the providers' own words. Up to version 5 its usage lacks most of what they say of caches
// and reasoning.
type aiSDKProviders struct {
	Anthropic struct {
		aiSDKCache
		Usage *anthropicTerms `json:"usage"`
	} `json:"anthropic"`
	Bedrock struct {
		Usage aiSDKCache `json:"usage"`
	} `json:"bedrock"`
	Google struct {
		Usage googleUsage `json:"usageMetadata"`
	} `json:"google"`
	Azure  aiSDKTier `json:"azure"`
	OpenAI struct {
		CacheRead *int64 `json:"cachedPromptTokens"`
		Reasoning *int64 `json:"reasoningTokens"`
		aiSDKTier
	} `json:"openai"`
}

type aiSDKTier struct {
	Tier string `json:"serviceTier"`
}

type aiSDKCache struct {
	Read  *int64 `json:"cacheReadInputTokens"`
	Write *int64 `json:"cacheCreationInputTokens"`
	// Written is Bedrock's word for it.
	Written *int64 `json:"cacheWriteInputTokens"`
}

func (f *foreign) readAISDKProviders(v pcommon.Value) {
	var p aiSDKProviders
	if !readJSON(v.Str(), &p) {
		return
	}
	u, anthropic, bedrock, google := &f.api, &p.Anthropic, &p.Bedrock.Usage, &p.Google.Usage
	u.CacheRead = countOf(anthropic.Read, bedrock.Read, google.CacheRead, p.OpenAI.CacheRead)
	u.CacheWrite = countOf(anthropic.Write, bedrock.Written)
	u.Output, u.Reasoning = countOf(google.Output), countOf(google.Reasoning, p.OpenAI.Reasoning)
	f.call.ServiceTier = cmp.Or(p.OpenAI.Tier, p.Azure.Tier)
	f.aiSDK4 = countOf(anthropic.Read, bedrock.Read).Known // which newer versions do not have
	if raw := anthropic.Usage; raw != nil {
		f.api = raw.usage()
		f.call.ServiceTier, f.call.Usage.HostedTools = AnthropicTier(raw.Tier, raw.Speed, raw.Geo), raw.Tools.Searches > 0
	}
}
