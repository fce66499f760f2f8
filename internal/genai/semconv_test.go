package genai

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
)

func TestAttributeNamesAreTheConventions(t *testing.T) {
	f := func(ours string, theirs attribute.Key) {
		t.Helper()
		require.Equal(t, string(theirs), ours)
	}
	f(AttrOperationName, semconv.GenAIOperationNameKey)
	f(AttrProviderName, semconv.GenAIProviderNameKey)
	f(AttrConversationID, semconv.GenAIConversationIDKey)
	f(AttrRequestModel, semconv.GenAIRequestModelKey)
	f(AttrRequestStream, semconv.GenAIRequestStreamKey)
	f(AttrRequestMaxTokens, semconv.GenAIRequestMaxTokensKey)
	f(AttrRequestChoiceCount, semconv.GenAIRequestChoiceCountKey)
	f(AttrRequestTemperature, semconv.GenAIRequestTemperatureKey)
	f(AttrRequestTopP, semconv.GenAIRequestTopPKey)
	f(AttrRequestTopK, semconv.GenAIRequestTopKKey)
	f(AttrRequestFrequencyPenalty, semconv.GenAIRequestFrequencyPenaltyKey)
	f(AttrRequestPresencePenalty, semconv.GenAIRequestPresencePenaltyKey)
	f(AttrRequestSeed, semconv.GenAIRequestSeedKey)
	f(AttrRequestEncodingFormats, semconv.GenAIRequestEncodingFormatsKey)
	f(AttrEmbeddingDimensions, semconv.GenAIEmbeddingsDimensionCountKey)
	f(AttrOutputType, semconv.GenAIOutputTypeKey)
	f(AttrInputMessages, semconv.GenAIInputMessagesKey)
	f(AttrOutputMessages, semconv.GenAIOutputMessagesKey)
	f(AttrToolDefinitions, semconv.GenAIToolDefinitionsKey)
	f(AttrResponseID, semconv.GenAIResponseIDKey)
	f(AttrResponseModel, semconv.GenAIResponseModelKey)
	f(AttrResponseFinishReasons, semconv.GenAIResponseFinishReasonsKey)
	f(AttrTimeToFirstChunk, semconv.GenAIResponseTimeToFirstChunkKey)
	f(AttrInputTokens, semconv.GenAIUsageInputTokensKey)
	f(AttrOutputTokens, semconv.GenAIUsageOutputTokensKey)
	f(AttrCacheReadInputTokens, semconv.GenAIUsageCacheReadInputTokensKey)
	f(AttrCacheCreationTokens, semconv.GenAIUsageCacheCreationInputTokensKey)
	f(AttrReasoningOutputTokens, semconv.GenAIUsageReasoningOutputTokensKey)
	f(AttrErrorType, semconv.ErrorTypeKey)
	f(AttrServerAddress, semconv.ServerAddressKey)
	f(AttrServerPort, semconv.ServerPortKey)
	f(AttrHTTPStatus, semconv.HTTPResponseStatusCodeKey)
	f(AttrOpenAIAPIType, semconv.OpenAIAPITypeKey)
	f(AttrSystemFingerprint, semconv.OpenAIResponseSystemFingerprintKey)
	f(AttrServiceTier, semconv.OpenAIResponseServiceTierKey)
	f(AttrUserID, semconv.UserIDKey)
	f(AttrEnvironment, semconv.DeploymentEnvironmentNameKey)
	f(AttrServiceName, semconv.ServiceNameKey)
	f(AttrTokenType, semconv.GenAITokenTypeKey)
}

func TestOperationsAreTheConventions(t *testing.T) {
	f := func(ours Operation, theirs attribute.KeyValue) {
		t.Helper()
		require.Equal(t, theirs.Value.AsString(), string(ours))
	}
	f(OperationChat, semconv.GenAIOperationNameChat)
	f(OperationTextCompletion, semconv.GenAIOperationNameTextCompletion)
	f(OperationEmbeddings, semconv.GenAIOperationNameEmbeddings)
	f(OperationRetrieval, semconv.GenAIOperationNameRetrieval)
	f(OperationGenerateContent, semconv.GenAIOperationNameGenerateContent)
}

func TestMetricNamesAreTheConventions(t *testing.T) {
	require.Equal(t, genaiconv.ClientTokenUsage{}.Name(), MetricTokenUsage)
	require.Equal(t, genaiconv.ClientOperationDuration{}.Name(), MetricOperationDuration)
	require.Equal(t, genaiconv.ClientOperationTimeToFirstChunk{}.Name(), MetricOperationFirstChunk)
	require.Equal(t, string(genaiconv.TokenTypeInput), TokenTypeInput)
	require.Equal(t, string(genaiconv.TokenTypeOutput), TokenTypeOutput)
}

func TestOwnAttributesStayOutOfTheConventionsSpace(t *testing.T) {
	for _, name := range []string{
		AttrTeam, AttrApp, AttrKeyHash, AttrLabelPrefix, AttrUpstream, AttrServerVersion, AttrOutcome,
		AttrUsageSource, AttrCostUSD, AttrCostSource, AttrPriceVersion, AttrMaxGap, AttrChunks, AttrTapOverhead,
		AttrToolsOffered, AttrToolCalls, AttrToolNames, AttrToolCallHash, AttrInputImages, AttrInputAudios, AttrInputFiles,
		AttrResponseFormat, AttrPromptHash, AttrPromptVersion, AttrTurn, AttrRetry, AttrClientRequestID,
		AttrServerRequestID, AttrRetryAfter, AttrContextLimit, AttrContextTokens, AttrRateLimitPrefix, AttrRequestBytes, AttrResponseBytes,
		AttrRequestTruncated, AttrResponseTruncated, AttrDerivedConversationID, AttrConversationTurn, AttrHistoryTokens,
		AttrHistory, AttrDuplicateOf, AttrRequestBody, AttrResponseBody,
		AttrFidelityApplicable, AttrFidelityFailed, AttrFidelitySuspected, AttrFidelityUndecidable, AttrFidelityEvidence,
		AttrCallerHeaderPrefix, AttrCallerBodyPrefix, MetricCost, MetricUsageCalls, MetricFidelityChecks,
	} {
		require.Regexp(t, `^llmtap\.[a-z_.]+$`, name)
	}
}

// What a span of a call has is on a page.
func TestEveryAttributeIsDescribed(t *testing.T) {
	var pages []byte
	for _, page := range []string{"docs/calls.md", "receiver/llmtapreceiver/README.md", "processor/genaiprocessor/README.md"} {
		text, err := os.ReadFile("../../" + page)
		require.NoError(t, err)
		pages = append(pages, text...)
	}
	for name, r := range readers {
		require.True(t, r.other != nil || bytes.Contains(pages, []byte("`"+name+"`")), name) // others are in words of a dialect
	}
}
